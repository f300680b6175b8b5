"""A request holds as much of the conversation as its budget and the model take, and its beginning moves seldom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from django.db.models import QuerySet

from sessions_app.actions.cards import post_card
from sessions_app.actions.messages import send_message
from sessions_app.actions.notifications import Notification, notify
from sessions_app.actions.threads import send_to_thread
from sessions_app.agent import context, weights, whole
from sessions_app.agent.cards import Card, told
from sessions_app.agent.forecast import forecast, window_of
from sessions_app.agent.weights import called, sizes
from sessions_app.agent.window import Window
from sessions_app.models import ChatSession, Message, Reply, TokenUsage, User
from sessions_app.providers import catalog
from sessions_app.providers.base import Text
from tests.actions.steps import end

SMALL = replace(catalog.model("offline"), context_window=20_000)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The offline assistant as a model that takes little, with short answers."""
    monkeypatch.setattr("sessions_app.offering.choose", lambda *given, **named: SMALL)
    monkeypatch.setattr(whole, "usual_max_tokens", lambda info: 1000)
    monkeypatch.setattr(whole, "instructions", lambda settings: 1000)


def ask(alice: User, text: str, answer: str = "An answer", tokens: int | None = None, **ending: str) -> Reply:
    """One more question and its answer; `tokens` are what the provider counted of it all."""
    reply = send_to_thread(owner=alice, content=text).reply
    assert reply is not None
    end(reply, text=answer, **ending)
    if tokens is not None:
        TokenUsage.objects.create(
            user=alice, session=reply.session, session_key=reply.session_id, message=reply.message,
            provider="offline", model="offline", input=tokens, ok=True,
        )  # fmt: skip
    return reply


def begins(alice: User, text: str = "And now?") -> int:
    reply = send_to_thread(owner=alice, content=text).reply
    assert reply is not None
    found: int = reply.model_config["begins_at"]
    end(reply)
    return found


def said(reply: Reply) -> list[str]:
    """The texts of the request for this reply, in their order."""
    row = Reply.objects.select_related("session__owner", "message__parent__author").get(pk=reply.pk)
    turns = context.plan(row).request.turns
    return [part.text for turn in turns for part in turn.parts if isinstance(part, Text)]


def test_all_that_was_said_goes_along(alice: User) -> None:
    for number in range(30):
        ask(alice, f"Question {number}")
    last = send_to_thread(owner=alice, content="And now?").reply
    assert last is not None
    texts = said(last)
    assert (len(texts), texts[0], texts[-1]) == (61, "Question 0", "And now?")
    assert window_of(last.session, SMALL).start == 1


def test_a_number_of_messages_that_a_person_set_moves_the_beginning_in_steps_of_it(
    alice: User, chat: ChatSession
) -> None:
    ChatSession.objects.filter(pk=chat.pk).update(settings={"context_window": 10})
    begins = [asked(chat, f"Question {number}").model_config["begins_at"] for number in range(18)]
    assert sorted(set(begins)) == [1, 11, 21]
    assert all(2 * number + 1 - place >= 10 for number, place in enumerate(begins) if place > 1)
    ChatSession.objects.filter(pk=chat.pk).update(settings={})
    assert asked(chat, "And now?").model_config["begins_at"] == 1


def asked(chat: ChatSession, text: str, answer: str = "An answer") -> Reply:
    chat.refresh_from_db()
    reply = send_message(chat=chat, author=chat.owner, content=text).reply
    assert reply is not None
    end(reply, text=answer)
    return reply


def test_what_does_not_fit_is_dropped_in_steps(alice: User, small: None) -> None:
    places = []
    for number in range(40):
        reply = ask(alice, f"{number} " + "x" * 3000, "y" * 3000)  # some 2,000 tokens
        places.append(reply.model_config["begins_at"])
    assert places == sorted(places)
    assert all(place % 2 == 1 for place in places)  # a question
    steps = [place for place, before in zip(places[1:], places, strict=False) if place != before]
    assert 3 <= len(steps) < 15
    assert all(2 * number + 1 - place <= 16 for number, place in enumerate(places))  # fits 16,000 tokens
    assert all(2 * number + 1 - place >= 8 for number, place in enumerate(places) if place > 1)


def test_cards_weigh_what_they_say(alice: User, small: None) -> None:
    """Notifications that wait for an answer, or events that were added, may be more than a model takes."""
    chat = ask(alice, "Begin.", tokens=2_000).session
    log = Notification("CI", "log", "Failed", "x" * 9_000)
    notify(chat=chat, author=alice, notification=log)
    assert forecast(chat, alice).history > 9_000 // 4
    assert window_of(chat, SMALL).start == 1
    for _ in range(8):
        notify(chat=chat, author=alice, notification=log)
    assert begins(alice) > 1


def test_what_the_provider_counted_decides(alice: User, small: None) -> None:
    """A short text may be many tokens, a long one few."""
    ask(alice, "x" * 60_000, tokens=9_000)
    assert begins(alice) == 1
    ask(alice, "short", tokens=16_500)
    assert begins(alice) > 1


