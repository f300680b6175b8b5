"""The provider's own search of the web: shown, counted, kept and sent back as it came."""

from __future__ import annotations

import html
import io
from decimal import Decimal
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from analytics_app.actions.counting import worst_case
from analytics_app.models import Budget
from export_app.renderers import formats
from export_app.transcript import Transcript
from sessions_app import pricing
from sessions_app.actions.ledger import Call
from sessions_app.agent.context import plan
from sessions_app.api.shapes import message_shapes
from sessions_app.models import ChatSession, Message, Reply, ToolCall, uuid7
from sessions_app.providers.base import Counts
from sessions_app.realtime.chunks import public
from sessions_app.realtime.planning import call_of
from tests.exports.carried import carried
from tests.upstream import Scenario
from tests.upstream.scenarios import GUIDE, TOWER

from .page import Page
from .stage import Stage, check_goes_on, check_sound, stored

SEARCHED = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}


@pytest.fixture(autouse=True)
def searching(settings: Any) -> None:
    settings.WEB_SEARCH = True


async def calls_of(reply: Reply) -> list[ToolCall]:
    return await stored(lambda: list(ToolCall.objects.filter(message=reply.pk)))


def blocks_of(body: dict[str, Any], role: str = "assistant") -> list[dict[str, Any]]:
    return [block for message in body["messages"] if message["role"] == role for block in message["content"]]


async def test_a_search_is_a_card_its_pages_are_numbered_and_the_ledger_has_its_price(stage: Stage) -> None:
    page = await Page.opened(stage.chat)
    reply = await stage.answer("search", "When does the tower open?")
    assert reply.status == "complete"
    assert stage.upstream.replies[0].body["tools"][-1] == SEARCHED
    [call] = await calls_of(reply)
    assert (call.tool_name, call.status, call.input) == ("web_search", "success", {"query": "tower hours"})
    assert [row["address"] for row in call.result["results"]] == [TOWER[1], GUIDE[1]]
    assert reply.message.content == "Let me search. The tower opens at nine and closes at six."
    await page.until_ended(reply.pk)
    shown = page.document.shown(str(reply.pk))
    for words in ("Web search", "2 results", "at nine [1] and closes at six [2] [1].", "Sources", TOWER[0]):
        assert words in shown, words
    article = page.document.root.find(f"message-{reply.pk}")
    assert article is not None
    assert "1 search" in article.text
    await page.check_matches()
    await page.cut()
    [row] = await stage.ledger(reply)
    assert row.web_searches == 1
    tokens = Counts(row.input, row.cache_read, row.cache_write_5m, row.cache_write_1h, row.output)
    alone = pricing.table_price(row.provider, row.model, tokens, row.at)
    assert alone is not None
    assert row.cost == alone + Decimal("0.01")
    await check_goes_on(stage, reply)


async def test_what_was_found_goes_back_to_the_same_model_as_it_came_and_to_no_other(stage: Stage) -> None:
    await stage.answer("search", "When does the tower open?")
    await stage.answer("words", "And on Sundays?")
    sent = blocks_of(stage.upstream.replies[-1].body)
    assert [block["type"] for block in sent] == [
        "text", "server_tool_use", "web_search_tool_result", "text", "text", "text", "text", "text",
    ]  # fmt: skip
    assert sent[1] | {"id": ""} == {
        "type": "server_tool_use", "id": "", "name": "web_search", "input": {"query": "tower hours"},
    }  # fmt: skip
    assert [page["encrypted_content"] for page in sent[2]["content"]] == [
        f"sealed-{TOWER[1]}==", f"sealed-{GUIDE[1]}==",
    ]  # fmt: skip
    assert [each["encrypted_index"] for each in sent[6]["citations"]] == [
        f"sealed-{GUIDE[1]}",
        f"sealed-{TOWER[1]}",
    ]
    other = await stage.send("And in winter?", model="claude-opus-5-5")
    assert other.reply is not None
    await stage.ended(other.reply)
    plain = blocks_of(stage.upstream.replies[-1].body)
    assert {block["type"] for block in plain} == {"text"}
    said = "".join(block["text"] for block in plain)
    assert said.startswith("Let me search. The tower opens at nine and closes at six.")
    assert not any("citations" in block for block in plain)


async def test_switched_off_again_nothing_of_it_is_asked_for_or_sent(stage: Stage, settings: Any) -> None:
    await stage.answer("search", "When does the tower open?")
    settings.WEB_SEARCH = False
    reply = await stage.answer("words", "And on Sundays?")
    assert reply.status == "complete"
    body = stage.upstream.replies[-1].body
    assert "web_search" not in [tool["name"] for tool in body["tools"]]
    assert {block["type"] for block in blocks_of(body)} == {"text"}


@pytest.mark.parametrize("how", ["approval", "session", "premium"])
async def test_who_may_not_search_or_must_be_asked_first_has_no_search_of_the_provider(
    stage: Stage, settings: Any, how: str
) -> None:
    if how == "session":
        stage.chat.settings = {"tools": ["analyze_costs"]}
        await stored(lambda: stage.chat.save())
    elif how == "premium":
        settings.PREMIUM_TOOLS = ["web_search"]
    else:
        settings.APPROVAL_TOOLS = ["web_search"]
    await stage.answer("words", "When does the tower open?")
    assert SEARCHED not in stage.upstream.replies[0].body["tools"]


async def test_a_paused_search_goes_on_from_what_was_found(stage: Stage) -> None:
    reply = await stage.answer("search_pause", "When does the tower open?")
    assert (reply.status, reply.turns) == ("complete", 2)
    assert reply.message.content.endswith("The tower opens at nine and closes at six.")
    last = stage.upstream.replies[1].body["messages"][-1]
    assert (last["role"], [block["type"] for block in last["content"]]) == (
        "assistant", ["thinking", "server_tool_use", "web_search_tool_result"],
    )  # fmt: skip
    assert [row.web_searches for row in await stage.ledger(reply)] == [1, 0]
    await check_goes_on(stage, reply)


