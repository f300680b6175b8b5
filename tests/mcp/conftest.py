"""The site as programs reach it, in the process of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import pytest
from django.core.cache import cache
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from analytics_app.mcp_server import endpoint
from chatproject.asgi import application
from sessions_app.actions.tokens import make_token
from sessions_app.models import User

SITE = "http://127.0.0.1:8000"
Connect = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def token_of(transactional_db: None) -> Callable[..., str]:
    def make(user: User, *scopes: str) -> str:
        return make_token(user=user, scopes=scopes or ("read",))[1]

    return make


@pytest.fixture
async def site(transactional_db: None) -> AsyncIterator[httpx2.AsyncClient]:
    """Plain HTTP to the whole ASGI application."""
    cache.clear()
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=application), base_url=SITE, timeout=60
    ) as client:
        yield client
    await endpoint.close()


@pytest.fixture
def connect(site: httpx2.AsyncClient) -> Connect:
    """The SDK's client with a token, negotiating as `mode` says."""

    @asynccontextmanager
    async def made(token: str, mode: Any = "auto") -> AsyncIterator[Client]:
        site.headers["Authorization"] = f"Bearer {token}"
        async with Client(streamable_http_client(f"{SITE}/mcp", http_client=site), mode=mode) as client:
            yield client

    return made


def rpc(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


ACCEPT = {"Accept": "application/json, text/event-stream"}
