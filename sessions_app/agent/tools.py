"""Tools the model may call: what one is, how it is found, and how a call becomes an outcome that never raises."""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Concatenate, Literal, Self, get_type_hints
from uuid import UUID

import structlog
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import to_json

from sessions_app.agent import labels
from sessions_app.providers.base import ToolSpec, estimate_tokens

log = structlog.get_logger(__name__)

RESULT_LIMIT = 10_000  # bytes of JSON
INPUT_LIMIT = 20_000
PREMIUM_ONLY = labels.PREMIUM_ONLY
APPROVAL_MISSING = "This tool needs an approval, and nobody has given it."
REFUSED = "The person refused this call."

View = Literal["json", "table", "chart", "timeline"]


@dataclass(frozen=True, slots=True)
class ToolContext:
    """On whose behalf a tool runs, and in which chat, if in one. `consents` are the tools that need not ask again. Where
    they are staff, `plain` takes what staff may do beyond their own: the token that asks was not given that. `named` are
    the web addresses that people wrote in the chat. `message_id` is the reply it runs for, and `token` the API token by
    which it was asked for, if by one: a tool that costs something says so in the ledger."""

    user_id: int
    chat_id: UUID | str = ""
    premium: bool = False
    consents: frozenset[str] = frozenset()
    plain: bool = False
    named: frozenset[str] = frozenset()
    message_id: UUID | None = None
    token: UUID | None = None


class ToolProblem(Exception):
    """A call that cannot be answered, in a sentence for the person and the model."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class ToolRefused(ToolProblem):
    """The person may not have this."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool gives where less is stored than the model is told: `kept` has no words of passages."""

    result: Any
    kept: Any


