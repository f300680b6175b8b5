"""What is reported, and what is seen of it."""

from __future__ import annotations

from sessions_app.actions.activity import take_events
from sessions_app.activity.values import Event
from sessions_app.models import ChatSession, User

from . import MISSING, Line


def things(alice: User, chat: ChatSession) -> dict[str, str]:
    return {
        "event": str(take_events(owner=alice, events=[Event("tests", "failed", "Alices event")])[0].event)
    }


LINES = {
    "list_events": Line("GET", "activity/events", 200, 200),
    "report_events": Line(
        "POST", "activity/events", 201, 201, body={"source": "tests", "kind": "failed", "title": "Mine"}
    ),
    "get_event": Line("GET", "activity/events/{event}", 200, MISSING),
    "start_session_from_event": Line("POST", "activity/events/{event}/session", 201, MISSING, body={}),
    "list_event_sources": Line("GET", "activity/sources", 200, 200),
}
