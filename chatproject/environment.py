"""The environment, read strictly: a wrong value stops the start with one line."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from environs import Env, EnvError
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)
VAR_DIR = Path(env.str("VAR_DIR", "") or BASE_DIR / "var").resolve()


def stop(sentence: str) -> None:
    """End the start with one line that says what is wrong."""
    sys.exit(f"Configuration: {sentence}")


def switch(name: str, default: bool) -> bool:
    """Read a yes/no value: on, off, true, false, 1, 0, yes, no."""
    word = env.str(name, "on" if default else "off").strip().lower()
    if word not in {"on", "off", "true", "false", "1", "0", "yes", "no"}:
        stop(f"{name} must be on or off, not {word!r}.")
    return word in {"on", "true", "1", "yes"}


def url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    """Read an address; its scheme must be one of `schemes`. Empty stays empty."""
    value: str = env.str(name, default).strip()
    if value and value.split(":", 1)[0] not in schemes:
        stop(f"{name} must begin with {' or '.join(f'{scheme}:' for scheme in schemes)}.")
    return value


def choice(name: str, default: str, words: tuple[str, ...]) -> str:
    """Read one of these words."""
    word: str = env.str(name, default).strip().lower()
    if word not in words:
        stop(f"{name} must be {' or '.join(words)}, not {word!r}.")
    return word


def number(name: str, default: int, low: int, high: int) -> int:
    """Read a whole number between `low` and `high`."""
    try:
        value: int = env.int(name, default)
    except EnvError:
        stop(f"{name} must be a whole number.")
        raise
    if not low <= value <= high:
        stop(f"{name} must lie between {low} and {high}.")
    return value


def dollars(name: str, default: str) -> Decimal:
    """Read a sum of money in USD, 0 or more."""
    try:
        value = Decimal(env.str(name, default))
    except InvalidOperation:
        stop(f"{name} must be a sum in USD, such as 2.50.")
        raise
    if not value.is_finite() or value < 0:
        stop(f"{name} must be a sum in USD, such as 2.50.")
    return value


def names(name: str) -> list[str]:
    """Read names with commas between them."""
    return [word.strip() for word in env.str(name, "").split(",") if word.strip()]


def secret_key() -> str:
    """`SECRET_KEY`, else one kept in var/ so that sessions survive a restart."""
    given: str = env.str("SECRET_KEY", "")
    if given:
        if len(given) < 32:
            stop("SECRET_KEY must have at least 32 characters.")
        return given
    path = VAR_DIR / "secret_key"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text().strip()


def secrets_before() -> list[str]:
    """`SECRET_KEY_FALLBACKS`: earlier keys, which open what they sealed and signed until it is sealed again."""
    given: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
    if any(len(each) < 32 for each in given):
        stop("Each of SECRET_KEY_FALLBACKS must have at least 32 characters.")
    return given


def private_hosts(name: str = "MCP_PRIVATE_HOSTS") -> list[str]:
    """Names or addresses alone, without scheme and port."""
    given: list[str] = env.list(name, [])
    hosts = [host.strip().strip("[]") for host in given]
    for host in hosts:
        if not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", host):
            stop(f"{name} takes names or addresses without scheme and port, not {host!r}.")
    return hosts


class Program(BaseModel, extra="forbid"):
    """A command that is an MCP server, over stdin and stdout."""

    command: Annotated[str, Field(min_length=1)]
    args: list[str] = []
    env: dict[str, str] = {}


def stdio_servers() -> dict[str, dict[str, Any]]:
    """`MCP_STDIO_SERVERS`: programs by the names staff choose them by."""
    try:
        given = TypeAdapter(dict[str, Program]).validate_json(env.str("MCP_STDIO_SERVERS", "") or "{}")
    except ValidationError:
        stop('MCP_STDIO_SERVERS must be JSON such as {"files": {"command": "/usr/bin/files", "args": []}}.')
        raise
    return {name: program.model_dump() for name, program in given.items()}


class Server(BaseModel, extra="forbid"):
    """A server that speaks OpenAI's chat completions, and its key where it wants one."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    key: str = ""
    label: str = ""


def compatible_servers() -> dict[str, dict[str, Any]]:
    """`COMPATIBLE_SERVERS`: by short names, which stand before the ids of their models."""
    try:
        given = TypeAdapter(dict[str, Server]).validate_json(env.str("COMPATIBLE_SERVERS", "") or "{}")
    except ValidationError:
        stop('COMPATIBLE_SERVERS must be JSON such as {"ollama": {"url": "http://127.0.0.1:11434/v1"}}.')
        raise
    taken = {"anthropic", "openai", "gemini", "offline"}
    for name in given:
        if name in taken or not re.fullmatch(r"[a-z][a-z0-9-]{0,23}", name):
            stop(f"COMPATIBLE_SERVERS takes short names of small letters, digits and hyphens, not {name!r}.")
    return {name: server.model_dump() for name, server in given.items()}


def embedding_model(openai_key: str, servers: Mapping[str, Any]) -> str:
    """`EMBEDDING_MODEL`: "openai/MODEL", or "NAME/MODEL" of a compatible server; empty where passages are found by their
    words alone."""
    model: str = env.str("EMBEDDING_MODEL", "").strip()
    if not model:
        return ""
    name, _, rest = model.partition("/")
    if not rest or len(model) > 120:
        stop(f"EMBEDDING_MODEL must be PROVIDER/MODEL, such as openai/text-embedding-3-small, not {model!r}.")
    if name != "openai" and name not in servers:
        known = ", ".join(["openai", *servers])
        stop(f"EMBEDDING_MODEL names {name!r}, but only these make embeddings here: {known}.")
    if name == "openai" and not openai_key:
        stop(f"EMBEDDING_MODEL is {model}, which needs OPENAI_API_KEY.")
    missing = [library for library in ("numpy", "openai") if find_spec(library) is None]
    if missing:
        stop(
            f"EMBEDDING_MODEL needs {' and '.join(missing)}: python -m pip install -r requirements-providers.txt."
        )
    return model
