"""Starts that cannot succeed say why in one line and exit."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .processes import ROOT, Site, environment

pytestmark = pytest.mark.server


def attempt(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "serve", *words]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=30)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_port_that_is_taken_is_named_in_one_clear_line(site: Site, taken_port: int) -> None:
    done = attempt(site.env, "--port", str(taken_port))
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"127.0.0.1:{taken_port}" in done.stderr
    assert "in use" in done.stderr
    assert "The workspace is at" not in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "foo"),
        ("DATABASE_URL", "mysql://127.0.0.1/x"),
        ("DEBUG", "maybe"),
        ("HTTPS", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("SECRET_KEY", "short"),
        ("ANTHROPIC_BASE_URL", "127.0.0.1:1"),
        ("ANTHROPIC_SILENCE_TIMEOUT", "soon"),
        ("TOOL_TIMEOUT", "0"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("EMBEDDING_MODEL", "text-embedding-3-small"),
        ("MCP_PRIVATE_HOSTS", "http://intranet"),
        ("MCP_PRIVATE_HOSTS", "intranet:8443"),
        ("MCP_STDIO_SERVERS", "files"),
        ("MCP_STDIO_SERVERS", "[1]"),
        ("MCP_STDIO_SERVERS", '{"files": {"args": []}}'),
        ("MCP_STDIO_SERVERS", '{"files": {"command": "x", "shell": "yes"}}'),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    tmp_path: Path, name: str, value: str
) -> None:
    done = attempt(environment(tmp_path) | {name: value}, "--port", "0")
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert name in done.stderr


@pytest.mark.parametrize("port", ["70000", "-1", "eight"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    done = attempt(environment(tmp_path), f"--port={port}")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "port" in done.stderr


def test_a_database_without_tables_is_named_in_one_line(tmp_path: Path) -> None:
    done = attempt(environment(tmp_path), "--port", "0")
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "migrate" in done.stderr
