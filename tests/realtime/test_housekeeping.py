"""What a running server does now and then beside everything else."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from django.utils import timezone

from analytics_app.models import RolledDay
from chatproject import settings as product
from sessions_app.models import ChatSession, TokenUsage
from sessions_app.realtime.runtime import Runtime

from .stage import stored

done: list[str] = []


def fails() -> bool:
    raise ValueError("planted")


def twice() -> bool:
    done.append(threading.current_thread().name)
    return len(done) < 2


async def test_a_job_that_fails_stops_no_other_and_one_with_more_to_do_goes_on(
    process: Runtime, settings: Any
) -> None:
    done.clear()
    settings.HOUSEKEEPING = [f"{__name__}.fails", f"{__name__}.no_such", f"{__name__}.twice"]
    assert process.runner is not None
    await process.runner.housekeep()
    assert len(done) == 2
    assert all(name.startswith("housekeeping") for name in done)


async def test_a_running_server_rolls_up_days_that_are_over(
    process: Runtime, claude_chat: ChatSession, settings: Any
) -> None:
    settings.HOUSEKEEPING = product.HOUSEKEEPING
    at = timezone.now() - timedelta(days=3)
    row = {"session_key": claude_chat.pk, "at": at, "settled_at": at, "model": "m", "provider": "p"}
    await stored(lambda: TokenUsage.objects.create(user=claude_chat.owner, **row))
    assert process.runner is not None
    await process.runner.housekeep()
    assert await stored(RolledDay.objects.count) >= 2
