"""Events in the admin site: figures for all staff, words for those who may read, each opening recorded."""

from __future__ import annotations

from django.urls import reverse

from sessions_app.actions.activity import take_events
from sessions_app.activity.values import Event
from sessions_app.models import AuditEntry, User

from .conftest import client_of, permit

SECRET = "Alices private build"


def test_words_are_for_those_who_may_read_and_their_reading_is_recorded(alice: User, staff: User) -> None:
    event = Event("build", "failed", SECRET, body=SECRET, data={"a": SECRET})
    key = take_events(owner=alice, events=[event])[0].event
    pages = (
        reverse("admin:sessions_app_activityevent_changelist"),
        reverse("admin:sessions_app_activityevent_change", args=[key]),
    )
    client = client_of(staff)
    for page in pages:
        answer = client.get(page)
        assert (answer.status_code, SECRET in answer.content.decode()) == (200, False), page
    assert not AuditEntry.objects.filter(action__startswith="opened").exists()
    permit(staff, "view_message")
    for page in pages:
        assert SECRET in client_of(staff).get(page).content.decode(), page
    opened = AuditEntry.objects.filter(action="opened activity event")
    assert [entry.person_id for entry in opened] == [alice.pk]
    assert client_of(staff).post(pages[1], {"title": "Other"}).status_code == 403
