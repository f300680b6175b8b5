"""Requests to addresses that people or models name: to public hosts, and never inward.

A name is looked up once, every address it has is checked, and the connection goes to one of those that were checked:
a name that answers differently the second time gains nothing. Each request passes here, one after a redirect too.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Mapping
from functools import cache
from typing import Any

import httpx2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONNECT_SECONDS = 10.0
SIZE_LIMIT = 5_000_000  # bytes of one answer
MOST_ADDRESSES = 4  # of a name that are tried
NAT64 = ipaddress.ip_network("64:ff9b::/96")
NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # IETF assignments
            "192.88.99.0/24",  # relays of 6to4, given up (RFC 7526)
            "168.63.129.16/32",  # what Azure tells its own machines
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
# The system looks names up on few threads, which nothing ends; our own calls of providers need some of them.
MOST_LOOKING = 3
_looking: set[asyncio.Future[Any]] = set()
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,253}")
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0[xX][0-9a-fA-F]*)\.?")


class Forbidden(httpx2.TransportError):
    """An address or answer that is not taken, in a sentence for people: without the host, which may be the operator's."""


def check_url(url: str | httpx2.URL, private: Collection[str] = (), *, plain: bool = False) -> httpx2.URL:
    """The address in parts. Hosts in `private` are the operator's own: those may use http and any port. `plain`: others
    may use http on its port 80.

    Raises Forbidden.
    """
    try:
        parts = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError):
        raise Forbidden("This is no address.") from None
    if parts.scheme not in ("http", "https") or not parts.host:
        raise Forbidden("The address must begin with https://.")
    if parts.userinfo or "@" in _authority(str(url)):
        raise Forbidden("The address must not hold a name or password; use a header.")
    _check_spelling(str(url), host_of(parts))
    if host_of(parts) in private:
        return parts
    if plain and parts.scheme == "http" and parts.port in (None, 80):
        return parts
    if parts.scheme != "https" or parts.port not in (None, 443):
        raise Forbidden("The address must begin with https:// and use port 443.")
    return parts


def _authority(url: str) -> str:
    return re.split(r"[/?#]", url.partition("//")[2], maxsplit=1)[0]


def _check_spelling(url: str, host: str) -> None:
    """Only what every reader of addresses reads alike: others see another host behind a backslash, in 0x7f.1, or in
    the zone of an address."""
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise Forbidden("The address holds a character that none may have.")
    if ":" in host:
        good = "%" not in host
    elif _ENDS_IN_NUMBER.fullmatch(host):
        good = _is_plain_ipv4(host)
    else:
        good = _NAME.fullmatch(host) is not None
    if not good:
        raise Forbidden("The host of this address is spelled in an unusual way.")


def _is_plain_ipv4(host: str) -> bool:
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def host_of(url: httpx2.URL) -> str:
    """The host as it goes over the wire: looked up, checked and connected to in one spelling."""
    return url.raw_host.decode("ascii")


def is_public(address: Address) -> bool:
    """Whether it lies in the public internet, also where it carries another address inside."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(inside)
        if address.is_site_local or address.teredo is not None:
            return False
    if any(address in network for network in NOT_PUBLIC if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def look_up(host: str, port: int) -> list[Address]:
    """Every address of a name. Raises Forbidden where there is none."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            while len(_looking) >= MOST_LOOKING:
                await asyncio.wait(_looking, return_when=asyncio.FIRST_COMPLETED)
            loop = asyncio.get_running_loop()
            asked = asyncio.ensure_future(loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            _looking.add(asked)
            asked.add_done_callback(_looked)
            found = await asyncio.shield(asked)  # its thread goes on, whoever waits
    except (OSError, UnicodeError, TimeoutError):
        raise Forbidden("Its name has no address.") from None
    return [ipaddress.ip_address(entry[4][0]) for entry in found]


def _looked(asked: asyncio.Future[Any]) -> None:
    _looking.discard(asked)
    if not asked.cancelled():
        asked.exception()


@cache
def _certificates() -> ssl.SSLContext:
    """Read from the disk once."""
    return httpx2.create_ssl_context(trust_env=False)


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Connects to checked addresses only. `problem` is the last refusal, `status` the last answer's."""

    def __init__(self, private: Collection[str] = (), *, plain: bool = False) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=_certificates(), trust_env=False)
        self._private, self._plain = private, plain
        self._checked: dict[tuple[str, int], list[str]] = {}
        self.problem = ""
        self.status = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return await self._answer(request)
        except Forbidden as refusal:
            self.problem = str(refusal)
            raise

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        url = check_url(request.url, self._private, plain=self._plain)
        host = host_of(url)
        request.headers["Accept-Encoding"] = "identity"  # so that the size that is counted is the size
        answer = await self._connected(
            request, url, await self._addresses(host, url.port or (443 if url.scheme == "https" else 80))
        )
        self.status = answer.status_code
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            await answer.aclose()
            raise Forbidden("The answer is compressed, which was not asked for.")
        assert isinstance(answer.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            answer.status_code,
            headers=answer.headers,
            stream=Measured(answer.stream, self),
            extensions=answer.extensions,
        )

    async def _connected(
        self, request: httpx2.Request, url: httpx2.URL, addresses: list[str]
    ) -> httpx2.Response:
        """Asks the first of these that takes a connection; it is the first from then on."""
        for left, address in enumerate(list(addresses), 1 - len(addresses)):
            sent = httpx2.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,  # `Host` among them, as it was
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host_of(url)},
            )
            try:
                return await self._inner.handle_async_request(sent)
            except httpx2.ConnectError:
                addresses.append(addresses.pop(0))
                if not left:
                    raise
        raise AssertionError("a name has an address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        """The checked addresses this client uses for a name."""
        if (host, port) not in self._checked:
            found = await look_up(host, port)
            if host not in self._private and not all(is_public(address) for address in found):
                raise Forbidden("Its address is not in the public internet.")
            self._checked[host, port] = list(dict.fromkeys(map(str, found)))[:MOST_ADDRESSES]
        return self._checked[host, port]

    async def aclose(self) -> None:
        await self._inner.aclose()


class Measured(httpx2.AsyncByteStream):
    """An answer's body, which ends with Forbidden where it grows too large."""

    def __init__(self, stream: httpx2.AsyncByteStream, guard: GuardedTransport) -> None:
        self._stream, self._guard = stream, guard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > SIZE_LIMIT:
                self._guard.problem = f"The answer is larger than {SIZE_LIMIT // 1_000_000} MB."
                raise Forbidden(self._guard.problem)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def client(guard: GuardedTransport, headers: Mapping[str, str], seconds: float) -> httpx2.AsyncClient:
    """A client of the SDKs and of ours; it follows no redirect by itself. `seconds`: patience with silence."""
    patience = httpx2.Timeout(CONNECT_SECONDS, read=seconds)
    return httpx2.AsyncClient(
        transport=guard, headers=headers, timeout=patience, trust_env=False, follow_redirects=False
    )
