"""One conversation switched through four providers, tools in each: what each server got, and what the ledger says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from genai_prices import Usage, calc_price

from sessions_app.actions.attachments import take_files
from sessions_app.models import ChatSession, ModelOffer, TokenUsage, User
from sessions_app.realtime.runtime import Runtime
from tests.files.making import pdf, picture
from tests.providers.suite import ANTHROPIC, COMPATIBLE, GEMINI, OPENAI, Speaker
from tests.upstream import Scenario, Upstream

from .stage import Stage, check_sound, stored

TOOL = {"name": "search_session_messages", "input": {"query": "lighthouse"}}
ASKS = Scenario("thinking_tool", words=3, tools=(TOOL,))


@dataclass(frozen=True, slots=True)
class House:
    """A provider's model in this conversation; `prompt` is what its server says the whole prompt was."""

    model: str
    speaker: Speaker
    prompt: Any
    in_table: str = ""


HOUSES = [
    House(
        "claude-sonnet-5-5",
        ANTHROPIC,
        lambda told: told["input_tokens"] + told["cache_read_input_tokens"] + told["cache_creation_input_tokens"],
        "anthropic",
    ),
    House("gpt-6.1-sol", OPENAI, lambda told: told["input_tokens"], "openai"),
    House("gemini-3.8-flash", GEMINI, lambda told: told["promptTokenCount"], "google"),
    House("local/llama3.2", COMPATIBLE, lambda told: told["prompt_tokens"]),
]  # fmt: skip
ROUNDS = 2


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Upstream]]:
    with ExitStack() as stack:
        yield {house.model: stack.enter_context(house.speaker.upstream()) for house in HOUSES}


@pytest.fixture
def servers(running: dict[str, Upstream], settings: Any, transactional_db: None) -> dict[str, Upstream]:
    """A server for each provider, and the product's settings pointing to them."""
    for server in running.values():
        server.reset()
        server.set_default(ASKS)
    claude, gpt, gemini, local = running.values()
    settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL = claude.key, claude.url
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = gpt.key, f"{gpt.url}/v1"
    settings.GEMINI_API_KEY, settings.GEMINI_BASE_URL = gemini.key, gemini.url
    told = {"url": f"{local.url}/v1", "key": local.key, "label": "Local server"}
    settings.COMPATIBLE_SERVERS = {"local": told}
    ModelOffer.objects.create(provider="local", model="local/llama3.2", source="listed")
    return running


@pytest.fixture
def chat(servers: dict[str, Upstream], settings: Any, tmp_path: Path, alice: User) -> ChatSession:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return ChatSession.objects.create(
        owner=alice, model="claude-sonnet-5-5", provider="anthropic", title="Named", title_source="person",
        settings={"thinking": True},
    )  # fmt: skip


def bring(owner: User) -> list[Any]:
    uploads = [
        SimpleUploadedFile("cat.png", picture("PNG")),
        SimpleUploadedFile("paper.pdf", pdf(words="Rabbits")),
    ]
    taken = take_files(owner=owner, chat=None, uploads=uploads)
    assert all(each.attachment for each in taken), [each.refusal for each in taken]
    return [each.attachment.pk for each in taken if each.attachment]


async def test_one_conversation_goes_through_four_providers_and_is_counted_right(
    process: Runtime, servers: dict[str, Upstream], chat: ChatSession
) -> None:
    stage = Stage(process, servers["claude-sonnet-5-5"], chat)
    files = await stored(lambda: bring(chat.owner))
    for number in range(ROUNDS):
        for house in HOUSES:
            keys = files if number == 0 and house is HOUSES[0] else ()
            content = f"Question {number} to {house.model}"
            sent = await stage.send(content, model=house.model, attachments=keys)
            assert sent.reply is not None
            reply = await stage.ended(sent.reply)
            assert (reply.status, reply.turns, reply.error_message) == ("complete", 2, "")
            assert (reply.model_config["provider"], reply.model_config["model"]) == (
                house.speaker.name,
                house.model,
            )
            assert reply.message.content.endswith("w1 w2 w3 ")
            await stored(partial(check_calls, reply.pk, house, servers[house.model]))
    for place, house in enumerate(HOUSES):
        log = servers[house.model].log
        # The servers refuse what the real ones would: a call without its result, keys or names out of shape, thinking
        # of others. The last request holds all that the four have left in the conversation by then.
        assert [entry.status for entry in log] == [200] * 2 * ROUNDS
        last = str(log[-1].body)
        assert all(f"Question 0 to {other.model}" in last for other in HOUSES)
        assert last.count("lighthouse") >= len(HOUSES) * (ROUNDS - 1) + place + 1
        document = house.speaker.has_document
        assert document(log[-1].body) if document else "Rabbits" in last
    assert GEMINI.has_picture(servers["gemini-3.8-flash"].log[0].body)
    assert "does not take pictures" in str(servers["local/llama3.2"].log[0].body)
    read = await stored(
        lambda: dict(TokenUsage.objects.filter(cache_read__gt=0).values_list("model", "cache_read"))
    )
    assert set(read) == {house.model for house in HOUSES}
    await stored(lambda: check_sound(chat))


def check_calls(reply: Any, house: House, server: Upstream) -> None:
    """A row for each call of the reply, with the server's own counts, cached tokens counted once, at its own price."""
    rows = list(TokenUsage.objects.filter(message=reply).order_by("turn"))
    entries = server.log[-2:]
    assert len(rows) == len(entries) == 2
    for row, entry in zip(rows, entries, strict=True):
        assert (row.provider, row.model, row.ok) == (house.speaker.name, house.model, True)
        assert row.counts_source == "reported"
        counts = house.speaker.counts(entry)
        assert (row.input, row.cache_read, row.cache_write_5m, row.cache_write_1h, row.output) == (
            counts.input, counts.cache_read, counts.cache_write_5m, 0, counts.output,
        )  # fmt: skip
        prompt = house.prompt(entry.usage)
        assert row.input + row.cache_read + row.cache_write_5m == prompt > 0
        assert (row.cost, row.price_source) == price(house, row, prompt)


def price(house: House, row: TokenUsage, prompt: int) -> tuple[Decimal | None, str]:
    """By the table, from the whole prompt and what of it was cached."""
    if not house.in_table:
        return None, "unknown"
    usage = Usage(
        input_tokens=prompt,
        cache_read_tokens=row.cache_read,
        cache_write_tokens=row.cache_write_5m,
        output_tokens=row.output,
    )
    found = calc_price(
        usage, model_ref=house.model, provider_id=house.in_table, genai_request_timestamp=row.at
    )
    return found.total_price, "table"
