"""What plugins left behind does not stay for the next test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sessions_app.plugins import running
from tests.plugins import faulty
from tests.realtime.conftest import claude_chat, process, running_upstream, stage, upstream

__all__ = ["claude_chat", "process", "running_upstream", "stage", "upstream"]


@pytest.fixture(autouse=True)
def let_go() -> Iterator[None]:
    faulty.release.clear()
    faulty.fault = "none"
    running._lanes.clear()
    yield
    faulty.release.set()
    running._lanes.clear()
