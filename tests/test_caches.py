"""Nobody is locked out, and no limit falls away, because Redis does not answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client, override_settings

from sessions_app.models import User

PASSWORD = "a long enough password"


@pytest.fixture
def without_redis() -> Iterator[Any]:
    """The cache of a workspace whose Redis is away: a port where nobody listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = {
            "BACKEND": "chatproject.caches.LastingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{nobody.getsockname()[1]}/0",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
        with override_settings(CACHES={"default": away}):
            cache: Any = caches["default"]
            yield cache
            cache.own.clear()


def test_what_redis_cannot_keep_the_process_keeps(without_redis: Any) -> None:
    assert without_redis.add("tries", 1, 60)
    assert not without_redis.add("tries", 1, 60)
    assert without_redis.incr("tries") == 2
    assert without_redis.get("tries") == 2
    assert without_redis.get_or_set("other", 7, 60) == 7
    without_redis.set_many({"a": 1, "b": 2})
    assert without_redis.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert without_redis.delete("a")
    assert "a" not in without_redis


@pytest.mark.django_db
def test_people_log_in_and_guessing_is_still_limited(without_redis: Any) -> None:
    User.objects.create_user("ada", "ada@example.org", PASSWORD)
    with override_settings(ACCOUNT_RATE_LIMITS={"login_failed": "3/m/ip"}):
        browser = Client()
        for _ in range(3):
            answer = browser.post("/accounts/login/", {"login": "ada", "password": "a wrong one"})
            assert "not correct" in answer.content.decode()
        answer = browser.post("/accounts/login/", {"login": "ada", "password": "a wrong one"})
        assert "Too many" in answer.content.decode()
    answer = Client(REMOTE_ADDR="127.0.0.2").post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert answer.status_code == 302
