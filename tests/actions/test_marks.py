from __future__ import annotations

import pytest
from django.utils import timezone

from sessions_app.actions import marks
from sessions_app.actions.errors import NotNow, Refused
from sessions_app.actions.marks import rate_message
from sessions_app.models import ChatSession, Mark, Message, SessionMember, User

from .steps import end, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(chat: ChatSession) -> Message:
    return Message.objects.create(session=chat, role="assistant", position=1, content="An answer")


def test_a_rating_is_kept_with_its_comment(alice: User, answer: Message) -> None:
    mark = rate_message(message=answer, user=alice, value=1, comment="  Just what I needed\x00 ")
    kept = Mark.objects.get(pk=mark.pk)
    assert (kept.kind, kept.value, kept.user, kept.message) == ("rating", 1, alice, answer)
    assert kept.comment.startswith("Just what I needed")
    assert "\x00" not in kept.comment


def test_a_second_rating_replaces_the_first(alice: User, answer: Message) -> None:
    rate_message(message=answer, user=alice, value=1, comment="Good")
    rate_message(message=answer, user=alice, value=-1)
    assert [(mark.value, mark.comment) for mark in Mark.objects.all()] == [(-1, "")]


def test_two_people_have_a_rating_each(alice: User, bob: User, chat: ChatSession, answer: Message) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="reader")
    rate_message(message=answer, user=alice, value=1)
    rate_message(message=answer, user=bob, value=-1)
    found = Mark.objects.for_user(bob).ratings().order_by("value")
    assert [mark.value for mark in found] == [-1, 1]


def test_a_stranger_rates_nothing_and_learns_nothing(bob: User, staff: User, answer: Message) -> None:
    for person in (bob, staff):
        with pytest.raises(Refused) as refused:
            rate_message(message=answer, user=person, value=1)
        assert refused.value.status == 404
    assert not Mark.objects.exists()


@pytest.mark.parametrize("value", [0, 2, -2, 100])
def test_a_rating_is_good_or_bad(alice: User, answer: Message, value: int) -> None:
    with pytest.raises(Refused):
        rate_message(message=answer, user=alice, value=value)
    assert not Mark.objects.exists()


def test_people_do_not_rate_people(alice: User, chat: ChatSession) -> None:
    question = Message.objects.create(session=chat, role="user", position=1, content="A question")
    with pytest.raises(Refused):
        rate_message(message=question, user=alice, value=1)


def test_a_long_comment_is_cut(alice: User, answer: Message) -> None:
    assert len(rate_message(message=answer, user=alice, value=1, comment="x" * 5000).comment) == 1000


# ---------------------------------------------------------------- ratings


def test_a_rating_has_stars_and_is_taken_back(alice: User, answer: Message) -> None:
    assert rate_message(message=answer, user=alice, value=-1, stars=2).stars == 2
    assert marks.unrate_message(message=answer, user=alice)
    assert not Mark.objects.exists()
    assert not marks.unrate_message(message=answer, user=alice)


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_there_are_one_to_five_stars(alice: User, answer: Message, stars: int) -> None:
    with pytest.raises(marks.BadRating):
        rate_message(message=answer, user=alice, value=1, stars=stars)


def test_an_answer_that_still_grows_is_not_marked(alice: User, chat: ChatSession) -> None:
    reply = send(chat, "A question").reply
    assert reply is not None
    with pytest.raises(NotNow):
        rate_message(message=reply.message, user=alice, value=1)
    end(reply)
    assert rate_message(message=reply.message, user=alice, value=1).value == 1


# ---------------------------------------------------------------- reactions


@pytest.mark.parametrize(
    "emoji", ["👍", "❤️", "❤", "👩🏽‍🚀", "🇳🇴", "4️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", " 🎉 ", "👨‍👩‍👧‍👦", "🏳️‍🌈", "⭐"]
)
def test_a_reaction_is_one_emoji_and_toggles(alice: User, answer: Message, emoji: str) -> None:
    assert marks.react(message=answer, user=alice, emoji=emoji)
    assert Mark.objects.get().emoji == emoji.strip().replace("❤️", "❤").replace("❤", "❤️").replace("⭐", "⭐️")
    assert not marks.react(message=answer, user=alice, emoji=emoji)
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    "emoji", ["", "a", "ok", "👍👍", "👍 👎", "<b>", "5", "👍x", "🏽", "🇳", "\u200d", "👍\u200d" * 9]
)
def test_anything_else_is_no_reaction(alice: User, answer: Message, emoji: str) -> None:
    with pytest.raises(marks.BadEmoji):
        marks.react(message=answer, user=alice, emoji=emoji)


