"""Nothing a page, a model or a person names leads inward, whatever the name server says the second time."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

import httpx2
import pytest
from aiohttp import web

from sessions_app import guarded_http
from sessions_app.agent.tools import ToolProblem
from sessions_app.web import fetching
from sessions_app.web.fetching import fetch, fetch_json

from .conftest import Serve, Wire

pytestmark = pytest.mark.sqlite
HERE = ["127.0.0.1"]


def any_text(media_type: str) -> bool:
    return media_type.startswith("text/")


async def refused(url: str, private: Any = ()) -> str:
    with pytest.raises(ToolProblem) as problem:
        await fetch(url, private=private, takes=any_text)
    return problem.value.sentence


def page(text: str = "words", **headers: str) -> httpx2.Response:
    return httpx2.Response(
        200, headers={"Content-Type": "text/plain", **headers}, stream=httpx2.ByteStream(text.encode())
    )


def to(location: str, status: int = 302) -> httpx2.Response:
    return httpx2.Response(status, headers={"Location": location}, stream=httpx2.ByteStream(b""))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.8",
        "192.88.99.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::ffff:0:7f00:1]",
        "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[fe80::1]", "[fe80::5efe:7f00:1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
        "[3fff::1]", "[100::1]",
    ],
)  # fmt: skip
async def test_no_inward_address_is_connected_to(wire: Wire, host: str) -> None:
    for scheme in ("http", "https"):
        assert "not in the public internet" in await refused(f"{scheme}://{host}/")
    assert wire.connected == []


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://0/",
        "http://127.0.0.1./", "http://0127.0.0.1/", "http://134744072/", "http://8.8.2056/", "http://[fe80::1%25lo]/",
        "http://[::1%lo]/", "http://ex%61mple.org/", "http://127。0。0。1/", "http://①②⑦.0.0.1/", "http://ⓛocalhost/",
        "http://example.org\\@127.0.0.1/", "http://127.0.0.1\\.example.org/", "http://a@127.0.0.1/", "http://@127.0.0.1/",
        "http://example.org:80@127.0.0.1/", "http://a:b@example.org/", "http://exa mple.org/", "http://example.org\t/",
        "http://example.org/\r\nHost: inner", "http://example.org:22/", "http://example.org:443/", "https://example.org:80/",
        "http://example.org:0/", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)",
        "data:text/plain,x", "//example.org/", "example.org", "http:///x", "http://", "",
    ],
)  # fmt: skip
async def test_no_odd_spelling_of_an_address_gets_as_far_as_a_connection(wire: Wire, url: str) -> None:
    assert (await refused(url)).startswith("Not read: ")
    assert wire.connected == []


async def test_a_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked(wire: Wire) -> None:
    wire.names["rebinds.example"] = ["93.184.216.34", "127.0.0.1"]
    wire.answers = {"rebinds.example/": to("/next"), "rebinds.example/next": page()}
    found = await fetch("http://rebinds.example/", takes=any_text)
    assert (found.url, found.body) == ("http://rebinds.example/next", b"words")
    assert wire.connected == ["http://93.184.216.34/"] * 2
    assert wire.asked == ["rebinds.example"]


async def test_of_several_checked_addresses_the_next_is_tried_where_one_takes_no_connection(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=request.host)

    port = httpx2.URL(await serve(handler)).port

    async def look_up(host: str, port: int) -> list[guarded_http.Address]:
        return [ipaddress.ip_address("127.0.0.2"), ipaddress.ip_address("127.0.0.1")]

    monkeypatch.setattr(guarded_http, "look_up", look_up)
    found = await fetch(f"http://two.example:{port}/", private=["two.example"], takes=any_text)
    assert found.body == f"two.example:{port}".encode()


async def test_a_name_that_means_another_address_at_the_next_port_is_refused_there(wire: Wire) -> None:
    wire.names["rebinds.example"] = ["93.184.216.34", "169.254.169.254"]
    wire.answers = {"rebinds.example/": to("https://rebinds.example/")}
    assert "not in the public internet" in await refused("http://rebinds.example/")
    assert wire.connected == ["http://93.184.216.34/"]


@pytest.mark.parametrize("answer", ["127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "fe80::1"])
async def test_a_public_name_that_means_an_inward_address_is_refused(wire: Wire, answer: str) -> None:
    wire.names["looks.fine.example"] = [answer]
    assert "not in the public internet" in await refused("https://looks.fine.example/")
    assert wire.connected == []


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://169.254.169.254/latest/meta-data/", "not in the public internet"),
        ("http://inner.example/", "not in the public internet"),
        ("http://own.example:8080/", "from outside into the own network"),
        ("http://outer.example\\@127.0.0.1/", "a character that none may have"),
        ("http://name:password@outer.example/", "name or password"),
        ("http://2130706433/", "unusual way"),
        ("ftp://outer.example/", "must begin with"),
        ("http://outer.example:6379/", "port 443"),
        ("http://[/", "unusual way"),
    ],
)
async def test_a_redirect_is_checked_as_the_first_address_was(wire: Wire, location: str, words: str) -> None:
    wire.names |= {
        "outer.example": ["93.184.216.34"],
        "inner.example": ["10.0.0.1"],
        "own.example": ["10.0.0.2"],
    }
    wire.answers = {"outer.example/": to(location)}
    assert words in await refused("http://outer.example/", ["own.example"])
    assert wire.connected == ["http://93.184.216.34/"]


async def test_nothing_that_came_safely_goes_on_in_the_open(wire: Wire) -> None:
    wire.names["outer.example"] = ["93.184.216.34"]
    wire.answers = {"outer.example/": to("http://outer.example/plain")}
    assert "from https to an address without" in await refused("https://outer.example/")


async def test_five_redirects_are_followed_and_a_sixth_is_not(wire: Wire) -> None:
    wire.names["outer.example"] = ["93.184.216.34"]
    wire.answers = {f"outer.example/{n}": to(f"/{n + 1}") for n in range(6)} | {"outer.example/6": page()}
    assert (await fetch("http://outer.example/1", takes=any_text)).url == "http://outer.example/6"
    assert "too often" in await refused("http://outer.example/0")


async def test_no_cookie_comes_back_and_nothing_of_ours_goes_along(serve: Serve) -> None:
    seen: list[dict[str, str]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        if request.path == "/":
            raise web.HTTPFound("/next", headers={"Set-Cookie": "id=1; Path=/"})
        return web.Response(text="done")

    await fetch(await serve(handler) + "/", private=HERE, takes=any_text)
    assert [set(headers) for headers in seen] == [{"Host", "User-Agent", "Accept", "Accept-Encoding"}] * 2
    assert seen[1]["User-Agent"] == fetching.USER_AGENT


async def test_what_is_no_text_too_large_too_slow_or_compressed_is_given_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/picture":
                return web.Response(body=b"\x89PNG", content_type="image/png")
            case "/packed":
                return web.Response(
                    body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}, content_type="text/plain"
                )
            case "/gone":
                return web.Response(status=404, text="no")
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * (100_000 if request.path == "/endless" else 1))
                if request.path == "/slow":
                    await waits.wait()
        except ConnectionError:
            return response

    waits = asyncio.Event()
    base = await serve(handler)
    assert "image/png, which is no text" in await refused(f"{base}/picture", HERE)
    assert "compressed" in await refused(f"{base}/packed", HERE)
    assert await refused(f"{base}/gone", HERE) == "It answered with HTTP 404."
    assert "larger than 5 MB" in await refused(f"{base}/endless", HERE)
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    assert await refused(f"{base}/slow", HERE) == "It did not answer within 0.3 s."
    assert await refused("http://127.0.0.1:9/", HERE) == "It could not be reached."


async def test_an_api_that_sends_elsewhere_or_nonsense_is_not_followed(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path == "/away":
            raise web.HTTPFound("/other")
        return web.Response(text="[" * 100_000, content_type="application/json")

    base = await serve(handler)
    for path, words in (("/away", "elsewhere too often"), ("/deep", "could not be understood")):
        with pytest.raises(ToolProblem, match=words):
            await fetch_json(base + path, private=HERE, headers={"X-Key": "secret"})
