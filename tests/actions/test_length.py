"""A message that no request to the chosen model could hold is refused before it is sent, with what would help."""

from __future__ import annotations

import pytest

from sessions_app.actions.length import TooLongForModel
from sessions_app.actions.versions import send_again
from sessions_app.agent.cards import Card
from sessions_app.models import Attachment, ChatSession, Message, ModelOffer, User

from .steps import counts, end, send


def offer(model: str, window: int, *, on: bool = True) -> ModelOffer:
    return ModelOffer.objects.create(
        provider="offline", model=model, label=model.title(), source="staff", offered=on,
        context_window=window, max_output=4_000,
    )  # fmt: skip


@pytest.fixture
def offered(db: None) -> None:
    offer("small", 20_000)
    offer("large", 500_000)
    offer("offline", 10_000_000, on=False)


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


def test_cards_count_too(chat: ChatSession, offered: None) -> None:
    cards = [Card("context", "log", "Errors", "x" * 20_000) for _ in range(4)]
    with pytest.raises(TooLongForModel):
        send(chat, "Look", cards=cards)
    first = send(chat, "Look", cards=cards[:2])
    assert first.message is not None
    end(first.reply)
    with pytest.raises(TooLongForModel):
        send_again(message=first.message, author=chat.owner, content="x" * 40_000)


def test_where_no_model_would_take_it_none_is_named(chat: ChatSession, offered: None) -> None:
    ModelOffer.objects.filter(model="large").delete()
    with pytest.raises(TooLongForModel) as refused:
        send(chat, "x" * 80_000)
    assert refused.value.sentence.endswith("Shorten it or send it as a file.")
