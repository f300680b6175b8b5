"""Who replaced a former text, and when. Of an imported message both come from elsewhere: the person is a name, not a
key, and the time may not be known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sessions_app.models import Message, User


def writers_of(rows: Iterable[Message]) -> dict[int, str]:
    """The names of people here who replaced texts of these messages, by their keys."""
    keys = {by for row in rows for each in row.revisions if isinstance(by := each.get("by"), int)}
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "username")) if keys else {}


def replaced(former: Mapping[str, Any], names: Mapping[int, str]) -> tuple[datetime | None, str]:
    at, by = former.get("at"), former.get("by")
    name = names.get(by, "") if isinstance(by, int) else str(by or "")
    return datetime.fromisoformat(at) if at else None, name
