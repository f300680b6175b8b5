"""Messages that wait for the running reply: queued, changed, hurried, removed, sent when it ends well."""

from __future__ import annotations

import pytest
from django.utils import timezone

from sessions_app.actions import messages
from sessions_app.actions import pending as waiting
from sessions_app.actions.errors import AuthorGone, ClientIdReused, EmptyMessage, NotPossible, TooManyPending
from sessions_app.models import ChatSession, Draft, Message, PendingMessage, Reply, User
from sessions_app.waiting import why_held

from .steps import begin, counts, end, send


def wait(chat: ChatSession, content: str = "Later", client_id: str = "later") -> PendingMessage:
    pending = send(chat, content, client_id=client_id).pending
    assert pending is not None
    return pending


def test_a_send_while_a_reply_runs_waits(chat: ChatSession) -> None:
    begin(send(chat, "Now").reply)
    wait(chat)
    assert counts(chat) == (1, 1, 1)


def test_a_send_while_a_reply_is_queued_waits_too(chat: ChatSession) -> None:
    send(chat, "Now")
    wait(chat)
    assert counts(chat) == (1, 1, 1)


def test_the_same_client_id_waits_once(chat: ChatSession) -> None:
    begin(send(chat, "Now").reply)
    assert wait(chat) == wait(chat)
    with pytest.raises(ClientIdReused):
        wait(chat, "Something else")


@pytest.mark.parametrize(("status", "reason"), [("complete", "end"), ("stopped", "stopped")])
def test_it_goes_out_when_the_reply_ends_well(chat: ChatSession, status: str, reason: str) -> None:
    reply = begin(send(chat, "Now").reply)
    wait(chat)
    end(reply, status, reason=reason)
    assert counts(chat) == (2, 2, 0)
    last = Message.objects.filter(session=chat).shown().reverse()[1]
    assert (last.content, last.client_id, last.author) == ("Later", "later", chat.owner)
    assert send(chat, "Later", client_id="later").repeated


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_it_is_kept_and_not_sent_when_the_reply_breaks(chat: ChatSession, status: str) -> None:
    reply = begin(send(chat, "Now").reply)
    wait(chat)
    end(reply, status, reason="error")
    assert counts(chat) == (1, 1, 1)


def test_several_go_out_one_after_the_other_in_their_order(chat: ChatSession) -> None:
    reply: Reply | None = begin(send(chat, "First").reply)
    for n in range(3):
        wait(chat, f"Later {n}", f"id-{n}")
    for _ in range(4):
        end(reply)
        reply = Reply.objects.filter(session=chat).unfinished().first()
    asked = Message.objects.filter(session=chat, role="user").order_by("position")
    assert [row.content for row in asked] == ["First", "Later 0", "Later 1", "Later 2"]


def test_it_can_be_changed_until_it_goes_out(chat: ChatSession) -> None:
    reply = begin(send(chat, "Now").reply)
    pending = wait(chat)
    waiting.edit_pending(pending=pending, content="Much later")
    with pytest.raises(EmptyMessage):
        waiting.edit_pending(pending=pending, content=" ")
    end(reply)
    assert Message.objects.filter(session=chat, content="Much later").exists()
    with pytest.raises(NotPossible) as refused:
        waiting.edit_pending(pending=pending, content="Too late")
    assert "Your text is kept" in refused.value.sentence


def test_it_can_be_removed(chat: ChatSession) -> None:
    reply = begin(send(chat, "Now").reply)
    waiting.remove_pending(pending=wait(chat))
    end(reply)
    assert counts(chat) == (1, 1, 0)


def test_one_that_went_out_meanwhile_cannot_be_removed(chat: ChatSession) -> None:
    reply = begin(send(chat, "Now").reply)
    pending = wait(chat)
    end(reply)
    with pytest.raises(NotPossible, match="meanwhile"):
        waiting.remove_pending(pending=pending, into_draft_of=chat.owner)
    assert Draft.kept_of(chat.owner_id, chat.pk) is None


