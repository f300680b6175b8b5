"""Bodies on the wire: one that is too large is answered before it has come, and none stands in memory whole."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from yarl import URL

from .person import Person
from .processes import Server, Site

MB = 1_000_000
SAID = b"This is too large: at most 61 MB can be sent at once. Nothing was stored."
HEAD = "POST /search/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"


class Peak:
    """The most memory the server held since this was made, over what it held then. In bytes."""

    def __init__(self, server: Server) -> None:
        assert server.child is not None
        self._place = Path(f"/proc/{server.child.pid}")
        (self._place / "clear_refs").write_text("5")
        self._before = self._peak()

    def _peak(self) -> int:
        line = next(line for line in (self._place / "status").read_text().split("\n") if "VmHWM" in line)
        return int(line.split()[1]) * 1024

    @property
    def growth(self) -> int:
        return self._peak() - self._before


@pytest.fixture
def line(site: Site) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=20) as line:
        yield line


def push(line: socket.socket, piece: bytes, most: int) -> int:
    """Send this again and again until the other end takes no more; how many bytes it took."""
    taken = 0
    try:
        while taken < most:
            line.sendall(piece)
            taken += len(piece)
    except OSError:
        pass
    return taken


def answer(line: socket.socket) -> bytes:
    """All that is said until the other end closes."""
    said = b""
    try:
        while piece := line.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


@pytest.mark.parametrize("expects", ["", "Expect: 100-continue\r\n"])
def test_a_body_that_says_it_is_too_large_is_answered_before_it_comes(
    line: socket.socket, expects: str
) -> None:
    line.sendall(f"{HEAD}{expects}Content-Length: {500 * MB}\r\n\r\n".encode())
    said = line.recv(65536)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert said.endswith(SAID)
    assert b"\r\nconnection: close\r\n" in said
    assert push(line, bytes(MB), 500 * MB) < 200 * MB
    assert answer(line) == b""


def test_a_body_that_does_not_say_is_counted_and_held_by_nobody(site: Site, line: socket.socket) -> None:
    peak = Peak(site.server)
    line.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
    piece = b"%x\r\n" % MB + bytes(MB) + b"\r\n"
    assert push(line, piece, 500 * MB) < 300 * MB
    assert peak.growth < 100 * MB
    assert site.server.ready()


def test_one_who_hears_the_refusal_late_hears_it_whole(line: socket.socket) -> None:
    """As a browser does that reads when it has sent everything."""
    line.sendall(f"{HEAD}Content-Length: {70 * MB}\r\n\r\n".encode())
    assert push(line, bytes(MB), 70 * MB) == 70 * MB
    assert answer(line).endswith(SAID)


def test_a_large_body_within_the_limit_is_never_in_memory_whole(site: Site, line: socket.socket) -> None:
    peak = Peak(site.server)
    line.sendall(f"{HEAD}Connection: close\r\nContent-Length: {60 * MB}\r\n\r\n".encode())
    assert push(line, bytes(MB), 60 * MB) == 60 * MB
    assert answer(line).startswith(b"HTTP/1.1 302 ")
    assert peak.growth < 45 * MB


def test_a_body_that_breaks_off_harms_nobody(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=20) as line:
        line.sendall(f"{HEAD}Content-Length: {10 * MB}\r\n\r\n".encode() + bytes(5 * MB))
    assert site.server.ready()


# ---------------------------------------------------------------- uploads


def upload(person: Person, *names: str, size: int = 10) -> bytes:
    """The request by which a page brings files of so many bytes, each of another text."""
    boundary = "of-this-test"
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        + f"{name:<{size}}\r\n".encode()
        for name in names
    )
    body += f"--{boundary}--\r\n".encode()
    cookies = person.jar.filter_cookies(URL(person.url))
    head = [
        "POST /attachments/ HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        "HX-Request: true",
        f"Content-Type: multipart/form-data; boundary={boundary}",
        f"X-CSRFToken: {cookies['csrftoken'].value}",
        "Cookie: " + "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items()),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def bring(site: Site, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=30) as line:
        line.sendall(request)
        return answer(line)


def kept(site: Site) -> list[Path]:
    return [path for path in (site.place / "attachments").rglob("*") if path.is_file()]


async def test_an_upload_that_breaks_off_leaves_neither_a_row_nor_a_file(site: Site, person: Person) -> None:
    before = len(kept(site))
    request = upload(person, "half.txt", size=5 * MB)
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=20) as line:
        line.sendall(request[: len(request) // 2])
    told = await asyncio.to_thread(bring, site, upload(person, "whole.txt"))
    assert b"whole.txt" in told
    unsent = await person.get("/attachments/unsent/")
    assert "whole.txt" in unsent
    assert "half.txt" not in unsent
    assert len(kept(site)) == before + 1


async def test_thirty_files_leave_the_server_as_large_as_it_was(site: Site, person: Person) -> None:
    peak = Peak(site.server)
    requests = [upload(person, f"{number}.txt", size=2 * MB) for number in range(30)]
    with ThreadPoolExecutor(3) as lines:  # as many as a page sends at a time
        told = list(lines.map(lambda request: bring(site, request), requests))
    assert all(f"{number}.txt".encode() in each for number, each in enumerate(told))
    assert peak.growth < 150 * MB


# ---------------------------------------------------------------- what leaves


@pytest.mark.thorough
async def test_a_long_file_leaves_as_fast_as_it_is_taken(site: Site, person: Person) -> None:
    """While one reader takes nothing another one gets the whole file; the first one's waits unwritten."""
    chat = await person.new_chat()
    await asyncio.to_thread(site.inside.ask, "lengthen", chat=chat, messages=2_000, size=10_000)
    cookies = person.jar.filter_cookies(URL(person.url))
    head = [
        f"GET /sessions/{chat}/export/file/?format=json HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        "Cookie: " + "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items()),
    ]
    request = "\r\n".join([*head, "", ""]).encode()
    whole = await asyncio.to_thread(length, site, request)
    assert whole > 40 * MB
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=30) as line:
        peak = Peak(site.server)
        line.sendall(request)
        line.recv(1, socket.MSG_PEEK)
        assert await asyncio.to_thread(length, site, request) == whole
        assert peak.growth < 25 * MB


def length(site: Site, request: bytes) -> int:
    """How many bytes are answered."""
    count = 0
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=30) as line:
        line.sendall(request)
        while piece := line.recv(MB):
            count += len(piece)
    return count
