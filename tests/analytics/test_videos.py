"""What creators find in the figures of their videos."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from analytics_app.actions import video_days
from analytics_app.actions.pricing import price_later
from analytics_app.videos.figures import Figures
from analytics_app.videos.students import code
from analytics_app.videos.wish import NothingThere, wish
from sessions_app.actions.people import set_preferences
from sessions_app.knowledge.models import CreatorDay, Video, VideoAnswer
from sessions_app.models import AuditEntry, ChatSession, Message, ModelPrice, TokenUsage, User, uuid7

from .videos import asked, creator, refer, video

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
PAGE = "/videos/figures/"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def carol(db: None) -> User:
    return creator()


@pytest.fixture
def film(carol: User) -> Video:
    return video(carol)


@pytest.fixture
def bobs(bob: User, make_chat: Callable[..., ChatSession]) -> ChatSession:
    return make_chat(owner=bob)


def money(amount: str) -> Any:
    return Decimal(amount)


def of(person: User, **given: str) -> Figures:
    return Figures(wish(person, {"time_range": "month", **given}))


def logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(person: User, **given: str) -> str:
    answer = logged_in(person).get(PAGE, given)
    assert answer.status_code == 200
    return answer.content.decode()


def table(person: User, key: str, **given: str) -> list[list[str]]:
    answer = logged_in(person).get(f"{PAGE}csv/{key}/", given)
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.content.decode())))


# ---------------------------------------------------------------- sums


def test_sums_are_those_of_the_ledger(
    carol: User, film: Video, alice: User, bob: User, chat: ChatSession, bobs: ChatSession
) -> None:
    other = video(carol, "Joins")
    asked(chat, alice, NOW, {film: 2, other: 0})
    asked(chat, alice, NOW, {film: 0}, cost="0.0000000001")
    asked(bobs, bob, NOW - timedelta(days=1), {other: 1}, cost=None)
    asked(bobs, carol, NOW, {other: 1})
    found = of(carol)
    whole = found.total
    assert (whole.counts.questions, whole.counts.sessions, whole.counts.students) == (4, 2, 2)
    assert (whole.counts.references, whole.counts.answered) == (4, 3)
    ledger = TokenUsage.objects.aggregate(cost=Sum("cost"), sent=Sum("input"), output=Sum("output"))
    assert whole.sums.cost == ledger["cost"] == Decimal("0.0200000001")
    assert (whole.sums.total, whole.sums.unpriced_calls) == (ledger["sent"] + ledger["output"], 1)
    by_video = found.by_video
    assert (by_video[film.pk].counts.questions, by_video[other.pk].counts.questions) == (2, 3)
    assert by_video[film.pk].sums.cost == Decimal("0.0100000001")
    students = found.by_student
    assert students[alice.pk].sums.cost == Decimal("0.0100000001")
    assert sum(each.counts.questions for each in students.values()) == whole.counts.questions
    assert sum((each.sums.cost for each in students.values()), Decimal(0)) == whole.sums.cost


def test_an_answer_in_several_calls_costs_all_of_them_and_counts_once(
    carol: User, film: Video, bob: User, bobs: ChatSession
) -> None:
    answer = asked(bobs, bob, NOW, {film: 1})
    TokenUsage.objects.create(
        user=bob, session=bobs, session_key=bobs.pk, message=answer, provider="anthropic", model="claude", input=5,
        cost=money("0.5"), at=NOW, settled_at=NOW, turn=2, cache_read=3, cache_write_1h=2,
    )  # fmt: skip
    TokenUsage.objects.create(
        user=bob, session=bobs, session_key=bobs.pk, message=answer, provider="a", model="m", input=9, at=NOW
    )  # not settled yet
    whole = of(carol).total
    assert (whole.counts.questions, whole.sums.calls, whole.sums.cost) == (1, 2, Decimal("0.51"))
    assert (whole.sums.cache_read, whole.sums.cache_write, whole.sums.total) == (3, 2, 130)


def test_embedding_transcripts_is_told_apart(carol: User, film: Video, bob: User, bobs: ChatSession) -> None:
    asked(bobs, bob, NOW, {film: 1})
    TokenUsage.objects.create(
        user=carol, session_key=uuid7(), purpose="embedding", provider="openai", model="small", input=900,
        cost=money("0.002"), at=NOW, settled_at=NOW, ok=True,
    )  # fmt: skip
    found = of(carol)
    assert (found.total.sums.total, found.indexing.total, found.indexing.cost) == (120, 900, Decimal("0.002"))
    assert "Embedding transcripts took 900 tokens in 1 call, $0.0020" in page(carol)


def test_videos_of_others_count_for_them_alone(
    carol: User, film: Video, bob: User, bobs: ChatSession
) -> None:
    dave = creator("dave")
    asked(bobs, bob, NOW, {video(dave): 2})
    assert of(carol).total.counts.questions == 0
    assert of(dave).total.counts.questions == 1
    assert "Nobody asked about these videos in this period." in page(carol)


# ---------------------------------------------------------------- periods


def test_days_are_those_of_the_readers_zone(carol: User, film: Video, bob: User, bobs: ChatSession) -> None:
    asked(bobs, bob, datetime(2026, 11, 19, 23, 30, tzinfo=UTC), {film: 1})  # in Kathmandu the 20th, 5:15
    assert of(carol, time_range="today").total.counts.questions == 0
    set_preferences(person=carol, time_zone="Asia/Kathmandu")
    carol.refresh_from_db()
    found = of(carol, time_range="today")
    assert found.total.counts.questions == 1
    assert found.hours[4][5] == 1 == sum(map(sum, found.hours))


def test_a_period_is_compared_with_the_one_before(
    carol: User, film: Video, bob: User, bobs: ChatSession
) -> None:
    asked(bobs, bob, NOW - timedelta(days=40), {film: 2})
    asked(bobs, bob, NOW - timedelta(days=29), {film: 0})
    found = of(carol, time_range="30d")
    assert found.former is not None
    assert (found.total.counts.questions, found.former.counts.references) == (1, 2)
    assert of(carol, time_range="7d").total.counts.questions == 0
    assert of(carol, time_range="all").former is None
    assert of(carol, time_range="all").total.counts.questions == 2
    custom = {"time_range": "dates", "from": "2026-10-11", "until": "2026-10-11"}
    assert of(carol, **custom).total.counts.references == 2
    assert "There is no such period" in page(carol, time_range="quarter")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_days_that_are_added_up_say_what_their_rows_say(
    carol: User, film: Video, alice: User, bob: User, chat: ChatSession, bobs: ChatSession, zone: str
) -> None:
    set_preferences(person=carol, time_zone=zone)
    carol.refresh_from_db()
    other = video(carol, "Joins")
    for hours in range(0, 24 * 12, 5):
        at = NOW - timedelta(hours=hours)
        cited = {film: hours % 3, other: 1} if hours % 2 else {film: 0}
        asked(*((chat, alice) if hours % 7 else (bobs, bob)), at, cited)
    spans: list[dict[str, str]] = [
        {"time_range": "week"}, {"time_range": "all"}, {"time_range": "30d", "video": str(film.pk)},
        {"time_range": "dates", "from": "2026-11-15", "until": "2026-11-16"},
    ]  # fmt: skip

    def read() -> list[Any]:
        return [
            (found.total, found.former, found.by_video, found.by_student, found.hours, found.moments)
            for found in (of(carol, **given) for given in spans)
        ]

    before = read()
    assert not video_days.catch_up(NOW)
    assert CreatorDay.objects.count() > 20
    assert read() == before
    assert not video_days.catch_up(NOW)


def test_what_was_added_up_stays_when_a_session_is_gone_for_good(
    carol: User, film: Video, bob: User, bobs: ChatSession
) -> None:
    asked(bobs, bob, NOW - timedelta(days=3), {film: 1})
    before = of(carol).total
    video_days.catch_up(NOW)
    bobs.delete()
    bob.delete()
    found = of(carol)
    assert found.total == before
    assert found.student_names == {None: "Deleted accounts"}
    assert found.questions == []


def test_a_price_that_becomes_known_is_in_the_sums(
    carol: User, film: Video, bob: User, bobs: ChatSession
) -> None:
    asked(bobs, bob, NOW - timedelta(days=3), {film: 1}, cost=None)
    TokenUsage.objects.update(model="house-model", provider="house")
    video_days.catch_up(NOW)
    assert of(carol).total.sums.known_cost is None
    ModelPrice.objects.create(
        provider="house", model="house-model", valid_from=NOW - timedelta(days=9), input=money("10"),
        cache_read=money("0"), cache_write_5m=money("0"), cache_write_1h=money("0"), output=money("0"),
    )  # fmt: skip
    price_later()
    assert of(carol).total.sums.cost == Decimal("0.001")
    video_days.catch_up(NOW)
    assert of(carol).total.sums.cost == Decimal("0.001")


# ---------------------------------------------------------------- moments


def test_moments_are_the_passages_that_answers_cite_most(
    carol: User, film: Video, bob: User, bobs: ChatSession
) -> None:
    asked(bobs, bob, NOW, {film: 1}, start_ms=300_000)
    asked(bobs, bob, NOW, {film: 2}, start_ms=83_200)
    rows = table(carol, "moments", time_range="today")
    assert rows[1][:3] == [film.title, "1:23 – 2:18", "2"]
    assert rows[2][:3] == [film.title, "5:00 – 5:55", "1"]
    assert f"/videos/{film.pk}/?at=83.2" in page(carol)
    strip = table(carol, "strip", video=str(film.pk))
    assert strip[1][1] == "2"
    assert 'class="video-strip"' in page(carol, video=str(film.pk))


def test_copies_of_answers_are_not_counted(carol: User, film: Video, bob: User, bobs: ChatSession) -> None:
    answer = asked(bobs, bob, NOW, {film: 1})
    copy = Message.objects.create(
        session=bobs, role="assistant", position=9, content="So.", origin_key=answer.pk
    )
    refer(copy, film, 1, NOW)
    found = of(carol)
    assert (found.total.counts.references, [each.references for each in found.moments]) == (1, [1])


# ---------------------------------------------------------------- words


def test_alike_questions_are_one_with_a_count(carol: User, film: Video, bob: User, bobs: ChatSession) -> None:
    for words in (
        "When is an index not used?",
        "When are indexes not being used",
        "What does an index cost",
        "Thanks!",
        "Explain hash joins",
    ):
        asked(bobs, bob, NOW, {film: 1}, words)
    assert [row[1] for row in table(carol, "common")[1:]] == ["2"]
    assert "index" in {row[0] for row in table(carol, "topics")[1:]}


def test_questions_that_transcripts_could_not_answer(
    carol: User, film: Video, bob: User, bobs: ChatSession
) -> None:
    asked(bobs, bob, NOW, {film: 1}, "Does this hold for hash joins?")
    asked(bobs, bob, NOW, {film: 0}, "=cmd() of partial indexes")
    rows = table(carol, "unanswered")
    assert [row[:2] for row in rows[1:]] == [["'=cmd() of partial indexes", "Found, but not cited"]]
    film.answers.update(best=0.1, cited=0)
    assert {row[1] for row in table(carol, "unanswered")[1:]} == {"Nothing near was found"}
    film.answers.update(given=0)
    assert {row[1] for row in table(carol, "unanswered")[1:]} == {"Nothing was found"}


@pytest.mark.parametrize("gone", ["message", "question", "session", "video", "switched off"])
def test_what_may_not_be_read_is_counted_without_its_words(
    carol: User, film: Video, bob: User, bobs: ChatSession, gone: str
) -> None:
    answer = asked(bobs, bob, NOW, {film: 0}, "Is Verena told of partial indexes?")
    assert "Verena" in page(carol)
    match gone:
        case "message":
            Message.objects.filter(pk=answer.pk).update(deleted_at=NOW)
        case "question":
            assert answer.parent is not None
            Message.objects.filter(pk=answer.parent.pk).update(deleted_at=NOW)
        case "session":
            ChatSession.objects.filter(pk=bobs.pk).update(deleted_at=NOW)
        case "video":
            Video.objects.filter(pk=film.pk).update(deleted_at=NOW)
        case _:
            assert (
                logged_in(bob).post("/accounts/preferences/", {"video_questions": "off"}).status_code == 303
            )
    found = page(carol)
    assert "Verena" not in found
    assert of(carol).total.counts.questions == 1
    assert (film.title in found) == (gone != "video")


# ---------------------------------------------------------------- who is told what


def test_students_have_codes_that_stay_and_names_only_where_the_workspace_shows_them(
    carol: User, film: Video, bob: User, bobs: ChatSession, settings: Any
) -> None:
    asked(bobs, bob, NOW, {film: 1})
    asked(bobs, carol, NOW, {film: 1})
    told = [row[0] for row in table(carol, "students")[1:]]
    assert sorted(told) == sorted([f"Student {code(carol.pk, bob.pk)}", "You"])
    assert code(carol.pk, bob.pk) != code(carol.pk + 1, bob.pk)
    tables = [table(carol, key) for key in ("students", "unanswered", "common", "topics", "moments")]
    assert "bob" not in str(tables)
    assert ">bob<" not in page(carol)
    settings.STUDENT_NAMES = True
    assert "bob" in [row[0] for row in table(carol, "students")[1:]]


def test_strangers_students_and_unknown_videos_are_the_same_404(
    carol: User, film: Video, bob: User, alice: User
) -> None:
    dave = creator("dave")
    theirs = video(dave)
    for person, query in (
        (bob, {}), (bob, {"creator": "carol"}), (carol, {"creator": "dave"}), (carol, {"creator": "nobody"}),
        (carol, {"video": str(theirs.pk)}), (carol, {"video": str(uuid7())}), (carol, {"video": "x"}),
        (carol, {"creator": "a\0b"}),
    ):  # fmt: skip
        assert logged_in(person).get(PAGE, query).status_code == 404, query
        assert logged_in(person).get(f"{PAGE}csv/videos/", query).status_code == 404, query
    assert logged_in(carol).get(f"{PAGE}csv/nothing/").status_code == 404
    with pytest.raises(NothingThere):
        wish(alice, {})


def test_staff_choose_a_creator_and_read_questions_only_with_the_right_to_and_on_record(
    carol: User, film: Video, bob: User, bobs: ChatSession, staff: User
) -> None:
    asked(bobs, bob, NOW, {film: 0}, "Is Verena told of partial indexes?")
    found = page(staff, creator="carol")
    assert "Verena" not in found
    assert film.title not in found  # it is private
    assert "A video you may not see" in found
    assert not AuditEntry.objects.exists()
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    reader = User.objects.get(pk=staff.pk)
    found = page(reader, creator=str(carol.pk))
    assert "Verena" in found
    assert film.title in found
    entry = AuditEntry.objects.get()
    assert (entry.person, entry.session_key, entry.action) == (bob, bobs.pk, "read video questions")
    page(reader, creator="carol")
    assert AuditEntry.objects.count() == 1
    assert "read what you asked about videos" in logged_in(bob).get("/accounts/privacy/").content.decode()


def test_a_creator_who_reads_leaves_no_entry(carol: User, film: Video, bob: User, bobs: ChatSession) -> None:
    asked(bobs, bob, NOW, {film: 0})
    page(carol)
    assert not AuditEntry.objects.exists()


def test_the_table_of_videos_is_sorted_by_a_column(
    carol: User, film: Video, bob: User, bobs: ChatSession
) -> None:
    dear = video(carol, "Joins")
    asked(bobs, bob, NOW, {film: 1})
    asked(bobs, bob, NOW, {film: 1})
    asked(bobs, bob, NOW, {dear: 0}, cost="3")
    assert [row[0] for row in table(carol, "videos")[1:]] == [film.title, "Joins"]
    assert [row[0] for row in table(carol, "videos", sort="cost")[1:]] == ["Joins", film.title]
    assert [row[0] for row in table(carol, "videos", sort="nonsense")[1:]] == [film.title, "Joins"]
    assert 'aria-sort="descending">Cost' in page(carol, sort="cost")
    strip = {row[0]: row[1] for row in table(carol, "headlines")[1:]}
    assert (strip["questions"], strip["cost"]) == ("3", "3.02")


def test_questions_about_a_plan_walk_an_index(carol: User, film: Video) -> None:
    """What a page reads of rows is chosen by video and time."""
    rows = VideoAnswer.objects.filter(video__in=Video.objects.filter(creator=carol).order_by().values("pk"))
    plan = rows.filter(at__gte=NOW).order_by().explain()
    assert "video_answers" in plan or "Seq Scan" in plan  # PostgreSQL reads a table of no rows whole