def test_a_person_reacts_to_a_message_only_so_often(alice: User, answer: Message) -> None:
    for number in range(marks.MOST_REACTIONS):
        marks.react(message=answer, user=alice, emoji=chr(0x1F400 + number))
    with pytest.raises(marks.TooManyReactions):
        marks.react(message=answer, user=alice, emoji="👍")
    assert not marks.react(message=answer, user=alice, emoji=chr(0x1F400))


# ---------------------------------------------------------------- notes


def test_a_note_is_kept_with_the_words_it_is_about(alice: User, answer: Message) -> None:
    note = marks.annotate(
        message=answer, user=alice, comment=" Check\r\nthis ", quote="An answer", quote_at=0
    )
    assert (note.comment, note.quote, note.quote_at) == ("Check\nthis", "An answer", 0)
    assert marks.edit_note(message=answer, user=alice, mark=note.pk, comment="Checked").quote == "An answer"
    marks.remove_mark(message=answer, user=alice, mark=note.pk)
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("quote", "at", "kept"), [("", 5, None), ("x", -1, None), ("x", 2**40, None), ("x", 3, 3)]
)
def test_a_place_without_words_or_outside_is_not_kept(
    alice: User, answer: Message, quote: str, at: int, kept: int | None
) -> None:
    assert marks.annotate(message=answer, user=alice, comment="!", quote=quote, quote_at=at).quote_at == kept


def test_an_empty_or_overlong_note_is_refused(alice: User, answer: Message) -> None:
    with pytest.raises(marks.EmptyNote):
        marks.annotate(message=answer, user=alice, comment=" \x00 ")
    with pytest.raises(marks.NoteTooLong):
        marks.annotate(message=answer, user=alice, comment="x" * 1001)
    assert len(marks.annotate(message=answer, user=alice, comment="x" * 1000, quote="q" * 2000).quote) == 1000


def test_a_note_belongs_to_who_wrote_it(alice: User, bob: User, chat: ChatSession, answer: Message) -> None:
    note = marks.annotate(message=answer, user=alice, comment="Mine")
    SessionMember.objects.create(session=chat, user=bob, role="reader")
    with pytest.raises(marks.NoSuchMark):
        marks.edit_note(message=answer, user=bob, mark=note.pk, comment="His")
    with pytest.raises(marks.NoSuchMark):
        marks.remove_mark(message=answer, user=bob, mark=note.pk)
    assert Mark.objects.get().comment == "Mine"
    marks.annotate(message=answer, user=bob, comment="His own")


def test_a_rating_is_not_edited_as_a_note(alice: User, answer: Message) -> None:
    rating = rate_message(message=answer, user=alice, value=1)
    with pytest.raises(marks.NoSuchMark):
        marks.edit_note(message=answer, user=alice, mark=rating.pk, comment="No")


# ---------------------------------------------------------------- who may, and who hears of it


def test_strangers_put_nothing_on_a_message(bob: User, answer: Message) -> None:
    for act in (
        lambda: marks.react(message=answer, user=bob, emoji="👍"),
        lambda: marks.annotate(message=answer, user=bob, comment="Hello"),
        lambda: marks.unrate_message(message=answer, user=bob),
    ):
        with pytest.raises(marks.NoSuchMessage):
            act()
    assert not Mark.objects.exists()


def test_a_deleted_message_is_not_marked(alice: User, answer: Message) -> None:
    Message.objects.update(deleted_at=timezone.now())
    answer.refresh_from_db()
    with pytest.raises(marks.NoSuchMessage):
        marks.react(message=answer, user=alice, emoji="👍")


def test_every_mark_changes_its_message_for_the_pages_that_show_it(
    alice: User, chat: ChatSession, answer: Message
) -> None:
    asked_at = ChatSession.objects.get().last_activity_at
    note = marks.annotate(message=answer, user=alice, comment="One")
    for act in (
        lambda: rate_message(message=answer, user=alice, value=1),
        lambda: marks.react(message=answer, user=alice, emoji="👍"),
        lambda: marks.edit_note(message=answer, user=alice, mark=note.pk, comment="Two"),
        lambda: marks.remove_mark(message=answer, user=alice, mark=note.pk),
        lambda: marks.unrate_message(message=answer, user=alice),
    ):
        before = ChatSession.objects.get()
        act()
        now, message = ChatSession.objects.get(), Message.objects.get()
        assert now.version == before.version + 1 == message.version
        assert (now.structure_version, now.last_activity_at) == (before.structure_version, asked_at)


def test_what_is_refused_changes_no_version(alice: User, chat: ChatSession, answer: Message) -> None:
    for number in range(marks.MOST_REACTIONS):
        marks.react(message=answer, user=alice, emoji=chr(0x1F400 + number))
    before = ChatSession.objects.get().version
    with pytest.raises(Refused):
        marks.react(message=answer, user=alice, emoji="👍")
    assert ChatSession.objects.get().version == before