ToolFunction = Callable[..., Awaitable[Any]]
Spared = Callable[[ToolContext, Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing the model can do. `arguments` checks its input; `colour` and `icon` are those of its card. `offered` says
    whether this workspace has it at all, `spared` which calls of one that needs an approval do not."""

    name: str
    description: str
    function: ToolFunction
    arguments: type[BaseModel]
    label: str
    colour: str
    icon: str
    view: View = "json"
    time_limit: float | None = None
    requires_premium: bool = False
    needs_approval: bool = False
    offered: Callable[[], bool] | None = None
    spared: Spared | None = None

    @property
    def schema(self) -> dict[str, Any]:
        schema = self.arguments.model_json_schema()
        schema.pop("title", None)
        for argument in schema.get("properties", {}).values():
            argument.pop("title", None)
        return {"properties": {}, **schema}

    @property
    def spec(self) -> ToolSpec:
        return _spec(self)

    def read(self, input: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call; raises ToolProblem where they are not what the schema says."""
        raw = json.dumps(dict(input))
        if len(raw) > INPUT_LIMIT:
            raise ToolProblem(f"The input of {self.name} is too large.")
        try:
            model = self.arguments.model_validate_json(raw)
        except ValidationError as error:
            raise ToolProblem(_input_problem(self.name, error)) from error
        return {name: getattr(model, name) for name in self.arguments.model_fields}


@functools.cache
def _spec(tool: Tool) -> ToolSpec:
    """Told once: a schema takes longer to make than all else that a request is made of."""
    schema = tool.schema
    size = estimate_tokens([tool.name, tool.description, json.dumps(schema)])
    return ToolSpec(tool.name, tool.description, schema, size)


def tool(
    *,
    label: str = "",
    colour: str = "",
    icon: str = "",
    view: View = "json",
    time_limit: float | None = None,
    requires_premium: bool = False,
    needs_approval: bool = False,
    offered: Callable[[], bool] | None = None,
    spared: Spared | None = None,
) -> Callable[[Callable[Concatenate[ToolContext, ...], Awaitable[Any]]], Tool]:
    """Make a tool of `async def name(context, *, argument: type = default)`; its docstring is the description.

    Without label, colour and icon it looks as `labels.look` says.
    """

    def make(function: Callable[Concatenate[ToolContext, ...], Awaitable[Any]]) -> Tool:
        name = function.__name__
        look = labels.look(name)
        return Tool(
            name=name,
            description=" ".join((inspect.getdoc(function) or "").split()),
            function=function,
            arguments=_arguments(name, function),
            label=label or look.label,
            colour=colour or look.colour,
            icon=icon or look.icon,
            view=view,
            time_limit=time_limit,
            requires_premium=requires_premium,
            needs_approval=needs_approval,
            offered=offered,
            spared=spared,
        )

    return make


def _arguments(name: str, function: ToolFunction) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.kind is not parameter.KEYWORD_ONLY:
            raise TypeError(f"The argument {parameter.name} of the tool {name} must be keyword-only.")
        default = ... if parameter.default is parameter.empty else parameter.default
        alias = AliasChoices(parameter.name, _camel(parameter.name))
        fields[parameter.name] = (hints[parameter.name], Field(default, validation_alias=alias))
    return create_model(name, __config__=ConfigDict(extra="forbid", strict=True), **fields)


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda hit: hit[1].upper(), name)


def _input_problem(name: str, error: ValidationError) -> str:
    """Names the argument and what is wrong with it, never the value."""
    said = [
        f"{'.'.join(map(str, problem['loc'])) or 'input'}: {problem['msg']}"
        for problem in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return f"The input of {name} was not understood ({'; '.join(said[:5])})."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: a JSON-able result, or a sentence. `fault`: the error is ours, not the caller's. `kept` is what is
    stored of the result, where that is not all of it."""

    status: Literal["success", "error", "denied"]
    result: Any = None
    error: str = ""
    fault: bool = False
    kept: Any = None

    @property
    def content(self) -> str:
        """What the model is told."""
        return self.error if self.status != "success" else as_told(self.result)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of one reply, in their order. `call` needs `bound` first."""

    tools: Mapping[str, Tool] = field(default_factory=lambda: MappingProxyType({}))
    context: ToolContext | None = None

    @classmethod
    def of(cls, *tools: Tool) -> Self:
        return cls(MappingProxyType({tool.name: tool for tool in tools}))

    def bound(self, context: ToolContext) -> Self:
        return replace(self, context=context)

    def only(self, names: Sequence[str] | None) -> Self:
        """Those of these names, in their own order; None means all of them."""
        if names is None:
            return self
        return replace(
            self, tools=MappingProxyType({name: tool for name, tool in self.tools.items() if name in names})
        )

    def here(self) -> Self:
        """Those that this workspace has as it is set up."""
        kept = {name: tool for name, tool in self.tools.items() if tool.offered is None or tool.offered()}
        return self if len(kept) == len(self.tools) else replace(self, tools=MappingProxyType(kept))

    def specs(self) -> tuple[ToolSpec, ...]:
        return tuple(tool.spec for tool in self.tools.values())

    def get(self, name: str) -> Tool | None:
        return self.tools.get(name)

    def asks(self, name: str, input: Mapping[str, Any] | None = None) -> bool:
        """Whether a person must allow this call first. One that is refused anyway asks nobody."""
        tool = self.get(name)
        if tool is None or self.context is None or _lacks_premium(tool, self.context):
            return False
        if tool.spared is not None and tool.spared(self.context, input or {}):
            return False
        return tool.needs_approval and name not in self.context.consents

    async def call(
        self, name: str, input: Mapping[str, Any], time_limit: float = 30.0, *, allowed: bool = False
    ) -> Outcome:
        """Run a tool; whatever happens becomes an outcome, but a cancel, which ends the tool too. `allowed`: a person
        has allowed this very call."""
        if self.context is None:
            raise RuntimeError("A toolbox must be bound to a person before it is used.")
        tool = self.get(name)
        if tool is None:
            return Outcome("error", error=f'There is no tool named "{name[:60]}".')
        if _lacks_premium(tool, self.context):
            return Outcome("denied", error=PREMIUM_ONLY)
        if self.asks(name, input) and not allowed:
            return Outcome("denied", error=APPROVAL_MISSING)
        limit = min(time_limit, tool.time_limit or time_limit)
        try:
            result = await _within(limit, tool, self.context, tool.read(input))
            if isinstance(result, Told):
                return Outcome("success", _jsonable(result.result), kept=_jsonable(result.kept))
            return Outcome("success", fitted(_jsonable(result)))
        except ToolRefused as refused:
            return Outcome("denied", error=refused.sentence)
        except ToolProblem as problem:
            return Outcome("error", error=problem.sentence)
        except TimeoutError:
            return Outcome(
                "error", error=f"{tool.label} {labels.TOO_LONG} {limit:g} s and was ended.", fault=True
            )
        except Exception as fault:  # one broken tool must not spoil the others or the reply
            log.exception("tool_failed", tool=name, error_type=type(fault).__name__)
            sentence = f"{tool.label} failed. What went wrong is in the server's log."
            return Outcome("error", error=sentence, fault=True)


def _jsonable(result: Any) -> Any:
    return json.loads(to_json(result, inf_nan_mode="null"))


def _lacks_premium(tool: Tool, context: ToolContext) -> bool:
    return tool.requires_premium and not context.premium


async def _within(limit: float, tool: Tool, context: ToolContext, arguments: Mapping[str, Any]) -> Any:
    """Unlike wait_for, does not wait for a tool that ignores its cancel: the reply goes on without it."""
    task = asyncio.ensure_future(tool.function(context, **arguments))
    try:
        done, _ = await asyncio.wait({task}, timeout=limit)
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_forget)
    if not done:
        raise TimeoutError
    return task.result()


def _forget(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()


def as_told(result: Any) -> str:
    """A result as the model reads it, the same text now and when it comes back out of the database."""
    return json.dumps(result, ensure_ascii=False, sort_keys=True)


def fitted(result: Any, limit: int = RESULT_LIMIT) -> Any:
    """The result within `limit` bytes of JSON: its longest list loses its end, and a note says so."""
    if _size(result) <= limit:
        return result
    lists = (
        {key: value for key, value in result.items() if isinstance(value, list)} if _is_object(result) else {}
    )
    if not lists:
        return _cut_text(result, limit)
    longest = max(lists, key=lambda key: _size(lists[key]))
    rows, low, high = lists[longest], 0, len(lists[longest])
    while low < high:  # the largest number of rows that fits
        middle = (low + high + 1) // 2
        if _size(_shortened(result, longest, middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    short = _shortened(result, longest, low)
    return short if rows and _size(short) <= limit else _cut_text(result, limit)


def _shortened(result: Mapping[str, Any], key: str, rows: int) -> dict[str, Any]:
    note = f"Cut: the first {rows} of {len(result[key])} entries in {key}."
    return {**result, key: result[key][:rows], "note": note}


def _cut_text(result: Any, limit: int) -> dict[str, Any]:
    text = _json(result)
    while _size(cut := {"note": "Cut: the beginning of a longer result.", "text": text}) > limit:
        text = text[: max(0, len(text) - 1 - (_size(cut) - limit) // 4)]
    return cut


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _size(value: Any) -> int:
    return len(_json(value).encode("utf-8", "replace"))


def load_tools(paths: Sequence[str], *, premium: Sequence[str] = (), asking: Sequence[str] = ()) -> Toolbox:
    """The tools of these dotted paths, imported when they are first asked for. Those named in `premium` need that
    plan, those in `asking` an approval, whatever they say themselves."""
    return _load(tuple(paths), frozenset(premium), frozenset(asking))


@functools.cache
def _load(paths: tuple[str, ...], premium: frozenset[str], asking: frozenset[str]) -> Toolbox:
    found = []
    for path in paths:
        module, _, name = path.rpartition(".")
        candidate = getattr(importlib.import_module(module), name, None) if module else None
        if not isinstance(candidate, Tool):
            raise ImportError(f"AGENT_TOOLS names {path}, which is no tool.")
        found.append(
            replace(
                candidate,
                requires_premium=candidate.requires_premium or candidate.name in premium,
                needs_approval=candidate.needs_approval or candidate.name in asking,
                spared=None if candidate.name in asking else candidate.spared,
            )
        )
    unknown = sorted((premium | asking) - {tool.name for tool in found})
    if unknown:
        raise ImportError(f"PREMIUM_TOOLS or APPROVAL_TOOLS names no tool: {', '.join(unknown)}.")
    return Toolbox.of(*found)
