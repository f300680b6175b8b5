"""Events by REST: reported one by one or many at once, looked through, and begun sessions with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sessions_app.models import ActivityEvent, CarriedEvent, ChatSession, Message, User

from .program import Program, problem

EVENT: dict[str, Any] = {"source": "build", "kind": "failed", "title": "The build failed"}
ADDRESS = "activity/events"
Make = Callable[..., Program]


def titles(program: Program, query: str = "") -> list[str]:
    return [row["title"] for row in program.get(f"{ADDRESS}{query}").json()["results"]]


def test_an_event_is_kept_as_it_was_told(alices: Program) -> None:
    told = EVENT | {
        "severity": "error", "body": "line\nline", "data": {"failed": [1, 2.5, None]}, "fingerprint": "main",
        "link": "https://ci.example.org/812", "at": "2026-11-30T09:12:00Z", "id": "812",
    }  # fmt: skip
    answer = alices.post(ADDRESS, told)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["taken"], made["counted"], made["known"], made["events"][0]["outcome"]) == (1, 0, 0, "new")
    kept = alices.get(f"{ADDRESS}/{made['events'][0]['id']}").json()
    for name in told.keys() - {"id"}:
        assert kept[name] == told[name], name
    assert (kept["count"], kept["audience"], kept["first_at"]) == (1, "owner", told["at"])


def test_a_batch_that_is_sent_twice_is_taken_once(alices: Program) -> None:
    batch = {"events": [EVENT | {"id": f"{n}", "fingerprint": "f"} for n in range(100)]}
    first, second = alices.post(ADDRESS, batch).json(), alices.post(ADDRESS, batch).json()
    assert (first["taken"], first["counted"], first["known"]) == (1, 99, 0)
    assert (second["taken"], second["counted"], second["known"]) == (0, 0, 100)
    assert ActivityEvent.objects.get().count == 100


def test_under_one_key_the_answer_is_the_same(alices: Program) -> None:
    key = {"Idempotency-Key": "batch-1"}
    first, second = alices.post(ADDRESS, EVENT, **key), alices.post(ADDRESS, EVENT, **key)
    assert (second.json(), second["Idempotency-Replayed"]) == (first.json(), "true")
    assert problem(alices.post(ADDRESS, EVENT | {"title": "Other"}, **key)) == "key_reused"
    assert ActivityEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"severity": "fatal"}, "severity"),
        ({"severity": 40}, "severity"),
        ({"source": ""}, "source"),
        ({"source": "s" * 61}, "source"),
        ({"kind": "Not a kind"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"title": None}, "title"),
        ({"body": "b" * 20_001}, "body"),
        ({"data": []}, "data"),
        ({"data": {"a": "x" * 16_384}}, "data"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://user:pass@example.org"}, "link"),
        ({"at": "yesterday"}, "at"),
        ({"audience": "nobody"}, "audience"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_one_wrong_event_is_named_and_none_is_taken(alices: Program, change: Any, field: str) -> None:
    answer = alices.post(ADDRESS, {"events": [EVENT, EVENT, EVENT | change]})
    assert (problem(answer), list(answer.json()["fields"])) == ("invalid", [f"events.2.{field}"])
    alone = alices.post(ADDRESS, EVENT | change)
    assert (problem(alone), list(alone.json()["fields"])) == ("invalid", [field])
    assert not ActivityEvent.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, [], {"events": []}, {"events": [EVENT] * 101}, {"events": [EVENT], "title": "x"}, b"{"]
)
def test_what_is_no_event_and_no_batch_is_refused(alices: Program, body: Any) -> None:
    assert alices.post(ADDRESS, body).status_code == 400
    assert not ActivityEvent.objects.exists()


def test_data_deeper_than_it_may_be_is_refused(alices: Program) -> None:
    deep = b'{"source": "a", "kind": "b", "title": "c", "data": ' + b'{"a":' * 25 + b"1" + b"}" * 26
    assert problem(alices.post(ADDRESS, deep)) == "invalid"
    deepest = b'{"source": "a", "kind": "b", "title": "c", "data": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001
    assert alices.post(ADDRESS, deepest).status_code == 400


# ---------------------------------------------------------------- who may, who sees


def test_a_token_that_only_reports_does_nothing_else(alice: User, with_token: Make) -> None:
    program = with_token(alice, "activity")
    assert program.post(ADDRESS, EVENT).status_code == 201
    assert problem(program.get(ADDRESS)) == "scope_missing"
    assert problem(program.get("chat/sessions")) == "scope_missing"
    assert (
        problem(with_token(alice, "read", "write", "chat", "export").post(ADDRESS, EVENT)) == "scope_missing"
    )


def test_only_staff_with_the_scope_admin_tell_others(
    alice: User, staff: User, with_token: Make, alices: Program, bobs: Program
) -> None:
    for audience in ("everyone", "staff"):
        event = EVENT | {"audience": audience, "title": f"For {audience}"}
        assert problem(with_token(alice, "activity").post(ADDRESS, event)) == "permission_denied"
        assert (
            problem(with_token(staff, "activity").post(ADDRESS, {"events": [EVENT, event]}))
            == "scope_missing"
        )
        assert with_token(staff, "activity", "admin").post(ADDRESS, event).status_code == 201
    assert titles(alices) == titles(bobs) == ["For everyone"]
    assert titles(with_token(staff, "read")) == ["For everyone"]
    assert sorted(titles(with_token(staff, "read", "admin"))) == ["For everyone", "For staff"]


def test_what_is_anothers_is_missing(alices: Program, bobs: Program) -> None:
    made = alices.post(ADDRESS, EVENT).json()["events"][0]["id"]
    assert titles(bobs) == []
    assert bobs.get(f"{ADDRESS}/{made}").status_code == 404
    assert bobs.post(f"{ADDRESS}/{made}/session", {}).status_code == 404
    assert bobs.get("activity/sources").json()["results"] == []


# ---------------------------------------------------------------- looking through


@pytest.fixture
def several(alices: Program) -> None:
    rows = [
        ("build", "failed", "error", "Parser broke", "2026-11-30T09:00:00Z"),
        ("build", "passed", "info", "Grün wie Gras", "2026-11-30T10:00:00Z"),
        ("files", "file_change", "warning", "notes changed", "2026-11-30T11:00:00Z"),
        ("cron", "failed", "critical", "Backup 100% lost", "2026-11-30T12:00:00Z"),
    ]
    names = ("source", "kind", "severity", "title", "at")
    alices.post(ADDRESS, {"events": [dict(zip(names, row, strict=True)) for row in rows]})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "CNGP"),
        ("?source=build", "GP"),
        ("?kind=failed", "CP"),
        ("?severity=warning", "CNP"),
        ("?severity=critical&source=build", ""),
        ("?since=2026-11-30T10:00:00Z", "CNG"),
        ("?until=2026-11-30T10:00:00Z", "P"),
        ("?q=broke", "P"),
        ("?q=GRÜN", "G"),
        ("?q=100%25", "C"),
        ("?q=notes+broke", ""),
    ],
)
def test_events_are_found_by_what_they_are(alices: Program, several: None, query: str, found: str) -> None:
    firsts = {"Parser broke": "P", "Grün wie Gras": "G", "notes changed": "N", "Backup 100% lost": "C"}
    assert "".join(firsts[title] for title in titles(alices, query)) == found


@pytest.mark.parametrize("query", ["", "&severity=info"])
def test_pages_follow_one_another_in_both_directions(alices: Program, several: None, query: str) -> None:
    first = alices.get(f"{ADDRESS}?limit=3{query}").json()
    second = alices.client.get(first["next"]).json()
    assert [len(first["results"]), len(second["results"]), second["next"]] == [3, 1, None]
    assert alices.client.get(second["previous"]).json()["results"] == first["results"]
    assert problem(alices.get(f"{ADDRESS}?cursor=nonsense")) == "invalid"


def test_sources_say_what_comes_from_them(alices: Program, several: None) -> None:
    rows = alices.get("activity/sources").json()["results"]
    assert [row["name"] for row in rows] == ["build", "cron", "files"]
    assert (rows[0]["kinds"], rows[0]["events"], rows[0]["severity"]) == (["failed", "passed"], 2, "error")


def test_a_session_starts_from_an_event(alices: Program, alice: User) -> None:
    made = alices.post(ADDRESS, EVENT | {"body": "2 tests failed", "severity": "error"}).json()["events"][0][
        "id"
    ]
    key = {"Idempotency-Key": "start-1"}
    answer = alices.post(f"{ADDRESS}/{made}/session", {}, **key)
    assert (answer.status_code, answer.json()["title"]) == (201, "The build failed")
    assert alices.post(f"{ADDRESS}/{made}/session", {}, **key).json() == answer.json()
    chat = ChatSession.objects.get(owner=alice)
    message = Message.objects.get(session=chat)
    assert (message.parts[0]["card"], message.parts[0]["events"], message.content) == ("activity", [made], "")
    assert "2 tests failed" in message.parts[0]["text"]
    assert CarriedEvent.objects.filter(message=message, event=made).exists()


def test_a_hundred_batches_in_a_minute_pass(alices: Program, settings: Any) -> None:
    settings.RATE_LIMITS = True
    assert {alices.post(ADDRESS, EVENT).status_code for _ in range(101)} == {201}
