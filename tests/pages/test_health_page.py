"""The health page of staff: every light has a measurement behind it that turns it red."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from analytics_app.queries.health import chores, prices, replies, storing
from analytics_app.queries.health.parts import worst
from analytics_app.queries.health.report import report
from chatproject import settings as product
from sessions_app import pricing
from sessions_app.actions.chores import note_chore
from sessions_app.actions.processes import beat
from sessions_app.actions.tokens import make_token
from sessions_app.models import (
    ChatSession,
    Chore,
    Message,
    Reply,
    RunnerProcess,
    TokenUsage,
    User,
    uuid7,
)
from sessions_app.realtime.meter import Meter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def process(db: None, settings: Any) -> RunnerProcess:
    """A server process that lives and has done its work."""
    settings.HOUSEKEEPING = product.HOUSEKEEPING
    now = timezone.now()
    for name in settings.HOUSEKEEPING:
        note_chore(name=name, began=now, ms=5)
    row = RunnerProcess.objects.create(id=uuid7(), host="elsewhere", beat_at=now)
    beat(
        owner=row.pk,
        figures={"running": 0, "pages": 2, "loop_ms": 3, "batch_ms": 0, "journal_ms": 0, "memory": 1},
    )
    row.refresh_from_db()
    return row


@pytest.fixture
def spend(chat: ChatSession) -> Callable[..., TokenUsage]:
    def make(**values: Any) -> TokenUsage:
        given = {"user": chat.owner, "session": chat, "session_key": chat.pk, "provider": "anthropic"}
        given |= {"model": "claude", "ok": True, "cost": 1, "settled_at": timezone.now()}
        return TokenUsage.objects.create(**{**given, **values})

    return make


def lights(client: Client, staff: User) -> dict[str, str]:
    """The state of each part, as programs are told."""
    client.force_login(staff)
    return {part["key"]: part["status"] for part in client.get("/api/chat/health").json()["components"]}


def measures(process: RunnerProcess, **figures: int) -> None:
    beat(owner=process.pk, figures={**process.figures, **figures})


def test_a_workspace_that_works_says_so_in_words_and_lights(
    client: Client, staff: User, process: RunnerProcess, spend: Callable[..., TokenUsage], settings: Any
) -> None:
    spend(first_token_ms=200, duration_ms=900)
    spend(first_token_ms=400, duration_ms=1100)
    client.force_login(staff)
    page = " ".join(strip_tags(client.get("/dashboard/health/").content.decode()).split())
    for words in (
        "Everything works.", "Database", "Channel layer", "Journal", "Replies", "Server processes",
        "Anthropic", "0 of 2 calls of the last hour failed.", "Price table", "Storage", "are free.",
        f"{len(settings.HOUSEKEEPING)} jobs went well when they last ran.",
    ):  # fmt: skip
        assert words in page
    told = client.get("/api/chat/health").json()
    assert told["status"] == "ok"
    anthropic = next(part for part in told["components"] if part["key"] == "provider-anthropic")
    assert anthropic["figures"]["First token, median"] == "0.30\u00a0s"
    assert anthropic["figures"]["Whole call, 95th"] == "1.10\u00a0s"
    assert all(part["measured_at"] or part["status"] == "off" for part in told["components"])


def test_it_is_for_staff_alone(client: Client, as_alice: Client, alice: User, process: RunnerProcess) -> None:
    assert as_alice.get("/dashboard/health/").status_code == 404
    assert as_alice.get("/api/chat/health").status_code == 404
    assert client.get("/dashboard/health/").status_code == 302
    assert client.get("/api/chat/health").status_code == 401


def test_a_program_of_staff_asks_with_a_token(client: Client, staff: User, process: RunnerProcess) -> None:
    _, token = make_token(user=staff, name="watch", scopes=["read"])
    refused = client.get("/api/chat/health", headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    _, token = make_token(user=staff, name="watch", scopes=["read", "admin"])
    answer = client.get("/api/chat/health", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["status"] in ("ok", "degraded")


def test_its_parts_are_fetched_again_alone(client: Client, staff: User, process: RunnerProcess) -> None:
    client.force_login(staff)
    parts = client.get("/dashboard/health/", headers={"HX-Request": "true"}).content.decode()
    assert parts.lstrip().startswith('<section id="health-parts"')


# ---------------------------------------------------------------- each light, red


def test_a_database_that_does_not_answer(process: RunnerProcess) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        found = storing.database()
    assert (found.status, found.value) == ("down", None)
    assert "OperationalError" in found.detail


def test_a_database_that_is_slow(process: RunnerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "SLOW", -1)
    assert storing.database().status == "degraded"


def test_a_channel_layer_that_is_away(
    client: Client, staff: User, process: RunnerProcess, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    assert lights(client, staff)["layer"] == "down"


def test_a_journal_that_lags_behind(client: Client, staff: User, process: RunnerProcess) -> None:
    measures(process, journal_ms=replies.LATE + 1)
    assert lights(client, staff)["journal"] == "degraded"
    measures(process, journal_ms=replies.VERY_LATE + 1)
    assert lights(client, staff)["journal"] == "down"


def test_a_process_whose_event_loop_is_held(client: Client, staff: User, process: RunnerProcess) -> None:
    measures(process, loop_ms=replies.HELD + 1)
    assert lights(client, staff)["load"] == "degraded"
    measures(process, loop_ms=replies.LONG_HELD + 1)
    assert lights(client, staff)["load"] == "down"


def test_no_process_at_all(client: Client, staff: User, chat: ChatSession) -> None:
    answer = Message.objects.create(session=chat, role="assistant", position=1)
    Reply.objects.create(message=answer, session=chat, status="queued")
    found = lights(client, staff)
    assert (found["load"], found["replies"], found["jobs"]) == ("down", "down", "off")


def test_a_provider_that_fails(
    client: Client, staff: User, process: RunnerProcess, spend: Callable[..., TokenUsage]
) -> None:
    spend()
    spend(ok=False, error_type="overloaded")
    assert lights(client, staff)["provider-anthropic"] == "degraded"
    TokenUsage.objects.filter(ok=True).delete()
    for _ in range(4):
        spend(ok=False, error_type="authentication")
    assert lights(client, staff)["provider-anthropic"] == "down"


def test_a_provider_that_fails_now_is_down_whatever_the_hour_was_like(
    client: Client, staff: User, process: RunnerProcess, spend: Callable[..., TokenUsage]
) -> None:
    now = timezone.now()
    for age in range(30, 10, -1):
        spend(at=now - timedelta(minutes=age))
    for age in range(5, 0, -1):
        spend(ok=False, error_type="overloaded", at=now - timedelta(minutes=age))
    assert lights(client, staff)["provider-anthropic"] == "down"
    spend(ok=False, error_type="stopped", at=now - timedelta(seconds=30))
    assert lights(client, staff)["provider-anthropic"] == "down"
    spend(at=now)
    assert lights(client, staff)["provider-anthropic"] == "ok"


def test_a_provider_that_does_not_answer(
    client: Client, staff: User, process: RunnerProcess, spend: Callable[..., TokenUsage]
) -> None:
    at = timezone.now() - timedelta(seconds=40)
    spend(at=at, settled_at=None, ok=False, counts_source="estimated")
    assert lights(client, staff)["provider-anthropic"] == "degraded"
    TokenUsage.objects.update(counts_source="reported")  # its stream has begun
    assert lights(client, staff).get("provider-anthropic", "off") == "off"


def test_a_provider_nobody_called_is_not_judged(client: Client, staff: User, process: RunnerProcess) -> None:
    client.force_login(staff)
    told = client.get("/api/chat/health").json()
    offline = next(part for part in told["components"] if part["key"] == "provider-offline")
    assert (offline["status"], offline["detail"]) == ("off", "It was never called.")
    assert told["status"] == "ok"


def test_calls_without_a_price(
    client: Client, staff: User, process: RunnerProcess, spend: Callable[..., TokenUsage]
) -> None:
    spend(cost=None)
    assert lights(client, staff)["prices"] == "degraded"


@pytest.mark.parametrize(
    ("days", "status"), [(prices.OLD, "ok"), (prices.OLD + 1, "degraded"), (366, "down")]
)
def test_a_price_table_grows_old(process: RunnerProcess, days: int, status: str) -> None:
    at = timezone.now().replace(
        year=pricing.TABLE.published.year,
        month=pricing.TABLE.published.month,
        day=pricing.TABLE.published.day,
    )
    assert prices.price_table(at + timedelta(days=days)).status == status


def test_the_table_named_is_the_one_that_is_installed() -> None:
    from importlib.metadata import version

    assert version(pricing.TABLE.name) == pricing.TABLE.version


@pytest.mark.parametrize(
    ("free", "status"), [(50_000_000_000, "ok"), (900_000_000, "degraded"), (100_000_000, "down")]
)
def test_a_disk_that_fills_up(free: int, status: str) -> None:
    assert storing.judged_storage(free, 100_000_000_000 if free > 10**9 else 4_000_000_000).status == status


def test_a_folder_that_is_gone(db: None, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path / "gone"
    assert storing.storage().status == "down"


def test_a_job_that_fails(client: Client, staff: User, process: RunnerProcess, settings: Any) -> None:
    name = settings.HOUSEKEEPING[0]
    note_chore(name=name, began=timezone.now(), ms=1, error="ValueError")
    assert lights(client, staff)["jobs"] == "degraded"
    for _ in range(chores.OFTEN):
        note_chore(name=name, began=timezone.now(), ms=1, error="ValueError")
    assert lights(client, staff)["jobs"] == "down"
    note_chore(name=name, began=timezone.now(), ms=1)
    assert lights(client, staff)["jobs"] == "ok"


def test_each_job_has_a_name_of_its_own() -> None:
    titles = [chores.title(name) for name in product.HOUSEKEEPING]
    assert len(set(titles)) == len(titles)
    assert set(product.HOUSEKEEPING) == set(chores.NAMES)


def test_jobs_that_do_not_run(client: Client, staff: User, process: RunnerProcess) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    Chore.objects.update(ended_at=long_ago)
    assert lights(client, staff)["jobs"] == "ok", "the server has just begun"
    RunnerProcess.objects.update(started_at=long_ago)
    assert lights(client, staff)["jobs"] == "degraded"


def test_the_whole_is_as_bad_as_its_worst_part(staff: User, process: RunnerProcess) -> None:
    found = report(staff)
    assert found.status == worst(found.components) == "ok"


def test_a_meter_tells_the_worst_since_it_was_read() -> None:
    meter = Meter()
    meter.journalled([{"timestamp": round(time.time() * 1000) - 1500}], 0.2)
    meter.journalled([], 0.1)
    first, then = meter.reading(), meter.reading()
    assert 1500 <= first["journal_ms"] < 5000
    assert (first["batch_ms"], then["batch_ms"], then["journal_ms"]) == (200, 0, 0)
    assert first["memory"] > 1_000_000
