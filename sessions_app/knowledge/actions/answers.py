"""What is noted of an answer that had videos at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessions_app.models import Reply


def answer_ended(*, reply: Reply, parts: Sequence[Mapping[str, Any]]) -> None:
    """Within the transaction in which an answer ends; nothing where no video was at hand."""
