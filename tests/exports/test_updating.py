"""The same session of a source again: what is new comes, what was done here stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from export_app.actions.building import build_session, standing, update_session
from export_app.document import Call, Entry, Revision
from export_app.models import ImportedSession
from sessions_app.actions import marks, versions
from sessions_app.actions.errors import NotNow
from sessions_app.doctor import examine
from sessions_app.models import ChatSession, ForeignUsage, Message, SearchEntry, ToolCall, User
from tests.actions.steps import end, send
from tests.exports.test_building import AT, HEAD, SPENT, entry, replace_reply

pytestmark = pytest.mark.django_db
TALK = [entry("q1"), entry("a1", "q1", "assistant"), entry("q2", "a1"), entry("a2", "q2", "assistant")]
MORE = [*TALK, entry("q3", "a2"), entry("a3", "q3", "assistant")]
CALL = Call("c", 1, "count", "use", {}, {"n": 1}, "success", 3, "", AT)


@pytest.fixture
def done(alice: User) -> ImportedSession:
    build_session(owner=alice, source="chatgpt", head=HEAD, entries=TALK, key="k", digest="1")
    return ImportedSession.objects.get()


def again(done: ImportedSession, told: list[Entry], digest: str = "2") -> tuple[int, list[str]]:
    notes: list[str] = []
    fresh = ImportedSession.objects.get(pk=done.pk)
    count = update_session(imported=fresh, head=HEAD, entries=iter(told), digest=digest, notes=notes)
    assert examine() == []
    return count, notes


def contents(chat: ChatSession) -> list[str]:
    return list(Message.objects.filter(session=chat).shown().values_list("content", flat=True))


def row(text: str) -> Message:
    return Message.objects.get(content=text)


def test_what_follows_continues_the_shown_path_and_comes_once(done: ImportedSession, alice: User) -> None:
    assert again(done, MORE) == (2, [])
    assert contents(done.session) == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert SearchEntry.objects.filter(message=row("a3")).exists()
    assert again(done, MORE) == (0, [])
    keys = [each.id for each in MORE]
    assert standing(owner=alice, source="chatgpt", key="k", digest="2", messages=keys).state == "here"
    assert standing(owner=alice, source="chatgpt", key="k", digest="3", messages=[*keys, "x"])[::2] == (
        "changed",
        1,
    )


def test_what_was_written_here_stays_shown_and_the_new_stands_beside_it(done: ImportedSession) -> None:
    end(send(done.session, "asked here").reply, text="answered here")
    before = contents(done.session)
    assert again(done, [*MORE, entry("b1", "q1", "assistant")]) == (3, [])
    assert contents(done.session) == before
    assert row("a2").chosen_child == row("asked here")
    assert row("q1").chosen_child == row("a1")
    versions.switch_version(message=row("q3"))
    assert contents(done.session) == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert examine() == []


def test_what_was_deleted_here_does_not_come_back(done: ImportedSession) -> None:
    versions.delete_message(message=row("q2"))
    count, notes = again(done, MORE)
    assert count == 0
    assert notes == ["2 messages hang below messages that were deleted here, and were left out."]
    assert contents(done.session) == ["q1", "a1"]


def test_other_words_at_the_source_replace_those_that_nobody_changed_here(
    done: ImportedSession, alice: User
) -> None:
    versions.edit_message(message=row("q2"), person=alice, content="my own q2")
    marks.rate_message(message=row("a1"), user=alice, value=1)
    longer = entry("a2", "q2", "assistant", "a2 and more", tool_calls=(CALL,), calls=(SPENT,))
    longer = replace(longer, reply=replace_reply(stop_reason="max_tokens"))
    former = Revision(({"kind": "text", "turn": 0, "text": "q1"},), "q1", AT, "carol")
    told = [
        entry("q1", text="q1 again", revisions=(former,)),
        TALK[1],
        entry("q2", "a1", text="their q2"),
        longer,
    ]
    assert again(done, told) == (0, [])
    assert contents(done.session) == ["q1 again", "a1", "my own q2", "a2 and more"]
    changed = row("q1 again")
    assert [(each["content"], each["by"]) for each in changed.revisions] == [("q1", "carol")]
    assert changed.revisions[0]["at"] == AT.isoformat()
    assert "q1 again" in changed.html
    answer = row("a2 and more")
    assert answer.reply.stop_reason == "max_tokens"
    assert ToolCall.objects.get(message=answer).result == {"n": 1}
    assert ForeignUsage.objects.get(message_key=answer.origin_key).output == 50
    assert again(done, told) == (0, [])
    assert len(row("q1 again").revisions) == 1
    assert again(done, [replace(each, parts=TALK[0].parts) if each.id == "q1" else each for each in told])
    assert len(row("q1").revisions) == 2


def test_an_update_that_breaks_off_leaves_nothing_and_what_a_crash_left_goes_with_the_next(
    done: ImportedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Iterator[Entry]:
        yield from TALK
        for number in range(150):
            yield entry(
                f"n{number}", f"n{number - 1}" if number else "a2", calls=(SPENT,), tool_calls=(CALL,)
            )
        raise KeyboardInterrupt

    def add(told: Iterator[Entry]) -> None:
        with pytest.raises(KeyboardInterrupt):
            update_session(imported=done, head=HEAD, entries=told)

    version = ChatSession.objects.get(pk=done.session_id).version
    add(broken())
    assert Message.objects.count() == 4
    monkeypatch.setattr("export_app.actions.adding.Adding.discard", lambda self: None)
    add(broken())
    assert Message.objects.count() == 4 + 96
    assert contents(done.session) == ["q1", "a1", "q2", "a2"]
    assert ChatSession.objects.get(pk=done.session_id).version == version
    assert examine() == []
    assert again(done, MORE) == (2, [])
    assert Message.objects.count() == 6


@pytest.mark.parametrize("stored", [0, 200])
def test_of_two_updates_at_once_one_is_refused(done: ImportedSession, stored: int) -> None:
    def told() -> Iterator[Entry]:
        yield from TALK
        for number in range(stored):  # so many that a lot of them is stored before the other update begins
            yield entry(f"n{number}", "a2")
        assert again(done, MORE) == (2, [])
        yield from MORE[len(TALK) :]

    with pytest.raises(NotNow, match="import it again"):
        update_session(imported=done, head=HEAD, entries=told())
    assert contents(done.session) == [each.id for each in MORE]
    assert Message.objects.count() == len(MORE)
    assert examine() == []


def test_marks_of_new_messages_are_shown(done: ImportedSession) -> None:
    from export_app.document import Remark
    from sessions_app.rendering.article import articles

    note = Remark("annotation", "carol", None, None, "", "look here", "", None, AT)
    again(done, [*MORE[:5], replace(MORE[5], marks=(note,))])
    told = articles(
        Message.objects.filter(session=done.session).shown().select_related("reply", "author", "parent")
    )
    assert [len(each.marks.notes) if each.marks else 0 for each in told] == [0, 0, 0, 0, 0, 1]
