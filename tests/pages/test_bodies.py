"""Bodies of requests: bounded, and a full disk is said, not a stack trace."""

from __future__ import annotations

import errno
import json
from typing import Any

import pytest

from chatproject.bodies import BoundedBodies


async def answer(
    application: Any, *pieces: bytes, length: int | None = None, path: str = "/import/", cookie: bytes = b""
) -> tuple[int, str]:
    """Status and text of the answer to a body that comes in these pieces."""
    sent: list[Any] = []
    coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    headers += [(b"cookie", cookie)] if cookie else []
    await BoundedBodies(application)({"type": "http", "path": path, "headers": headers}, receive, send)
    return sent[0]["status"], sent[1]["body"].decode()


async def reading(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["more_body"]:
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"read"})


@pytest.fixture(autouse=True)
def small(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 1_000_000


async def test_a_body_within_the_limit_is_read() -> None:
    assert await answer(reading, b"x" * 500_000, length=500_000) == (200, "read")


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    async def never(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("was read")

    status, text = await answer(never, length=1_000_001)
    assert status == 413
    assert text == "This is too large: at most 1 MB can be sent at once. Nothing was stored."


async def test_a_program_is_told_in_problem_details() -> None:
    status, text = await answer(reading, b"x" * 600_000, b"x" * 600_000, path="/api/chat/attachments")
    assert (status, json.loads(text)["code"]) == (413, "too_large")
    assert json.loads(text)["detail"].startswith("This is too large: at most 1 MB")


async def test_a_body_that_does_not_say_is_counted() -> None:
    assert (await answer(reading, b"x" * 600_000, b"x" * 600_000))[0] == 413


async def test_a_video_is_taken_of_who_has_a_session_alone(settings: Any) -> None:
    settings.KNOWLEDGE, settings.MAX_VIDEO_BYTES = True, 1_000_000
    cookie = f"{settings.SESSION_COOKIE_NAME}={'a' * 32}".encode()
    body = (b"x" * 800_000, b"x" * 800_000)
    assert await answer(reading, *body, path="/videos/new/", cookie=cookie) == (200, "read")
    assert (await answer(reading, *body, path="/videos/new/"))[0] == 413
    assert (await answer(reading, path="/videos/new/", length=1_600_000))[0] == 413


@pytest.mark.parametrize("problem", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_said(problem: int) -> None:
    async def full(scope: Any, receive: Any, send: Any) -> None:
        raise OSError(problem, "No space left on device")

    status, text = await answer(full)
    assert status == 507
    assert "no room" in text


async def test_other_faults_stay_faults() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise OSError(errno.EPIPE, "gone")

    with pytest.raises(OSError, match="gone"):
        await answer(broken)
