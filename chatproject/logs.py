"""Structured logs: one line an event, an id for each request and reply, never content or keys."""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog

LINK = re.compile(r"(/share/)[^/?#\s\"']+")  # what follows opens it: an address is a key

SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def masked(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The event without addresses of links, whoever logged them."""
    return {
        name: LINK.sub(r"\1…", value) if isinstance(value, str) else value for name, value in event.items()
    }


def formatter() -> logging.Formatter:
    """Every record of every library leaves as one logfmt line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            masked,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "logger", "event"], bool_as_flag=False
            ),
        ],
    )


structlog.configure(
    processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