def test_a_removed_one_can_become_the_draft_below_what_that_holds(chat: ChatSession) -> None:
    begin(send(chat, "Now").reply)
    for content, kept in (("One", "One"), ("Two", "One\n\nTwo")):
        waiting.remove_pending(pending=wait(chat, content), into_draft_of=chat.owner)
        draft = Draft.kept_of(chat.owner_id, chat.pk)
        assert draft is not None
        assert draft.content == kept


def test_a_hurried_one_goes_first_and_asks_the_running_reply_to_stop(chat: ChatSession) -> None:
    reply = begin(send(chat, "Now").reply)
    wait(chat, "Early", "a")
    waiting.hurry_pending(pending=wait(chat, "Urgent", "b"))
    reply.refresh_from_db()
    assert reply.status == "running"
    assert reply.stop_requested_at is not None
    end(reply, "stopped", reason="stopped")
    asked = Message.objects.filter(session=chat, role="user").order_by("position")
    assert [row.content for row in asked] == ["Now", "Urgent"]
    assert [row.content for row in chat.pending.all()] == ["Early"]


def test_a_hurried_one_goes_out_at_once_where_nothing_runs(chat: ChatSession) -> None:
    reply = begin(send(chat, "Now").reply)
    pending = wait(chat)
    end(reply, "failed", reason="error")
    waiting.hurry_pending(pending=pending)
    assert counts(chat) == (2, 2, 0)


def test_a_hurried_one_ends_a_queued_reply_on_the_spot(chat: ChatSession) -> None:
    reply = send(chat, "Now").reply
    assert reply is not None
    waiting.hurry_pending(pending=wait(chat))
    reply.refresh_from_db()
    assert reply.status == "stopped"
    assert counts(chat) == (2, 2, 0)


def test_hurrying_one_that_has_gone_out_meanwhile_does_not_stop_its_reply(chat: ChatSession) -> None:
    first = begin(send(chat, "Now").reply)
    pending = wait(chat)
    end(first)
    mine = begin(Reply.objects.filter(session=chat).unfinished().get())
    waiting.hurry_pending(pending=pending)
    mine.refresh_from_db()
    assert mine.stop_requested_at is None


@pytest.mark.parametrize("how", ["put out", "made a reader", "switched off"])
def test_one_whose_author_may_not_write_any_more_is_not_sent(chat: ChatSession, bob: User, how: str) -> None:
    member = chat.memberships.create(user=bob, role="writer")
    reply = begin(send(chat, "Now").reply)
    messages.send_message(chat=chat, author=bob, content="Later")
    if how == "put out":
        member.delete()
    elif how == "made a reader":
        chat.memberships.update(role="reader")
    else:
        User.objects.filter(pk=bob.pk).update(is_active=False)
    end(reply)
    waits = PendingMessage.objects.get()
    assert why_held(chat, [waits], running=False) == AuthorGone.sentence
    with pytest.raises(AuthorGone):
        waiting.hurry_pending(pending=waits, by=chat.owner)
    waiting.remove_pending(pending=waits)


def test_every_change_raises_the_version_that_pages_go_by(chat: ChatSession) -> None:
    begin(send(chat, "Now").reply)

    def version() -> int:
        chat.refresh_from_db()
        return chat.version

    versions = [version()]
    pending = wait(chat)
    versions.append(version())
    waiting.edit_pending(pending=pending, content="Other")
    versions.append(version())
    waiting.remove_pending(pending=pending)
    versions.append(version())
    assert versions == sorted(set(versions))


def test_a_row_has_an_end(chat: ChatSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_PENDING", 2)
    send(chat, "Now")
    for number in range(2):
        wait(chat, client_id=f"{number}")
    with pytest.raises(TooManyPending):
        wait(chat, client_id="one too many")
    assert wait(chat, client_id="1").client_id == "1"
    assert counts(chat) == (1, 1, 2)


def test_what_was_deleted_is_not_given_back_to_who_asks_again(chat: ChatSession) -> None:
    sent = send(chat, "One", client_id="one")
    end(sent.reply)
    assert sent.message is not None
    Message.objects.filter(parent=sent.message).update(deleted_at=timezone.now())
    assert send(chat, "One", client_id="one").reply is None
    Message.objects.filter(pk=sent.message.pk).update(deleted_at=timezone.now())
    with pytest.raises(NotPossible):
        send(chat, "One", client_id="one")
