from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer
from django.conf import settings as config
from django.utils import timezone

from analytics_app.queries.health import layer
from sessions_app.agent.tools import ToolContext, load_tools
from sessions_app.models import ChatSession, Message, Reply, RunnerProcess, TokenUsage, User, uuid7

pytestmark = pytest.mark.django_db(transaction=True)
Spend = Callable[..., TokenUsage]


def told(user: User) -> dict[str, Any]:
    toolbox = load_tools(config.AGENT_TOOLS).bound(ToolContext(user.pk))
    outcome = async_to_sync(toolbox.call)("check_system_health", {})
    assert outcome.error == ""
    result: dict[str, Any] = outcome.result
    return result


def part(result: dict[str, Any], name: str) -> dict[str, Any]:
    found = [component for component in result["components"] if component["name"] == name]
    assert len(found) == 1
    return dict(found[0])


@pytest.fixture
def spend(chat: ChatSession) -> Spend:
    def make(**values: Any) -> TokenUsage:
        given = {"user": chat.owner, "session": chat, "session_key": chat.pk, "provider": "anthropic"}
        given |= {"model": "claude", "ok": True, "settled_at": timezone.now()}
        return TokenUsage.objects.create(**{**given, **values})

    return make


def reply_of(chat: ChatSession, **values: Any) -> Reply:
    position = chat.messages.count() + 1
    answer = Message.objects.create(session=chat, role="assistant", position=position)
    return Reply.objects.create(message=answer, session=chat, **values)


@pytest.fixture
def process(db: None) -> RunnerProcess:
    return RunnerProcess.objects.create(host="elsewhere", beat_at=timezone.now())


def test_a_workspace_in_which_nothing_happened_is_well(staff: User, process: RunnerProcess) -> None:
    result = told(staff)
    assert (result["status"], result["period"], result["time_range"]) == ("ok", "last hour", None)
    names = [component["name"] for component in result["components"]]
    assert names == ["Database", "Channel layer", "Providers", "Journal", "Replies"]
    assert (result["error_rate"], result["journal_lag_ms"], result["errors"]) == (None, None, [])
    assert part(result, "Database")["value"] >= 0
    assert part(result, "Providers")["detail"] == "No model was called in the last hour."
    assert result["link"] == "/dashboard/health/"


def test_providers_are_judged_by_the_real_calls_of_the_last_hour(
    staff: User, process: RunnerProcess, spend: Spend
) -> None:
    for _ in range(3):
        spend()
    spend(ok=False, error_type="overloaded")
    spend(ok=False, error_type="overloaded", at=timezone.now() - timedelta(hours=2))
    spend(ok=False, error_type="stopped")  # by a person: no failure
    result = told(staff)
    assert (result["calls_last_hour"], result["failed_last_hour"]) == (5, 1)
    assert result["errors"] == [{"kind": "overloaded", "count": 1}]
    assert part(result, "Providers")["status"] == "degraded"
    assert part(result, "Providers")["detail"] == "1 of 5 model calls of the last hour failed."
    assert result["status"] == "degraded"


def test_a_provider_that_fails_every_call_is_down(staff: User, process: RunnerProcess, spend: Spend) -> None:
    for _ in range(5):
        spend(ok=False, error_type="connection")
    assert part(told(staff), "Providers")["status"] == "down"


def test_a_member_learns_whether_it_works_but_not_what_others_did(
    alice: User, bob: User, chat: ChatSession, process: RunnerProcess, spend: Spend
) -> None:
    for _ in range(7):
        spend(ok=False, error_type="overloaded")
    reply_of(chat, status="failed", finished_at=timezone.now())
    theirs = told(bob)
    assert (theirs["calls_last_hour"], theirs["failed_last_hour"], theirs["errors"]) == (0, 0, [])
    assert (theirs["error_rate"], theirs["scope"], theirs["status"]) == (None, "own", "down")
    assert part(theirs, "Providers")["value"] is None
    assert "7" not in part(theirs, "Providers")["detail"]
    mine = told(alice)
    assert (mine["calls_last_hour"], mine["error_rate"]) == (7, 1.0)


def test_the_error_rate_is_that_of_replies_ended_in_the_last_hour(
    staff: User, chat: ChatSession, process: RunnerProcess
) -> None:
    now = timezone.now()
    for status, age in (("complete", 1), ("stopped", 1), ("failed", 1), ("interrupted", 1), ("failed", 90)):
        reply_of(chat, status=status, finished_at=now - timedelta(minutes=age))
    assert told(staff)["error_rate"] == 0.5


def test_the_journal_is_as_late_as_the_quietest_running_reply(
    staff: User, make_chat: Callable[..., ChatSession], process: RunnerProcess
) -> None:
    now = timezone.now()
    running = {"status": "running", "owner": process.pk}
    busy = reply_of(make_chat(), started_at=now - timedelta(minutes=9), **running)
    busy.journal.create(first_seq=1, last_seq=2, chunks=[])
    reply_of(make_chat(), started_at=now - timedelta(seconds=50), **running)
    result = told(staff)
    assert 50_000 <= result["journal_lag_ms"] < 500_000
    assert (part(result, "Journal")["status"], result["running_replies"]) == ("degraded", 2)


def test_queued_replies_without_a_process_are_an_outage(staff: User, chat: ChatSession) -> None:
    reply_of(chat, status="queued")
    result = told(staff)
    assert (result["queued_replies"], part(result, "Replies")["status"]) == (1, "down")


def test_a_process_that_died_without_a_word_is_told(staff: User, process: RunnerProcess) -> None:
    RunnerProcess.objects.create(id=uuid7(), host="elsewhere", beat_at=timezone.now() - timedelta(minutes=1))
    found = part(told(staff), "Replies")
    assert found["status"] == "degraded"
    assert "server processes alive: 1, dead and not cleared away yet: 1" in found["detail"]


async def test_the_channel_layer_carries_a_message_of_its_own(settings: Any, monkeypatch: Any) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    monkeypatch.setattr(layer, "get_channel_layer", InMemoryChannelLayer)
    found = await layer.channel_layer()
    assert (found.status, found.unit) == ("ok", "ms")
    assert found.value is not None


async def test_a_channel_layer_that_is_away_is_told_within_its_limit(settings: Any, monkeypatch: Any) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"

    class Silent(InMemoryChannelLayer):
        async def send(self, channel: str, message: dict[str, Any]) -> None:
            """Loses everything."""

    monkeypatch.setattr(layer, "get_channel_layer", Silent)
    monkeypatch.setattr(layer, "LIMIT", 0.05)
    found = await layer.channel_layer()
    assert (found.status, found.value) == ("down", None)
    assert "Replies go on" in found.detail
