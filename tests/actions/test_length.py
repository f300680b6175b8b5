"""A message that no request to the chosen model could hold is refused before it is sent, with what would help."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessions_app.actions.length import TooLongForModel
from sessions_app.actions.versions import send_again
from sessions_app.models import Attachment, ChatSession, Message, User
from sessions_app.providers import catalog

from .steps import counts, end, send

SMALL = replace(catalog.model("offline"), id="small", label="Small", context_window=20_000, max_output=4_000)
LARGE = replace(SMALL, id="large", label="Large", context_window=500_000)


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions_app.offering.offered", lambda: (SMALL, LARGE))


@pytest.fixture
def chat(chat: ChatSession) -> ChatSession:
    chat.model = "small"
    chat.save()
    return chat


def test_it_says_how_long_it_is_and_what_would_help(chat: ChatSession, offered: None) -> None:
    with pytest.raises(TooLongForModel) as refused:
        send(chat, "x" * 80_000)
    said = refused.value.told(draft=True)
    assert (refused.value.kind, refused.value.status) == ("too_long", 413)
    assert "about 20,000 tokens" in said
    assert "Small takes 20,000" in said
    assert said.endswith(
        "Shorten it, send it as a file or choose Large, which takes 500,000. Your draft is kept."
    )
    assert counts(chat) == (0, 0, 0)


def test_a_larger_model_takes_it_and_a_shorter_one_is_sent(chat: ChatSession, offered: None) -> None:
    assert send(chat, "x" * 80_000, model="large").reply is not None
    assert send(chat, "x" * 30_000).pending is not None


def test_files_count_as_far_as_they_are_sent(chat: ChatSession, offered: None, alice: User) -> None:
    values = {
        "owner": alice,
        "session": chat,
        "name": "a.txt",
        "media_type": "text/plain",
        "size": 1,
        "digest": "a",
    }
    text = Attachment.objects.create(kind="text", tokens=90_000, stored="a", **values)
    seen = Attachment.objects.create(kind="pdf", tokens=18_000, stored="b", **values)
    assert send(chat, "Look", attachments=[text.pk]).reply is not None  # its end is cut
    with pytest.raises(TooLongForModel):
        send(chat, "Look", attachments=[seen.pk])


def test_asking_again_with_other_words_is_no_way_around(chat: ChatSession, offered: None) -> None:
    first = send(chat, "Hello")
    assert first.message is not None
    end(first.reply)
    with pytest.raises(TooLongForModel):
        send_again(message=Message.objects.get(pk=first.message.pk), author=chat.owner, content="x" * 80_000)


def test_where_no_model_would_take_it_none_is_named(chat: ChatSession, monkeypatch: Any) -> None:
    monkeypatch.setattr("sessions_app.offering.offered", lambda: (SMALL,))
    with pytest.raises(TooLongForModel) as refused:
        send(chat, "x" * 80_000)
    assert refused.value.sentence.endswith("Shorten it or send it as a file.")
