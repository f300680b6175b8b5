"""Sessions made of documents from anyone: what is put right, what is kept out, and that nothing half is ever seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from export_app.actions import planting
from export_app.actions.building import build_session, standing
from export_app.doctor import COSTLESS
from export_app.document import Answered, Call, Entry, File, Head, Remark, Revision, Spent
from export_app.models import ImportedSession
from sessions_app.actions.messages import send_message
from sessions_app.agent.attached import files_of
from sessions_app.agent.context import stored_message
from sessions_app.doctor import examine
from sessions_app.files import storage
from sessions_app.models import (
    Attachment,
    ChatSession,
    ForeignUsage,
    Mark,
    Message,
    Reply,
    SearchEntry,
    ToolCall,
    User,
    uuid7,
)
from sessions_app.rendering.article import articles
from tests.actions.steps import end
from tests.admin.conversation import answered, process
from tests.files.making import picture

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 4, 5, 6, 7, 123456, tzinfo=UTC)
HEAD = Head(
    id="s", title="From afar", owner="carol", kind="chat", title_source="person", provider="else", model="gone-9",
    settings={}, tags=(), starred=False, created_at=AT, last_activity_at=AT,
)  # fmt: skip
SPENT = Spent(
    "reply", "else", "gone-9", 1, 1, 1000, 0, 0, 0, 50, Decimal("0.25"), "table", "reported", 900, 100, True, "", 200, AT
)  # fmt: skip


def entry(key: str, parent: str | None = None, role: str = "user", text: str = "", **values: Any) -> Entry:
    plain = {"author": "carol" if role == "user" else "", "model": "gone-9" if role == "assistant" else ""}
    parts = ({"kind": "text", "turn": int(role == "assistant"), "text": text or key},)
    known: dict[str, Any] = {"created_at": AT, "shown": True, "chosen": None, "content": "", "parts": parts}
    return Entry(id=key, parent=parent, role=role, **{**plain, **known, **values})


def built(owner: User, *told: Entry, head: Head = HEAD, **more: Any) -> ChatSession:
    values: dict[str, Any] = {"source": "chatgpt", "key": "k", **more}
    return build_session(owner=owner, head=head, entries=told, **values)


def contents(chat: ChatSession) -> list[str]:
    return list(Message.objects.filter(session=chat).shown().values_list("content", flat=True))


# ---------------------------------------------------------------- what a file cannot do


def test_a_part_that_names_somebody_elses_file_names_nothing(alice: User, bob: User, tmp_path: Path) -> None:
    secret = Attachment.objects.create(
        owner=bob,
        name="secret.txt",
        kind="text",
        media_type="text/plain",
        size=6,
        text="secret",
        stored="0" * 32,
    )
    part = {"kind": "attachment", "turn": 0, "id": str(secret.pk), "name": "secret.txt", "media": "text"}
    former = Revision((part,), "", AT, "")
    chat = built(alice, entry("a", parts=(part,), revisions=(former,)))
    row = Message.objects.get(session=chat)
    assert str(secret.pk) not in str(row.parts) + str(row.revisions)
    assert files_of([row], {"model": "offline", "provider": "offline"}) == {}


def test_a_message_that_is_called_like_somebody_elses_shows_nothing_of_theirs(
    chat: ChatSession, alice: User, bob: User
) -> None:
    paid = answered(chat, alice, "question", "answer", process().pk)
    new = built(bob, entry("q"), entry(str(paid.pk), "q", "assistant"), source="workspace")
    row = Message.objects.get(session=new, role="assistant")
    assert row.origin_key not in (None, paid.pk)
    assert articles([row])[0].receipt is None
    assert articles([paid])[0].receipt is not None


def test_what_no_database_or_page_takes_is_put_right(alice: User, as_alice: Client) -> None:
    call = Call(
        "c",
        1,
        "no such/tool",
        "",
        [1, {"a": "b\x00\x1b\x9b\ufffe", "n": float("inf")}],
        {"\ud800": "\x00"},
        "pending",
        -5,
        "",
        AT,
    )
    told = (
        entry("a", role="assistant", text="no question\x00\ud800"),
        entry("b", "a", "assistant", tool_calls=(call, call), reply=replace_reply(status="running", model_config={"provider": [], "x": 1})),
        entry("b", "a"),
        entry("c", "b", parts=({"kind": "card", "card": "merged", "session": "../x", "title": "t"}, {"kind": "odd"})),
        entry("d", "nowhere"),
        entry("e", "c", created_at=datetime(9999, 12, 31, tzinfo=UTC), marks=(
            Remark("rating", "x", 5, 9, "", "", "", None, AT), Remark("reaction", "x", None, None, "not one", "", "", None, AT),
        )),
    )  # fmt: skip
    notes: list[str] = []
    head = replace(HEAD, settings={"temperature": 99, "unheard": 1, "tools": ["nope"]}, tags=("a,b", "ok"))
    chat = built(alice, *told, head=head, notes=notes)
    assert examine() == []
    rows = Message.objects.filter(session=chat).shown()
    assert [row.role for row in rows] == ["user", "assistant", "user", "assistant", "user", "user"]
    assert contents(chat)[1] == "no question\ufffd"
    stored = ToolCall.objects.get(message__session=chat)
    assert (stored.tool_name, stored.status) == ("no_such_tool", "cancelled")
    assert stored.input == {"input": [1, {"a": "b\ufffd", "n": None}]}
    assert list(Reply.objects.filter(session=chat).order_by("pk").values_list("status", "copied")) == [
        ("complete", True),
        ("interrupted", True),
    ]
    assert not Mark.objects.exists()
    assert chat.settings == {"tools": []}
    assert len(notes) == 4
    assert as_alice.get(chat.get_absolute_url()).status_code == 200


def replace_reply(**values: Any) -> Answered:
    known = Answered("complete", "end", "", "", 1, 0, AT, AT, None, {})
    return replace(known, **values)


def test_whichever_messages_a_file_says_are_shown_one_path_is(alice: User) -> None:
    told = [
        entry("a", shown=False),
        entry("b"),
        entry("c"),
        entry("d", "a"),
        entry("e", "b"),
        entry("f", "b"),
    ]
    told += [entry("g", "f", shown=False), entry("h", "f", shown=False), entry("i", "g", shown=False)]
    chat = built(alice, *told)
    assert contents(chat) == ["b", "e"]
    chat = built(alice, *[replace(each, shown=each.id in "bf") for each in told])
    assert contents(chat) == ["b", "f", "h"]
    chosen = [replace(each, shown=each.id in "bf", chosen="g" if each.id == "f" else None) for each in told]
    assert contents(built(alice, *chosen)) == ["b", "f", "g", "i"]
    assert examine() == []


def test_a_picture_keeps_its_bytes_only_where_it_holds_nothing_but_pixels(alice: User) -> None:
    plain = picture("JPEG", (40, 30))
    told = picture("JPEG", (40, 30), comment=b"where I live")
    for data, same in ((plain, True), (told, False), (plain + b"<script>", False)):
        digest = storage_digest(data)
        read = partial(iter, [data])
        file = File("f", "a.jpg", "picture", "text/html", "", 9, 40, 30, None, 1, "", "", digest, read)
        chat = built(alice, entry("a", files=(file,)))
        row = Attachment.objects.get(message__session=chat)
        assert (row.digest == digest) == same
        assert (storage.load(row.stored) == data) == same
        assert row.media_type == "image/jpeg"


def storage_digest(data: bytes) -> str:
    with storage.received([data]) as path:
        return storage.digest(path)


# ---------------------------------------------------------------- all or nothing


def test_nothing_is_seen_before_all_is_there_and_nothing_stays_where_it_breaks_off(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planting, "LOT", 2)
    file = File("f", "a.txt", "text", "", "", 0, None, None, None, 0, "", "", "", lambda: iter([b"words"]))
    seen: list[int] = []

    def told() -> Iterator[Entry]:
        yield entry("a", files=(file,))
        for number, (above, key) in enumerate(zip("abcd", "bcde", strict=True)):
            answer = number % 2 == 0
            yield entry(key, above, "assistant" if answer else "user", calls=(SPENT,) if answer else ())
        chats = ChatSession.objects.filter(owner=alice)
        seen.append(chats.count())
        assert Message.objects.filter(session__owner=alice).count() == 4
        assert not ChatSession.objects.for_user(alice).exists()
        assert not ChatSession.objects.deleted_by(alice).exists()
        assert examine() == []
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_session(owner=alice, source="chatgpt", head=HEAD, entries=told(), key="k")
    assert seen == [1]
    for table in (ChatSession, Message, Attachment, ForeignUsage, SearchEntry, ImportedSession):
        assert not table._default_manager.exists()
    assert examine() == []


# ---------------------------------------------------------------- what one sees and can do


def test_it_opens_shows_what_others_paid_and_goes_on(alice: User, as_alice: Client) -> None:
    note = Remark("annotation", "carol", None, None, "", "look here", "", None, AT)
    own = Remark("rating", "alice", 1, None, "", "", "", None, AT)
    former = Revision(({"kind": "text", "turn": 0, "text": "as it was"},), "as it was", None, "carol")
    thought = {
        "kind": "thinking",
        "turn": 1,
        "text": "",
        "raw": {"provider": "p", "model": "m", "block": {"type": "thinking"}},
    }
    answer = entry("b", "a", "assistant", calls=(SPENT,), marks=(note, own))
    chat = built(alice, entry("a", revisions=(former,)), replace(answer, parts=(thought, *answer.parts)))
    page = as_alice.get(chat.get_absolute_url()).content.decode()
    assert "$0.25" in page
    assert "1 note" in page
    rows = {row.role: row for row in Message.objects.filter(session=chat)}
    assert [part["kind"] for part in stored_message(rows["assistant"], {}).parts] == ["text"]
    assert (rows["user"].author, rows["user"].written_by) == (None, "carol")
    assert articles([rows["user"]])[0].author == "carol"
    assert list(Mark.objects.order_by("kind").values_list("user", "made_by")) == [
        (None, "carol"),
        (alice.pk, "alice"),
    ]
    texts = as_alice.get(f"{chat.get_absolute_url()}messages/{rows['user'].pk}/revisions/")
    assert "as it was" in texts.content.decode()
    assert "carol" in texts.content.decode()
    sent = send_message(chat=chat, author=alice, content="and now?")
    assert sent.reply is not None
    assert sent.reply.model_config["model"] == "offline"  # the model it names is not offered here
    end(sent.reply, text="On we go")
    assert examine() == []


def test_usual_pages_ask_nothing_about_calls_of_others(chat: ChatSession, alice: User) -> None:
    row = answered(chat, alice, "question", "answer", process().pk)
    rows = list(Message.objects.filter(pk=row.pk).select_related("reply", "author", "parent"))
    with CaptureQueriesContext(connection) as asked:
        articles(rows)
    assert "tokenusage" in str(asked.captured_queries)
    assert "foreignusage" not in str(asked.captured_queries)


def test_staff_see_what_an_imported_answer_cost_elsewhere(alice: User, staff: User) -> None:
    from sessions_app.admin.transcript import entries

    chat = built(alice, entry("a"), entry("b", "a", "assistant", calls=(SPENT,)))
    told = entries(
        list(Message.objects.filter(session=chat).select_related("reply", "author", "parent")), with_text=True
    )
    assert [[call.row.cost for call in each.calls] for each in told] == [[], [Decimal("0.25")]]


# ---------------------------------------------------------------- how a file stands to what is here


def test_a_file_is_new_then_here_then_changed(chat: ChatSession, alice: User, bob: User) -> None:
    asked: dict[str, Any] = {"owner": alice, "source": "chatgpt", "key": "k"}
    assert standing(**asked, digest="1", messages=["a", "b"]) == ("new", None, 2)
    made = built(alice, entry("a"), digest="1")
    state, done, fresh = standing(**asked, digest="1", messages=["a"])
    assert (state, fresh) == ("here", 0)
    assert done is not None
    assert done.session == made
    assert standing(**asked, digest="2", messages=["a", "b"])[::2] == ("changed", 1)
    assert standing(**{**asked, "owner": bob}, messages=["a"]).state == "new"
    ChatSession.objects.filter(pk=made.pk).update(deleted_at=AT)
    assert standing(**asked, digest="1", messages=["a"]).state == "new"


def test_a_session_of_ones_own_knows_its_own_file(chat: ChatSession, alice: User, bob: User) -> None:
    row = answered(chat, alice, "question", "answer", process().pk)
    keys = [str(row.parent_id), str(row.pk)]
    asked: dict[str, Any] = {"source": "workspace", "key": str(chat.pk), "messages": keys}
    assert standing(owner=alice, **asked) == ("here", None, 0)
    assert standing(owner=bob, **asked) == ("new", None, 2)
    Message.objects.filter(pk=row.pk).update(deleted_at=AT, active=False)
    assert standing(owner=alice, **asked) == ("changed", None, 1)
    assert standing(owner=alice, source="chatgpt", key=str(chat.pk)).state == "new"


def test_the_doctor_finds_imports_that_would_cost_something_here(
    chat: ChatSession, alice: User, bob: User
) -> None:
    paid = answered(chat, alice, "question", "answer", process().pk)
    new = built(bob, entry("q"), entry("a", "q", "assistant", calls=(SPENT,)))
    assert examine() == []
    Reply.objects.filter(session=new).update(copied=False)
    ForeignUsage.objects.update(message_key=paid.pk)
    Message.objects.filter(pk=paid.pk).update(origin_key=uuid7())
    found = [each.detail for each in examine() if each.check == COSTLESS]
    assert sum("counts as one that ran here" in each for each in found) == 2
    assert sum("which was written here" in each for each in found) == 1
    assert sum("which is a copy" in each for each in found) == 1
