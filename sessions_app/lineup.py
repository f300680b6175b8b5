"""The models of a workspace, from the catalog, what staff decided and which providers are set up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .providers import catalog
from .providers.base import ModelInfo

# What is assumed of a model of which only the name is known: (window, tokens of an answer).
ASSUMED = {"anthropic": (200_000, 4_096), "openai": (128_000, 16_384), "gemini": (1_000_000, 8_192)}
ASSUMED_OF_SERVER = (32_768, 4_096)


@dataclass(frozen=True, slots=True)
class Setup:
    """The providers that have what they need, in the order of the pickers, the offline assistant last; which of them are
    compatible servers, by name and label; and the id of the model that is to be the default."""

    providers: tuple[str, ...]
    servers: tuple[tuple[str, str], ...] = ()
    default: str = ""


class Row(NamedTuple):
    """A ModelOffer, as far as it decides."""

    provider: str
    model: str
    label: str
    offered: bool
    audience: str
    source: str
    context_window: int | None
    max_output: int | None
    pictures: bool | None
    tools: bool | None
    fallbacks: Sequence[Any] | None
    gone: bool
    position: int

    @property
    def is_offered(self) -> bool:
        """One that only a list named goes with it; what staff entered, or the catalog has, stays."""
        return self.offered and not (self.gone and self.source == "listed")


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that is offered, to whom, and who answers where it cannot; `fallbacks` None is the usual order."""

    info: ModelInfo
    audience: str = "everyone"
    fallbacks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Lineup:
    """`offers` by id in the order of the pickers; `known` are those that are switched off too."""

    offers: Mapping[str, Offer]
    known: Mapping[str, ModelInfo]

    def first_of(self, provider: str) -> list[Offer]:
        """The offers of a provider, its usual model first."""
        return [offer for offer in self.offers.values() if offer.info.provider == provider]


def lineup(setup: Setup, rows: Iterable[Row]) -> Lineup:
    """What is offered, and all that is known of the providers that are set up."""
    by_id = {row.model: row for row in rows}
    known = {info.id: info for info in catalog.models()}
    for row in by_id.values():
        known[row.model] = described(row, known.get(row.model), setup)
    if setup.default not in known and (usual := unlisted(setup.default, setup)) is not None:
        known = {usual.id: usual, **known}
    infos = [info for info in known.values() if info.provider in setup.providers]
    offers = [_offer(info, by_id.get(info.id)) for info in infos if _is_on(by_id.get(info.id))]
    return Lineup({offer.info.id: offer for offer in _ordered(offers, setup, by_id)}, known)


def described(row: Row, info: ModelInfo | None, setup: Setup) -> ModelInfo:
    """The catalog's model, or one of which only the row tells, with what the row says otherwise."""
    info = info or assumed(row.model, row.provider, setup)
    says: dict[str, Any] = {
        "label": row.label or None,
        "context_window": row.context_window,
        "max_output": row.max_output,
        "pictures": row.pictures,
        "tools": row.tools,
    }
    return replace(info, **{name: value for name, value in says.items() if value is not None})


def assumed(model: str, provider: str, setup: Setup) -> ModelInfo:
    """A model of which nothing is known but its name: figures that most models keep."""
    window, output = ASSUMED.get(provider, ASSUMED_OF_SERVER)
    servers = dict(setup.servers)
    label = model.removeprefix(f"{provider}/") if provider in servers else model
    return ModelInfo(model, provider, label, window, output, pictures=False, note="Not in the catalog.")


def unlisted(model: str, setup: Setup) -> ModelInfo | None:
    """A model by its id alone: of the server it names, else of the house whose ids look so; None for anything else."""
    server = model.partition("/")[0]
    if model != server and server in dict(setup.servers):
        return assumed(model, server, setup)
    for house in ASSUMED:
        with suppress(catalog.UnknownModel):
            return catalog.model_or_default(model, house)
    return None


def _is_on(row: Row | None) -> bool:
    return row is None or row.is_offered


def _offer(info: ModelInfo, row: Row | None) -> Offer:
    if row is None:
        return Offer(info)
    named = None if row.fallbacks is None else tuple(str(each) for each in row.fallbacks)
    return Offer(info, row.audience, named)


def _ordered(offers: list[Offer], setup: Setup, rows: Mapping[str, Row]) -> list[Offer]:
    """By provider, that of the default model first; within one as staff put them, else as the catalog has them and
    then by name."""
    usual = next((offer.info.provider for offer in offers if offer.info.id == setup.default), "")
    ranks = {name: number for number, name in enumerate(setup.providers)}

    def key(offer: Offer) -> tuple[bool, int, int]:
        row = rows.get(offer.info.id)
        return offer.info.provider != usual, ranks[offer.info.provider], row.position if row else 0

    return sorted(offers, key=key)  # which keeps the order they are known in