def test_after_a_refusal_for_its_length_less_is_sent(alice: User, small: None) -> None:
    for number in range(4):
        ask(alice, f"{number} " + "x" * 3000)
    failed = ask(alice, "x" * 3000)
    Reply.objects.filter(pk=failed.pk).update(status="failed", error_type="too_long")
    assert begins(alice) > 1


def test_another_try_after_such_a_refusal_sends_less_too(alice: User, small: None) -> None:
    for number in range(4):
        ask(alice, f"{number} " + "x" * 3000)
    failed = ask(alice, "x" * 3000)
    Reply.objects.filter(pk=failed.pk).update(status="failed", error_type="too_long")
    again = Message.objects.get(pk=failed.pk)
    again.pk, again.active = None, True
    assert whole.window_for(failed.session, SMALL, again, 1000, again=True).chosen.window.begins > 1


def test_another_model_is_asked_with_all_that_fits_it(alice: User, small: None) -> None:
    for number in range(12):
        reply = ask(alice, f"{number} " + "x" * 3000, "y" * 3000)
    assert reply.model_config["begins_at"] > 1
    larger = replace(SMALL, id="larger", context_window=1_000_000)
    answer = Message(session=reply.session, position=25, parent_id=reply.pk)
    assert whole.window_for(reply.session, larger, answer, 1000).chosen.window == Window()


def test_what_was_too_long_for_another_model_takes_nothing_from_a_larger_one(
    alice: User, small: None
) -> None:
    for number in range(4):
        ask(alice, f"{number} " + "x" * 3000)
    failed = ask(alice, "x" * 3000)
    Reply.objects.filter(pk=failed.pk).update(status="failed", error_type="too_long")
    again = Message.objects.get(pk=failed.pk)
    again.pk, again.active = None, True
    larger = replace(SMALL, id="larger", context_window=1_000_000)
    assert whole.window_for(failed.session, larger, again, 1000, again=True).chosen.window == Window()


@pytest.mark.parametrize(("window", "output"), [(4_096, 4_096), (8_192, 4_096), (200_000, 64_000)])
def test_the_largest_request_and_its_answer_fit_the_window_together(
    alice: User, window: int, output: int
) -> None:
    """Servers refuse what might not: https://docs.vllm.ai."""
    info = replace(
        catalog.model("claude-haiku-4-5"), id="home/small", context_window=window, max_output=output
    )
    for settings in ({}, {"max_tokens": 64_000}):
        most = whole.max_tokens_of(ChatSession(owner=alice, settings=settings), info)
        assert 0 < most <= output
        assert whole.model_room(info, most) + most <= window


def test_cards_are_weighed_wherever_messages_are(alice: User, chat: ChatSession) -> None:
    before = sizes(Message.objects.filter(session=chat).shown())
    card = Card("notification", "ci", "Überlauf", "ü" * 5000, link="https://example.org/")
    post_card(chat=chat, card=card)
    asked(chat, "What is that?")
    size, words, _ = (each.size for each in sizes(Message.objects.filter(session=chat).shown()))
    assert (before, words) == ([], 13)
    assert abs(size - len(told(card.part).encode())) < 100
    assert forecast(chat, alice).history > 2_500


def test_a_card_that_comes_while_messages_are_weighed_is_left_out(
    chat: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(chat, "What is new?")
    rows = Message.objects.filter(session=chat).shown()
    before = sizes(rows)

    def late(given: QuerySet[Message]) -> Iterable[tuple[int, int, int]]:
        post_card(chat=chat, card=Card("notification", "ci", "Late", "It comes between two queries."))
        return called(given)

    monkeypatch.setattr(weights, "called", late)
    assert sizes(rows) == before


def test_after_a_large_notification_less_is_sent(chat: ChatSession, small: None) -> None:
    """Though what was counted before it would fit with the few words of the question."""
    for number in range(3):
        reply = asked(chat, f"{number} " + "x" * 9000)
    TokenUsage.objects.create(
        user=chat.owner, session=chat, session_key=chat.pk, message=reply.message, provider="offline",
        model="offline", input=10_000, ok=True,
    )  # fmt: skip
    for _ in range(2):
        post_card(chat=chat, card=Card("notification", "ci", "Long", "y" * 20_000))
    assert asked(chat, "What now?").model_config["begins_at"] > 1


@pytest.mark.parametrize("window", [4_096, 8_192, 32_768])
@pytest.mark.parametrize("wanted", [None, 30_000])
def test_a_small_model_is_never_asked_for_more_than_it_takes(
    chat: ChatSession, monkeypatch: pytest.MonkeyPatch, window: int, wanted: int | None
) -> None:
    """Its server refuses what does not fit together with the longest answer."""
    model = replace(SMALL, context_window=window, max_output=window)
    monkeypatch.setattr("sessions_app.offering.choose", lambda *given, **named: model)
    monkeypatch.setattr(whole, "instructions", lambda settings: 500)
    ChatSession.objects.filter(pk=chat.pk).update(settings={"max_tokens": wanted} if wanted else {})
    for number in range(24):
        reply = asked(chat, f"{number} " + "x" * 2000, "y" * 400)
        size = sum(len(text) for text in said(reply)) // 4
        assert 500 + size + reply.model_config["max_tokens"] <= window
