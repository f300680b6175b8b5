"""Marks in the admin: figures for all staff, the words for those who may read messages."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from sessions_app.models import AuditEntry, Mark, Message

from .test_who_sees_what import index, page, text


def transcript(told: Message) -> str:
    return reverse("admin:sessions_app_chatsession_transcript", args=[told.session_id])


def test_a_reader_finds_marks_by_what_they_say(told: Message, as_reader: Client) -> None:
    assert "The ferry is missing." in text(as_reader, f"{index('mark')}?q=ferry")
    assert "0 results" in text(as_reader, f"{index('mark')}?q=nowhere")


def test_the_list_is_narrowed_by_kind_value_stars_and_date(told: Message, as_staff: Client) -> None:
    rating, note = Mark.objects.get(kind="rating"), Mark.objects.get(kind="annotation")
    for narrowed in ("kind__exact=rating", "value__exact=-1", "stars__exact=2"):
        shown = text(as_staff, f"{index('mark')}?{narrowed}")
        assert str(rating.pk) in shown
        assert str(note.pk) not in shown
    assert str(rating.pk) in text(as_staff, f"{index('mark')}?created_at__year={rating.created_at.year}")
    assert str(rating.pk) not in text(as_staff, f"{index('mark')}?stars__exact=5")


def test_the_transcript_shows_marks_beside_their_message(told: Message, as_reader: Client) -> None:
    shown = text(as_reader, transcript(told))
    assert "2 of 5 stars" in shown
    assert "The ferry is missing. &lt;script&gt;" in shown
    assert "Ask at the ferry." in shown
    assert shown.count("Ask at the ferry.") == 1


def test_without_the_permission_the_transcript_tells_only_the_figures_of_marks(
    told: Message, as_staff: Client
) -> None:
    shown = text(as_staff, transcript(told))
    assert "2 of 5 stars" in shown
    assert "ferry" not in shown


def test_opening_a_mark_is_recorded_for_who_reads_it(told: Message, as_reader: Client) -> None:
    rating = Mark.objects.get(kind="rating")
    text(as_reader, page("mark", rating.pk))
    assert AuditEntry.objects.get().subject == f"mark {rating.pk}"


def test_nobody_changes_a_mark_here(told: Message, as_root: Client) -> None:
    rating = Mark.objects.get(kind="rating")
    assert as_root.post(page("mark", rating.pk), {"value": "1"}).status_code == 403
    assert as_root.post(reverse("admin:sessions_app_mark_delete", args=[rating.pk])).status_code == 403
