"""The neutral document: which messages are in it, in which order, and what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from export_app.document import Kept
from export_app.renderers import formats
from export_app.transcript import CARD, PAGE, Transcript
from export_app.written import entry_from, head_from
from sessions_app.models import ChatSession, Message, ToolCall, User

pytestmark = pytest.mark.django_db


def said(chat: ChatSession, text: str, parent: Message | None = None, **values: Any) -> Message:
    position = parent.position + 1 if parent else 1
    parts = [{"kind": "text", "turn": 0, "text": text}]
    plain = {"role": "user", "author": chat.owner, "parts": parts, "content": text, "position": position}
    return Message.objects.create(session=chat, parent=parent, **{**plain, **values})


def test_other_versions_follow_the_shown_one_each_with_what_hangs_below(
    chat: ChatSession, alice: User
) -> None:
    first = said(chat, "first")
    other = said(chat, "other", active=False)
    said(chat, "below other", other, active=False)
    second = said(chat, "second", first)
    said(chat, "lost", second, active=False)
    told = Transcript(chat, reader=alice.pk, others=True)
    assert [(each.content, each.shown, each.version) for each in told.entries()] == [
        ("first", True, (1, 2)),
        ("other", False, (2, 2)),
        ("below other", False, (1, 1)),
        ("second", True, (1, 1)),
        ("lost", False, (1, 1)),
    ]
    assert [each.content for each in Transcript(chat).entries()] == ["first", "second"]


def test_a_long_session_is_read_in_pages(
    chat: ChatSession, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    last = None
    for number in range(2 * PAGE + 1):
        last = said(chat, str(number), last)
    told = Transcript(chat)
    with django_assert_max_num_queries(40):
        assert [each.content for each in told.entries()] == [str(each) for each in range(2 * PAGE + 1)]
    parts = told.volumes(PAGE)
    assert [part.head.part for part in parts] == [(1, 3), (2, 3), (3, 3)]
    assert [each.content for part in parts for each in part.entries()] == [
        each.content for each in told.entries()
    ]


def test_what_is_not_told_is_nowhere_in_an_entry(chat: ChatSession, alice: User) -> None:
    call = {"kind": "tool_call", "turn": 1, "id": "x", "name": "secret_tool", "input": {}}
    card = {"kind": "card", "turn": 0, "card": "merged", "session": "s", "title": "secret title"}
    thought = {"kind": "thinking", "turn": 1, "text": "secret thought", "raw": {"block": "secret"}}
    words = {"kind": "text", "turn": 1, "text": "words"}
    said(
        chat,
        "words",
        parts=[card, thought, call, words],
        revisions=[{"parts": [call, words], "content": "words", "by": alice.pk}],
    )
    kept = Kept(tools=False, thinking=False, costs=False, names=False, files=False, marks=False)
    entry = next(iter(Transcript(chat, kept=kept).entries()))
    assert "secret" not in repr(entry)
    assert "alice" not in repr(entry)
    assert entry.content == "words"


def test_json_is_read_again_as_the_same_document(chat: ChatSession, alice: User) -> None:
    first = said(chat, 'Grüße "quoted" </script>')
    said(chat, "more", first)
    told = Transcript(chat, reader=alice.pk, others=True)
    made = b"".join(formats()["json"].render(told, {"files": True, "indent": False}))
    assert b"</script>" not in made
    read = json.loads(made)
    assert head_from(read["session"]).title == chat.title
    assert [entry_from(each).content for each in read["messages"]] == [
        each.content for each in told.entries()
    ]
    assert len(json.loads(b"".join(formats()["json"].render(told, {"indent": True})))["messages"]) == 2


def test_volumes_are_cut_by_weight_too_tool_calls_counted(chat: ChatSession) -> None:
    first = said(chat, "a" * 400)
    second = said(chat, "b" * 400, first)
    third = said(chat, "c" * 10, second)
    told = Transcript(chat)
    assert [part.count for part in told.volumes(10, 900)] == [3]
    for number in range(2):
        row = {"tool_name": "x", "tool_use_id": str(number), "turn": 1, "result": {"rows": "d" * 300}}
        ToolCall.objects.create(message=third, **row)
    told = Transcript(chat)
    assert [part.count for part in told.volumes(10, 900)] == [2, 1]
    assert told.weights[third.pk] > 2 * CARD + 600
    without = Transcript(chat, kept=Kept(tools=False))
    assert [part.count for part in without.volumes(10, 900)] == [3]
