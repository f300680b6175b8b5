"""A cache that outlives its server: what is counted in Redis is counted in the process while Redis is away."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as Away
from redis.exceptions import TimeoutError as Silent

log = structlog.get_logger("chatproject.caches")
OPERATIONS = (
    "add", "get", "set", "touch", "delete", "has_key", "incr", "get_many", "set_many", "delete_many", "clear",
)  # fmt: skip


def _or_own(name: str) -> Callable[..., Any]:
    there = getattr(RedisCache, name)

    @wraps(there)
    def operation(self: LastingRedisCache, *args: Any, **options: Any) -> Any:
        try:
            return there(self, *args, **options)
        except (Away, Silent) as problem:
            log.warning("cache unavailable", operation=name, problem=type(problem).__name__)
            return getattr(self.own, name)(*args, **options)

    return operation


class LastingRedisCache(RedisCache):
    """Redis where it answers, else the memory of this process: limits of log-in then hold for each process."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.own = LocMemCache("while Redis is away", {})


for _name in OPERATIONS:
    setattr(LastingRedisCache, _name, _or_own(_name))
