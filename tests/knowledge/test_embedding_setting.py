"""EMBEDDING_MODEL is checked before anything else starts."""

from __future__ import annotations

import pytest

from chatproject import environment
from chatproject.environment import embedding_model

SERVERS = {"den": {"url": "http://127.0.0.1:1/v1"}}


@pytest.mark.parametrize(
    "value", ["", "  ", "openai/text-embedding-3-small", "den/nomic-embed-text", "den/a/b"]
)
def test_a_model_of_a_provider_here_is_taken(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL", value)
    assert embedding_model("sk-key", SERVERS) == value.strip()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("text-embedding-3-small", "must be PROVIDER/MODEL, such as openai/text-embedding-3-small"),
        ("openai/", "must be PROVIDER/MODEL"),
        ("anthropic/claude", "only these make embeddings here: openai, den."),
        ("openai/text-embedding-3-small", "needs OPENAI_API_KEY"),
        (f"den/{'x' * 120}", "must be PROVIDER/MODEL"),
    ],
)
def test_another_value_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL", value)
    with pytest.raises(SystemExit, match="Configuration: EMBEDDING_MODEL") as stopped:
        embedding_model("", SERVERS)
    assert words in str(stopped.value)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL", "den/tiny")
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs numpy and openai: .*requirements-providers\.txt"):
        embedding_model("", SERVERS)
