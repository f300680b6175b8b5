"""Nothing a person enters leads inward."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from aiohttp import web

from sessions_app import guarded_http
from sessions_app.guarded_http import Forbidden, GuardedTransport, check_url, client, is_public

HERE = frozenset({"127.0.0.1"})


async def fetched(url: str, private: Any = (), **options: Any) -> httpx2.Response:
    async with client(GuardedTransport(private), {}, 20) as http:
        return await http.get(url, **options)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://example.org:8443/",
        "https://example.org:80/",
        "https://name:password@example.org/",
        "https:///path",
        "https://",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.org/",
        "not an address",
        "https://[::1",
    ],
)
def test_only_https_without_names_and_passwords_is_taken(url: str) -> None:
    with pytest.raises(Forbidden):
        check_url(url)


@pytest.mark.parametrize("url", ["https://example.org", "https://example.org:443/mcp?x=1"])
def test_https_addresses_are_taken(url: str) -> None:
    assert check_url(url).host == "example.org"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "::", "::1", "::ffff:a9fe:a9fe", "::7f00:1",
        "::ffff:127.0.0.1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:db8::1", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_inward_addresses_are_known_in_every_disguise(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "[::1]", "[::ffff:a9fe:a9fe]", "169.254.169.254", "2130706433", "0x7f.1",
        "0177.0.0.1", "127.1", "0", "[::]", "[fe80::1%25lo]",
    ],
)  # fmt: skip
async def test_a_request_inward_is_refused_before_anything_is_connected(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    def connect(*_: Any) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises((Forbidden, httpx2.InvalidURL)):
        await fetched(f"https://{host}/")


class Names:
    """A name server that answers as it is told, each time another line."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def getaddrinfo(self, host: str, port: int) -> list[guarded_http.Address]:
        self.asked += 1
        given = self.answers[min(self.asked, len(self.answers)) - 1]
        return [ipaddress.ip_address(address) for address in given]


async def test_one_inward_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guarded_http, "look_up", Names(["8.8.8.8", "10.0.0.1"]).getaddrinfo)
    with pytest.raises(Forbidden, match="not in the public internet"):
        await fetched("https://two-faced.example/")


async def test_the_connection_goes_to_the_address_that_was_checked_under_its_own_name(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Awaitable[str]]
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"host": request.headers["Host"]})

    port = httpx2.URL(await serve(handler)).port
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    monkeypatch.setattr(guarded_http, "look_up", names.getaddrinfo)
    async with client(GuardedTransport({"inner.example"}), {}, 20) as http:
        told = [(await http.get(f"http://inner.example:{port}/")).json() for _ in range(2)]
    assert told == [{"host": f"inner.example:{port}"}] * 2
    assert names.asked == 1


async def test_the_certificate_must_be_that_of_the_name_not_of_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: dict[str, Any] = {}

    async def note(self: Any, request: httpx2.Request) -> httpx2.Response:
        told.update(url=str(request.url), host=request.headers["Host"], **request.extensions)
        return httpx2.Response(200, content=b"")

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", note)
    monkeypatch.setattr(guarded_http, "look_up", Names(["8.8.8.8"]).getaddrinfo)
    await fetched("https://outer.example/mcp")
    assert told["url"] == "https://8.8.8.8/mcp"
    assert (told["host"], told["sni_hostname"]) == ("outer.example", "outer.example")


async def test_a_redirect_inward_is_not_followed_and_would_be_refused(
    serve: Callable[..., Awaitable[str]],
) -> None:
    async def handler(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("http://localhost:1/secret")

    url = await serve(handler)
    assert (await fetched(url, HERE)).status_code == 307
    with pytest.raises(Forbidden):
        await fetched(url, HERE, follow_redirects=True)


async def test_an_endless_answer_is_cut_off(
    serve: Callable[..., Awaitable[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 10_000)
        except ConnectionError:
            return response

    monkeypatch.setattr(guarded_http, "SIZE_LIMIT", 1_000_000)
    with pytest.raises(Forbidden, match="larger than 1 MB"):
        await fetched(await serve(handler), HERE)


async def test_a_compressed_answer_is_not_unpacked(serve: Callable[..., Awaitable[str]]) -> None:
    async def handler(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

    with pytest.raises(Forbidden, match="compressed"):
        await fetched(await serve(handler), HERE)


async def test_no_proxy_of_the_environment_gets_in_between(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Awaitable[str]]
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text="direct")

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await fetched(await serve(handler), HERE)).text == "direct"


async def test_names_that_nobody_answers_for_take_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's look-ups end when they like; those of providers need threads too."""
    asked, answered = [], asyncio.Event()

    async def slow(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        await answered.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", slow)
    monkeypatch.setattr(guarded_http, "CONNECT_SECONDS", 0.1)
    names = [guarded_http.look_up(f"{number}.example", 443) for number in range(8)]
    found = await asyncio.gather(*names, return_exceptions=True)
    assert {type(each) for each in found} == {Forbidden}
    assert len(asked) == guarded_http.MOST_LOOKING
    answered.set()
    monkeypatch.setattr(guarded_http, "CONNECT_SECONDS", 10)
    assert [str(each) for each in await guarded_http.look_up("later.example", 443)] == ["8.8.8.8"]
