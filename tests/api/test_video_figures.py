"""Figures of videos for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics_app.api.figures import FiguresShape
from analytics_app.api.session import SessionFiguresShape
from sessions_app.knowledge.models import Video
from sessions_app.models import ChatSession, User
from tests.analytics.videos import asked, creator, video

from .held import fits
from .program import Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(db: None) -> User:
    return creator()


@pytest.fixture
def film(carol: User, alice: User, chat: ChatSession) -> Video:
    """Of Carol; Alice asked about it, and it was cited."""
    found = video(carol)
    asked(chat, alice, timezone.now() - timedelta(minutes=1), {found: 2})
    asked(chat, alice, timezone.now(), {found: 0}, "Does this hold for hash joins?")
    return found


def program(person: User) -> Program:
    client = Client()
    client.force_login(person)
    return Program(client)


@pytest.mark.parametrize("period", ["7d", "30d", "all"])
def test_a_creator_has_them_by_their_id(carol: User, film: Video, alice: User, period: str) -> None:
    answer = program(carol).get(f"chat/analytics?panels=&creator_id={carol.pk}&period={period}").json()
    assert fits(FiguresShape, answer)
    found = answer["videos"]
    assert (found["creator"], found["total"]["questions"], found["total"]["references"]) == ("carol", 2, 2)
    assert (found["total"]["cost"], found["total"]["tokens"], found["total"]["answered"]) == (
        "0.02",
        240,
        0.5,
    )
    assert [(row["video"], row["title"]) for row in found["videos"]] == [(str(film.pk), film.title)]
    assert (found["moments"][0]["start_ms"], found["moments"][0]["references"]) == (60_000, 2)
    assert [row["question"] for row in found["unanswered"]] == ["Does this hold for hash joins?"]
    assert sum(map(sum, found["hours"])) == 2
    assert "alice" not in str(found["students"])
    assert answer["period"]["name"] == {"7d": "week"}.get(period, period)


def test_without_an_id_there_are_none(carol: User, film: Video) -> None:
    assert "videos" not in program(carol).get("chat/analytics?panels=").json()


def test_others_and_nobody_are_refused_alike_but_staff_may_ask(
    carol: User, film: Video, bob: User, staff: User
) -> None:
    told: list[Any] = [
        program(bob).get(f"chat/analytics?panels=&creator_id={words}") for words in (carol.pk, "carol", 99999)
    ]
    assert {(each.status_code, each.json()["fields"]["creator_id"][0]) for each in told} == {
        (400, "Only staff may see the figures of others.")
    }
    found = program(staff).get("chat/analytics?panels=&creator_id=carol").json()["videos"]
    assert (found["total"]["questions"], found["texts_hidden"], found["unanswered"]) == (2, True, [])
    assert film.title not in str(found)
    assert program(bob).get(f"chat/analytics?panels=&creator_id={bob.pk}").json()["videos"]["videos"] == []


def test_a_session_tells_its_most_referenced_videos(film: Video, alice: User, chat: ChatSession) -> None:
    path = f"chat/sessions/{chat.pk}/analytics"
    found = program(alice).get(path).json()
    assert fits(SessionFiguresShape, found)
    assert found["videos"] == [{"video": None, "title": film.title, "references": 2}]  # it is private
    Video.objects.filter(pk=film.pk).update(visibility="everyone", title="New title")
    assert program(alice).get(path).json()["videos"] == [
        {"video": str(film.pk), "title": "New title", "references": 2}
    ]
    film.delete()
    assert program(alice).get(path).json()["videos"][0]["title"] == "How an index finds a row"


def test_pages_of_figures_list_the_most_referenced_videos(
    film: Video, alice: User, bob: User, carol: User, chat: ChatSession
) -> None:
    client = Client()
    client.force_login(alice)
    page = client.get(f"/sessions/{chat.pk}/analytics/").content.decode()
    assert "Most referenced videos" in page
    assert film.title in page
    assert f"/videos/{film.pk}/" not in page
    panel = "chat/analytics?panels=videos"
    rows = program(alice).get(panel).json()["panels"]["videos"]["rows"]
    assert rows == [["Videos you may not see", 2, None]]
    Video.objects.filter(pk=film.pk).update(visibility="everyone")
    assert program(alice).get(panel).json()["panels"]["videos"]["rows"] == [[film.title, 2, str(film.pk)]]
    assert program(bob).get(panel).json()["panels"]["videos"]["rows"] == []


def test_who_may_read_questions_is_chosen_by_programs_too(alice: User) -> None:
    found = program(alice).patch("chat/me", {"preferences": {"video_questions": False}}).json()
    assert found["preferences"]["video_questions"] is False
    assert User.objects.get(pk=alice.pk).preferences == {"video_questions": False}
    again = program(alice).patch("chat/me", {"preferences": {"video_questions": None}}).json()
    assert again["preferences"]["video_questions"] is True