async def test_a_search_beside_a_tool_of_ours_runs_when_that_has_answered(stage: Stage) -> None:
    ours = {"name": "analyze_costs", "input": {}}
    stage.upstream.set_default(Scenario("search_beside_tool", tools=(ours,)))
    reply = await stage.answer(Scenario("search_beside_tool", tools=(ours,)), "When, and what does it cost?")
    assert (reply.status, reply.turns) == ("complete", 2)
    assert {call.tool_name: call.status for call in await calls_of(reply)} == {
        "web_search": "success", "analyze_costs": "success",
    }  # fmt: skip
    await check_goes_on(stage, reply)
    kinds = [block["type"] for block in blocks_of(stage.upstream.replies[-1].body)]
    assert kinds[:3] == ["server_tool_use", "tool_use", "web_search_tool_result"]


async def test_a_search_that_is_refused_says_why_and_the_answer_goes_on(stage: Stage) -> None:
    reply = await stage.answer("search_refused", "When does the tower open?")
    [call] = await calls_of(reply)
    assert (call.status, call.error_message) == ("error", "No more searches were allowed in this turn.")
    assert reply.message.content == "Nothing was found."
    await check_goes_on(stage, reply)


async def test_a_line_that_breaks_during_the_search_leaves_nothing_that_the_next_request_would_fail_of(
    stage: Stage,
) -> None:
    reply = await stage.answer("search_cut", "When does the tower open?")
    assert reply.status == "failed"
    [call] = await calls_of(reply)
    assert call.status == "cancelled"
    await stored(lambda: check_sound(stage.chat))
    after = await stage.answer("words", "And now?")
    assert after.status == "complete"
    assert "server_tool_use" not in str(stage.upstream.replies[-1].body)


async def test_programs_get_the_pages_and_no_sealed_blocks(stage: Stage) -> None:
    reply = await stage.answer("search", "When does the tower open?")
    told = [public(chunk) for chunk in await stage.journal(reply)]
    assert "sealed-" not in str(told)
    running = [chunk["data"] for chunk in told if chunk["data"] and "executing_tool" in str(chunk["data"])]
    assert running == [
        {
            "status": "executing_tool",
            "tool_id": "web_search",
            "label": "Web search",
            "message": "Searching the web…",
        }
    ]
    cited = [chunk["data"] for chunk in told if "cited" in str(chunk["data"])]
    assert [(each["length"], [page["url"] for page in each["citations"]]) for each in cited] == [
        (13, [TOWER[1]]), (13, [GUIDE[1], TOWER[1]]),
    ]  # fmt: skip

    def shape() -> Any:
        rows = Message.objects.filter(pk=reply.pk).select_related("reply", "author")
        return message_shapes(list(rows))[0]

    found = await stored(shape)
    assert [(each["number"], each["url"]) for each in found["citations"]] == [(1, TOWER[1]), (2, GUIDE[1])]
    assert found["citations"][0]["cited"] == f"From {TOWER[0]}."
    assert "sealed-" not in str(found)


@pytest.mark.parametrize("name", ["markdown", "text", "html", "pdf", "word", "json"])
async def test_every_format_names_the_pages(stage: Stage, name: str) -> None:
    reply = await stage.answer("search", "When does the tower open?")
    del reply
    data = await stored(lambda: exported(stage.chat, name))
    assert b"sealed-" not in data
    text = words_in(name, data)
    assert TOWER[0].replace("'", "") in text.replace("\\'", "'").replace("'", "").replace("’", "")
    assert "Sources" in text or name == "json"
    if name not in ("pdf", "word"):
        assert TOWER[1] in text


async def test_a_session_that_leaves_and_comes_back_keeps_its_pages_and_goes_on(stage: Stage) -> None:
    await stage.answer("search", "When does the tower open?")
    stage.chat = await stored(lambda: carried(stage.chat, stage.chat.owner))
    after = await stage.answer("words", "And now?")
    assert after.status == "complete"
    sent = blocks_of(stage.upstream.replies[-1].body)
    assert {block["type"] for block in sent} == {"text"}
    assert "opens at nine and closes at six" in "".join(block["text"] for block in sent)
    page = await Page.opened(stage.chat)
    assert TOWER[0] in page.document.root.text
    await page.cut()


def exported(chat: ChatSession, name: str) -> bytes:
    renderer = formats()[name]
    options = renderer.chosen({})
    told = renderer.transcript(Transcript(ChatSession.objects.get(pk=chat.pk), reader=chat.owner_id), options)
    return b"".join(renderer.render(told, options))


def words_in(name: str, data: bytes) -> str:
    if name == "pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    if name == "word":
        return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)
    return html.unescape(data.decode())


@pytest.mark.django_db
def test_a_budget_sets_every_search_aside_that_a_call_may_make() -> None:
    def most(searches: int) -> Decimal:
        call = Call(
            uuid7(), 1, uuid7(), None, "anthropic", "claude-sonnet-5-5", estimate=100, searches=searches
        )
        return worst_case(call, [Budget(measure=Budget.Measure.MONEY)])[0]

    assert most(5) - most(0) == Decimal("0.05")


async def test_a_call_that_may_search_says_so_to_the_ledger(stage: Stage, settings: Any) -> None:
    def searches(reply: Reply) -> int:
        return call_of(reply, plan(reply), uuid7(), uuid7()).searches

    reply = await stage.answer("words")
    assert await stored(lambda: searches(reply)) == 5
    settings.WEB_SEARCH = False
    assert await stored(lambda: searches(reply)) == 0
