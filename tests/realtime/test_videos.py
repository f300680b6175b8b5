"""Answers that cite passages of videos, on the wire: what the model is told, what is kept of it, what readers see."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_app.actions import processes, running
from sessions_app.actions.messages import send_message
from sessions_app.actions.replies import continue_reply, regenerate_reply
from sessions_app.agent.context import plan
from sessions_app.agent.passages import CITE, GONE, TOOL, key_of, number_of
from sessions_app.agent.passages import Passage as Told
from sessions_app.api.shapes import message_shapes
from sessions_app.knowledge import index
from sessions_app.knowledge.models import Passage, Reference, Transcript, Video, VideoAnswer
from sessions_app.models import ChatSession, Message, Reply, SearchEntry, SessionMember, ToolCall, User, uuid7
from sessions_app.providers.base import Citation
from sessions_app.realtime.chunks import chunk, public
from sessions_app.realtime.output import cited
from sessions_app.rendering.body import finished_body
from sessions_app.transactions import write
from tests.providers.suite import OPENAI
from tests.upstream import Scenario

from .page import Page
from .stage import Stage, check_goes_on, journal_of, stored
from .test_approvals import say
from .test_crash import OTHER, left_by
from .test_tool_turns import asks

WORDS = ("The lighthouse opens at nine in summer", "At dusk the lighthouse keeper closes the gate")
LOOK = {"name": TOOL, "input": {"query": "lighthouse gate"}}


def film(creator: User, title: str = "Coast tour", words: tuple[str, ...] = WORDS, **values: Any) -> Video:
    """A video with passages of 20 seconds."""
    video = Video.objects.create(creator=creator, title=title, **values)
    transcript = Transcript.objects.create(
        video=video, number=1, format="vtt", text="", status="ready", current=True
    )
    for number, text in enumerate(words):
        Passage.objects.create(
            video=video, transcript=transcript, number=number, text=text,
            start_ms=20_000 * number, end_ms=20_000 * number + 20_000,
        )  # fmt: skip
    with write():
        index.add(list(video.passages.all()))
    return video


def keys(video: Video) -> list[str]:
    return [key_of(pk) for pk in video.passages.order_by("number").values_list("pk", flat=True)]


def choose(chat: ChatSession, *videos: Video) -> None:
    chat.settings = {**chat.settings, "videos": [str(video.pk) for video in videos]}
    chat.save()


async def chosen(stage: Stage, **values: Any) -> tuple[Video, list[str]]:
    """A video of alice, chosen for the session."""

    def made() -> tuple[Video, list[str]]:
        video = film(stage.chat.owner, **values)
        choose(stage.chat, video)
        return video, keys(video)

    return await stored(made)


def blocks(body: dict[str, Any]) -> list[tuple[str, Any]]:
    """All that a request says, by role, without the marks of the cache."""
    return [
        (message["role"], {name: value for name, value in block.items() if name != "cache_control"})
        for message in body["messages"]
        for block in message["content"]
    ]


async def cites_of(reply: Reply) -> list[tuple[str, list[str]]]:
    fresh = await stored(lambda: Message.objects.get(pk=reply.pk))
    return [
        (part["text"], [each["passage"] for each in part.get("citations", [])])
        for part in fresh.parts
        if part["kind"] == "text"
    ]


async def test_a_question_gets_passages_the_answer_cites_them_and_readers_see_where(stage: Stage) -> None:
    video, (first, second) = await chosen(stage)
    page = await Page.opened(stage.chat)
    text = f"It opens at nine [cite:{first}]. The gate is closed at dusk [cite:{second},{first},v999]. Bye."
    reply = await stage.answer(Scenario("spelled", text=text), "When is the lighthouse open?")
    told = [block["text"] for role, block in blocks(stage.upstream.replies[0].body) if role == "user"]
    assert all(words in told[0] for words in (*WORDS, first, second, "0:20–0:40", "Coast tour"))
    assert told[0].endswith(CITE)
    assert told[0].count("</workspace-data>") == 1
    assert "The person has chosen videos" in str(stage.upstream.replies[0].body["system"])
    assert await cites_of(reply) == [
        ("It opens at nine", [first]),
        (". The gate is closed at dusk", [second, first]),
        (". Bye.", []),
    ]
    assert reply.message.content == "It opens at nine. The gate is closed at dusk. Bye."
    await page.until_ended(reply.pk)
    shown = page.document.shown(str(reply.pk))
    assert "It opens at nine [1]. The gate is closed at dusk [2] [1]. Bye." in shown
    assert "Coast tour 0:00" in shown
    assert "Coast tour 0:20" in shown
    await page.check_matches()
    await page.cut()
    assert f'class="source-chip" href="/videos/{video.pk}/?at=20&amp;passage={second}"' in reply.message.html
    await check_goes_on(stage, reply)


async def test_no_words_of_passages_are_stored_or_sent_to_readers(stage: Stage) -> None:
    _, (first, _second) = await chosen(stage)
    stage.upstream.script(asks(LOOK))
    reply = await stage.answer(Scenario(text=f"At nine [cite:{first}]"), "When is the lighthouse open?")

    def everything() -> str:
        rows = Message.objects.filter(session=stage.chat)
        told = [str(message.parts) + message.html + message.content for message in rows]
        told += [str(call.result) for call in ToolCall.objects.all()]
        told += [str(journal_of(reply)), str(SearchEntry.objects.values_list("text"))]
        return "".join(told) + str(message_shapes(list(rows.select_related("reply", "author"))))

    said = await stored(everything)
    assert "Coast tour" in said
    assert not any(words in said for words in WORDS)
    [call] = await stored(lambda: list(ToolCall.objects.filter(message=reply.pk)))
    assert set(call.result["passages"][0]) == {
        "key", "video", "title", "start_ms", "end_ms", "similarity", "size",
    }  # fmt: skip


async def test_readers_and_programs_are_told_of_the_search_while_it_runs_and_where_it_found(
    stage: Stage,
) -> None:
    video, (first, second) = await chosen(stage)
    page = await Page.opened(stage.chat)
    stage.upstream.script(asks(LOOK))
    reply = await stage.answer(Scenario(text=f"At nine [cite:{second}]"), "What about Easter?")
    told = [public(piece) for piece in await stage.journal(reply)]
    running = [piece["data"] for piece in told if "executing_tool" in str(piece["data"])]
    assert running[0]["message"] == "Searching videos…"
    [source] = [piece["data"] for piece in told if "cited" in str(piece["data"])]
    assert (source["length"], source["citations"][0]["start_ms"], "marks" in source) == (7, 20_000, False)
    await page.until_ended(reply.pk)
    shown = page.document.shown(str(reply.pk))
    assert "Video search" in shown
    assert "2 passages" in shown
    await page.cut()
    assert f"/videos/{video.pk}/?at=0&amp;passage={first}" in reply.message.html


async def test_the_next_request_begins_with_the_same_bytes(stage: Stage) -> None:
    _, (first, second) = await chosen(stage)
    stage.upstream.script(asks(LOOK))
    one = f"It opens at nine [cite:{first}]. Then [cite:{first}, {second}] it closes."
    await stage.answer(Scenario(text=one), "When is the lighthouse open?")
    await stage.answer(Scenario(text="And so on."), "And in winter?")
    await stage.answer(Scenario(text="Good bye."), "Thanks")
    bodies = [entry.body for entry in stage.upstream.replies]
    assert len(bodies) == 4
    for before, now in pairwise(bodies):
        assert now["system"] == before["system"]
        assert now["tools"] == before["tools"]
        assert blocks(now)[: len(blocks(before))] == blocks(before)
    said = [block for role, block in blocks(bodies[-1]) if role == "assistant"]
    assert "".join(block.get("text", "") for block in said).startswith("Let me look. " + one)
    results = [block for _, block in blocks(bodies[-1]) if block["type"] == "tool_result"]
    assert WORDS[1] in str(results)
    cards = [block for _, block in blocks(bodies[-1]) if "workspace-data" in block.get("text", "")]
    assert len(cards) == 1  # further questions look for themselves


async def test_so_it_goes_with_another_provider(stage: Stage, settings: Any) -> None:
    with OPENAI.upstream() as server:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = server.key, f"{server.url}/v1"
        _, (first, second) = await chosen(stage)
        server.script(asks(LOOK))
        one = f"It opens at nine [cite:{first}]. It closes at dusk [cite:{second}]."
        server.set_default(Scenario(text=one))
        reply = await ask(stage, "When is the lighthouse open?", "gpt-6.1-sol")
        assert await cites_of(reply) == [
            ("Let me look. ", []),
            ("It opens at nine", [first]),
            (". It closes at dusk", [second]),
            (".", []),
        ]
        await ask(stage, "And in winter?", "gpt-6.1-sol")
        first_body, *_, last = [str(entry.body["input"]) for entry in server.replies]
        assert first_body[:-1] in last
        assert f"at nine [cite:{first}]" in last
        assert WORDS[0] in last
        # And on to the first provider, with the same words of passages
        await ask(stage, "And at night?", "claude-sonnet-5-5")
        told = str(stage.upstream.replies[-1].body["messages"])
        assert WORDS[0] in told
        assert f"at nine [cite:{first}]" in told


async def ask(stage: Stage, content: str, model: str) -> Reply:
    sent = await stage.send(content, model=model)
    assert sent.reply is not None
    return await stage.ended(sent.reply)


async def test_a_video_made_private_is_out_at_once_and_citations_keep_its_title(
    stage: Stage, bob: User
) -> None:
    def others() -> Video:
        video = film(bob, visibility="everyone")
        choose(stage.chat, video)
        return video

    video = await stored(others)
    first, _ = await stored(lambda: keys(video))
    stage.upstream.script(asks(LOOK))
    reply = await stage.answer(Scenario(text=f"At nine [cite:{first}]"), "When is the lighthouse open?")
    await stored(lambda: Video.objects.update(visibility="private"))
    stage.upstream.script(asks(LOOK))
    after = await stage.answer(Scenario(text=f"At nine, I said [cite:{first}]."), "Once more?")
    for entry in stage.upstream.replies[2:]:
        told = str(entry.body["messages"])
        assert not any(words in told for words in WORDS)
        assert GONE in told
        assert f"[cite:{first}]" in told
    [call] = await stored(lambda: list(ToolCall.objects.filter(message=after.pk)))
    assert call.result["passages"] == []
    assert await cites_of(after) == [("Let me look. ", []), ("At nine, I said.", [])]
    kept = (await stage.fresh(reply)).message
    assert "Coast tour <span>0:00</span>" in kept.html
    shape = await stored(
        lambda: message_shapes(list(Message.objects.filter(pk=reply.pk).select_related("reply", "author")))
    )
    assert shape[0]["citations"][0]["title"] == "Coast tour"
    await check_goes_on(stage, after)


async def test_who_may_not_see_a_video_is_told_nothing_of_it_in_a_shared_session(
    stage: Stage, bob: User
) -> None:
    _, (first, _) = await chosen(stage)
    await stored(lambda: SessionMember.objects.create(session=stage.chat, user=bob, role="writer"))
    await stage.answer(Scenario(text=f"At nine [cite:{first}]"), "When is the lighthouse open?")
    stage.upstream.script(asks(LOOK, {"name": TOOL, "input": {"query": "lighthouse", "everywhere": True}}))
    stage.upstream.set_default(Scenario(text=f"As I said [cite:{first}]."))
    sent = await stored(
        lambda: send_message(chat=stage.chat, author=bob, content="And the lighthouse at dusk?")
    )
    assert sent.reply is not None
    reply = await stage.ended(sent.reply)
    for entry in stage.upstream.replies[1:]:
        assert not any(words in str(entry.body["messages"]) for words in WORDS)
    calls = await stored(lambda: list(ToolCall.objects.filter(message=reply.pk)))
    assert [call.result["passages"] for call in calls] == [[], []]
    assert await cites_of(reply) == [("Let me look. ", []), ("As I said.", [])]


async def test_answers_and_references_are_noted_once_and_by_their_numbers(stage: Stage) -> None:
    video, (first, second) = await chosen(stage)
    text = f"Closed at dusk [cite:{second}], open at nine [cite:{first}], closed [cite:{second}]."
    reply = await stage.answer(Scenario(text=text), "When does the lighthouse open, when is the gate closed?")
    [row] = await stored(lambda: list(VideoAnswer.objects.all()))
    assert (row.message_id, row.session_id, row.video_id, row.asker_id) == (
        reply.pk, stage.chat.pk, video.pk, stage.chat.owner_id,
    )  # fmt: skip
    assert (row.given, row.cited) == (2, 2)
    assert row.best > 0
    found = await stored(
        lambda: list(Reference.objects.values_list("number", "passage_id", "start_ms", "title"))
    )
    assert found == [
        (1, number_of(second), 20_000, "Coast tour"),
        (2, number_of(first), 0, "Coast tour"),
    ]
    assert await stored(lambda: set(Passage.objects.values_list("told", flat=True))) == {True}
    again = await stored(lambda: regenerate_reply(message=reply.message))
    await stage.ended(again)
    assert await stored(lambda: VideoAnswer.objects.count()) == 2
    assert await stored(lambda: Reference.objects.filter(message=again.pk).count()) == 2


async def test_an_answer_about_nothing_said_in_its_videos_is_noted_too(stage: Stage) -> None:
    await chosen(stage)
    await stage.answer(Scenario(text="I do not know."), "How do I bake bread?")
    [row] = await stored(lambda: list(VideoAnswer.objects.all()))
    assert (row.given, row.cited, row.best) == (0, 0, 0.0)
    assert "workspace-data kind" not in str(stage.upstream.replies[0].body["messages"])


async def test_of_who_may_not_see_a_video_its_creator_is_told_no_question(stage: Stage) -> None:
    video, (first, _) = await chosen(stage)
    await stage.answer(Scenario(text=f"At nine [cite:{first}]."), "When does the lighthouse open?")
    assert await stored(VideoAnswer.objects.count) == 1

    def taken_away() -> None:
        other = User.objects.create_user("carol", "carol@example.org")
        Video.objects.filter(pk=video.pk).update(creator=other, visibility="private")

    await stored(taken_away)
    await stage.answer(Scenario(text="I do not know."), "And something of mine?")
    assert await stored(VideoAnswer.objects.count) == 1


async def test_a_session_without_videos_asks_and_notes_nothing(stage: Stage) -> None:
    reply = await stage.answer(Scenario(text="Write [cite:v1] like this."), "How do I cite?")
    assert reply.message.content == "Write [cite:v1] like this."
    assert not await stored(VideoAnswer.objects.exists)
    body = stage.upstream.replies[0].body
    assert TOOL not in [tool["name"] for tool in body["tools"]]
    assert "videos" not in str(body["system"])


async def test_a_reply_that_is_cut_keeps_what_it_cited(stage: Stage) -> None:
    _, (first, second) = await chosen(stage)
    text = f"It opens at nine [cite:{first}]. Later [cite:{second}"
    reply = await stage.begin(Scenario("spelled_gate", text=text), "Lighthouse?")
    await stage.growing(reply, "Later")
    stage.runner.stop(reply.pk)
    ended = await stage.ended(reply)
    assert ended.status == "stopped"
    assert await cites_of(ended) == [("It opens at nine", [first]), (". Later", [])]
    assert await stored(lambda: Reference.objects.filter(message=reply.pk).count()) == 1
    await check_goes_on(stage, ended)


async def test_an_answer_that_is_continued_can_cite_what_was_given_before(stage: Stage) -> None:
    _, (_, second) = await chosen(stage)
    reply = await stage.answer("max_tokens", "The lighthouse?")
    stage.upstream.set_default(Scenario(text=f" and closed at dusk [cite:{second}]."))
    more = await stored(lambda: continue_reply(message=reply.message))
    ended = await stage.ended(more)
    assert (await cites_of(ended))[-2:] == [(" and closed at dusk", [second]), (".", [])]


async def test_a_plan_without_passages_asks_the_database_nothing_more(
    stage: Stage,
) -> None:
    await stage.answer("words", "Hello")

    def asked() -> int:
        reply = Reply.objects.select_related("session__owner", "message__parent__author").get()
        with CaptureQueriesContext(connection) as queries:
            plan(reply)
        return len([query for query in queries if "knowledge" in query["sql"]])

    assert await stored(asked) == 1  # whether the tool is offered, which a process remembers


def test_strangers_get_times_and_no_links(alice: User) -> None:
    video = film(alice)
    passage = {
        "url": "/x", "title": "Coast", "cited": "", "video": str(video.pk), "passage": "v1", "start_ms": 61_000,
        "end_ms": 62_000, "similarity": 0.5,
    }  # fmt: skip
    parts = [{"kind": "text", "turn": 1, "text": "At nine", "citations": [passage]}]
    html = finished_body("m", parts, {}, linked=False)
    assert "href" not in html
    assert "Coast <span>1:01</span>" in html
    assert f'href="/videos/{video.pk}/?at=61&amp;passage=v1"' in finished_body("m", parts, {})
    for wrong in (
        {"video": "../admin"},
        {"passage": "1"},
        {"start_ms": -1},
        {"end_ms": 5},
        {"start_ms": True},
    ):
        broken = [{**parts[0], "citations": [passage | wrong]}]
        assert "href" not in finished_body("m", broken, {})


async def test_a_search_that_a_person_allows_can_be_cited_when_the_reply_goes_on(
    stage: Stage, settings: Any
) -> None:
    _, (first, second) = await chosen(stage)
    settings.APPROVAL_TOOLS = [TOOL]
    reply = await stage.answer(Scenario("tool", tools=(LOOK,)), "What about Easter?")
    assert reply.status == "waiting"
    await say(stage, reply, "once", TOOL)
    stage.upstream.set_default(Scenario(text=f"The gate closes [cite:{second}], not so [cite:v999]."))
    ended = await stage.ended(reply)
    assert ended.status == "complete"
    assert WORDS[1] in str(stage.upstream.replies[-1].body["messages"])
    assert (await cites_of(ended))[1:] == [("The gate closes", [second]), (", not so.", [])]
    rows = await stored(lambda: list(VideoAnswer.objects.values_list("given", "cited")))
    assert rows == [(2, 1)]
    assert first != second


async def test_a_reply_whose_process_died_keeps_what_it_cited(stage: Stage) -> None:
    video, (first, second) = await chosen(stage)
    given = await stored(lambda: {key_of(row.pk): row for row in video.passages.all()})

    def died() -> Reply:
        reply = left_by(stage.chat)
        told = Told(second, str(video.pk), video.title, given[second].start_ms, given[second].end_ms, 0.5)
        data = {
            "status": "cited",
            "length": 11,
            "citations": [cited(Citation(told.path, told.title, "", told.cited))],
        }
        at = chunk(str(reply.pk), 5, "content", " at the end", 1)
        chunks = [at, chunk(str(reply.pk), 6, "metadata", data, 1)]
        running.append_journal(owner=OTHER, batches=[running.Batch(reply.pk, 1, chunks)])
        processes.reap(owner=uuid7())
        return reply

    reply = await stored(died)
    assert (await cites_of(reply))[-1] == (" at the end", [second])
    html = await stored(lambda: Message.objects.get(pk=reply.pk).html)
    assert f"passage={second}" in html
    assert await stored(lambda: Reference.objects.get(message=reply.pk).passage_id) == number_of(second)
    assert first != second


async def test_an_answer_that_is_continued_keeps_what_it_cited(stage: Stage) -> None:
    _, (first, second) = await chosen(stage)
    reply = await stage.begin(
        Scenario("spelled_gate", text=f"It opens [cite:{first}] at nine. "), "Lighthouse?"
    )
    await stage.growing(reply, "nine")
    stage.runner.stop(reply.pk)
    ended = await stage.ended(reply)
    stage.upstream.set_default(Scenario(text=f"Closed at dusk [cite:{second}]."))
    more = await stage.ended(await stored(lambda: continue_reply(message=ended.message)))
    assert await cites_of(more) == [
        ("It opens", [first]),
        (" at nine. ", []),
        ("Closed at dusk", [second]),
        (".", []),
    ]
    assert await stored(lambda: Reference.objects.filter(message=more.pk).count()) == 2
    assert f"It opens [cite:{first}]" in str(stage.upstream.replies[-1].body["messages"])
