"""Events on their way to another workspace, by its API: kept while it does not answer, sent again under the same names."""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx2

from .values import WORDS, Event

BATCH = 100
KEPT = 1_000  # events that wait at the most: the oldest go first
SECONDS = 10.0


class Refused(Exception):
    """The other workspace does not take them, and will not take them later either."""


class Sender:
    """One workspace by its address, with a token of the scope `activity`. The token leaves for that host alone: no
    redirect is followed."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refused("The address must begin with http:// or https://.")
        self._url = f"{url.rstrip('/')}/api/activity/events"
        self._client = httpx2.Client(timeout=SECONDS, headers={"Authorization": f"Bearer {token}"})
        self._waiting: deque[Event] = deque(maxlen=KEPT)

    def send(self, events: list[Event]) -> str:
        """Send these and what waits. Returns why it did not work this time, empty where it did; raises Refused."""
        self._waiting.extend(replace(event, name=event.name or uuid.uuid4().hex) for event in events)
        while self._waiting:
            batch = [self._waiting[n] for n in range(min(BATCH, len(self._waiting)))]
            problem = self._post(batch)
            if problem:
                return problem
            for _ in batch:
                self._waiting.popleft()
        return ""

    def _post(self, batch: list[Event]) -> str:
        try:
            answer = self._client.post(self._url, json={"events": [shape(event) for event in batch]})
        except httpx2.HTTPError as failure:
            return f"the workspace could not be reached ({type(failure).__name__})"
        if answer.status_code == 201:
            return ""
        if answer.status_code == 429 or answer.status_code >= 500:
            return f"the workspace answered with {answer.status_code}"
        raise Refused(f"The workspace refused the events with {answer.status_code}.")

    def close(self) -> None:
        self._client.close()


def shape(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {
        "source": event.source,
        "kind": event.kind,
        "severity": WORDS[event.severity],
        "title": event.title,
        "body": event.body,
        "data": dict(event.data),
        "fingerprint": event.fingerprint,
        "id": event.name,
    }
    return found | ({"at": event.at.isoformat()} if event.at else {})
