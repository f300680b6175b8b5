"""One conversation that went through four providers: whatever each of them left in it, every API takes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_app.agent.history import StoredMessage, turns
from sessions_app.providers import anthropic_request, compatible_request, gemini_request, openai_request
from sessions_app.providers.base import Document, File, FileText, Picture, Request, ToolSpec
from sessions_app.providers.text import valid_value
from tests.providers.suite import PDF, PNG
from tests.upstream import DEFAULT_KEY, compatible, gemini_rules, openai, openai_rules, rules
from tests.upstream.gemini import GEMINI_KEY
from tests.upstream.steps import Refuse

CLAUDE, GPT, GEMINI, LOCAL = "claude-sonnet-5-5", "gpt-6.1-sol", "gemini-3.8-flash", "local/llama3.2"
PROVIDERS = {CLAUDE: "anthropic", GPT: "openai", GEMINI: "gemini", LOCAL: "local"}
LOOK_UP = ToolSpec("look_up", "Looks it up.", {"type": "object", "properties": {"q": {"type": "string"}}})


@dataclass(frozen=True, slots=True)
class House:
    """One API: the body that its builder makes, and what its local server refuses."""

    body: Callable[[Request], dict[str, Any]]
    refusal: Callable[[dict[str, Any]], Refuse | None]


def claude_body(request: Request) -> dict[str, Any]:
    arguments = anthropic_request.build(request)
    more: dict[str, Any] = arguments.pop("extra_body", {})
    arguments.pop("extra_headers", None)
    return arguments | more


HOUSES = {
    CLAUDE: House(
        claude_body,
        lambda body: rules.refusal(body, {"x-api-key": DEFAULT_KEY, "anthropic-version": "2023-06-01"}, DEFAULT_KEY),
    ),
    GPT: House(
        openai_request.build,
        lambda body: openai_rules.refusal(body, {"authorization": f"Bearer {openai.KEY}"}, openai.KEY),
    ),
    GEMINI: House(
        lambda request: gemini_request.build(request) | {"model": request.model},
        lambda body: gemini_rules.refusal(body, {"x-goog-api-key": GEMINI_KEY}, GEMINI_KEY),
    ),
    LOCAL: House(
        lambda request: compatible_request.build(request, request.model.removeprefix("local/")),
        lambda body: compatible.refusal(body, {"authorization": f"Bearer {compatible.KEY}"}, compatible.KEY),
    ),
}  # fmt: skip

# ---------------------------------------------------------------- what each leaves behind


def sealed(model: str, call: str, name: str, value: Mapping[str, Any]) -> dict[str, Any] | None:
    """The block of thinking that this model gives with a call, good for its own server."""
    blocks: dict[str, dict[str, Any]] = {
        CLAUDE: {"type": "redacted_thinking", "data": "sealed-1=="},
        GPT: {
            "type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": openai_rules.seal(GPT, "hm"),
        },
        GEMINI: {"call": call, "thoughtSignature": gemini_rules.sign(GEMINI, name, valid_value(dict(value)))},
    }  # fmt: skip
    return blocks.get(model)


MODEL = st.sampled_from(list(HOUSES))
WORDS = st.sampled_from(["", " ", "Hello", "a\ud83d", "ä“\n"])
NAME = st.sampled_from(
    ["look_up", "mcp_files_read", "default_api:look-up", "functions.look up!", "", "9 lives", "n" * 80]
)
ID = st.sampled_from(["toolu_01A", "call_0", "functions.look_up:0", "fc-7", "9" * 90, "é"])
VALUES: list[dict[str, Any]] = [{}, {"q": "x"}, {"q": {"deep": [1, None]}, "b": 2.5}, {"\ud83d": "\udc00"}]
VALUE = st.sampled_from(VALUES)
RESULT = st.tuples(st.sampled_from(["", " ", '{"found": 3}', "\ud83d"]), st.booleans())


@st.composite
def replies(draw: st.DrawFn) -> StoredMessage:
    """A reply of one to three turns, some thinking, words and calls in each; a call may have lost its result."""
    model = draw(MODEL)
    parts: list[dict[str, Any]] = []
    results: dict[str, tuple[str, bool]] = {}
    for turn in range(1, draw(st.integers(1, 3)) + 1):
        for key in draw(st.lists(ID, max_size=3, unique=True)):
            name, value = draw(NAME), draw(VALUE)
            block = sealed(model, key, name, value) if draw(st.booleans()) else None
            if block is not None:
                raw = {"provider": PROVIDERS[model], "model": model, "block": block}
                parts.append({"kind": "thinking", "turn": turn, "text": "hm", "raw": raw})
            parts.append({"kind": "text", "turn": turn, "text": draw(WORDS)})
            parts.append(
                {"kind": "tool_call", "turn": turn, "tool_use_id": key, "name": name, "input": value}
            )
            if draw(st.booleans()):
                results[key] = draw(RESULT)
        parts.append({"kind": "text", "turn": turn, "text": draw(WORDS)})
    return StoredMessage("assistant", parts, results)


def files(model: str) -> dict[str, File]:
    """As `attached` gives them to this model."""
    if model == LOCAL:
        return {
            "p": FileText("cat.png", "(Not shown: this model does not take pictures.)"),
            "g": FileText("dance.gif", "(Not shown: this model does not take pictures.)"),
            "d": FileText("paper.pdf", "Its words."),
        }
    return {
        "p": Picture("cat.png", "image/png", lambda: PNG),
        "g": Picture("dance.gif", "image/gif", lambda: b"GIF89a"),
        "d": Document("paper.pdf", lambda: PDF),
    }


@st.composite
def questions(draw: st.DrawFn) -> StoredMessage:
    parts: list[dict[str, Any]] = [
        {"kind": "attachment", "turn": 0, "id": key, "name": key}
        for key in draw(st.lists(st.sampled_from("pgdx"), max_size=2))
    ]
    if draw(st.booleans()):
        parts.append(
            {"kind": "card", "turn": 0, "card": "activity", "source": "app", "title": "Disk", "text": "Full"}
        )
    return StoredMessage("user", [*parts, {"kind": "text", "turn": 1, "text": draw(WORDS)}])


HISTORY = st.lists(st.one_of(questions(), replies()), max_size=6)


def request(messages: list[StoredMessage], model: str, *tools: ToolSpec) -> Request:
    shown = [StoredMessage(m.role, m.parts, m.results, files(model)) for m in messages]
    return Request(
        model, turns(shown, provider=PROVIDERS[model], model=model), system="Be kind.", tools=tools
    )


@pytest.mark.parametrize("model", list(HOUSES))
@given(messages=HISTORY, last=replies(), tools=st.sampled_from([(), (LOOK_UP,)]))
@settings(max_examples=60, deadline=None)
def test_every_api_takes_what_all_of_them_left(
    model: str, messages: list[StoredMessage], last: StoredMessage, tools: tuple[ToolSpec, ...]
) -> None:
    """A new question at the end, and a reply that goes on after its tools."""
    first = StoredMessage("user", [{"kind": "text", "turn": 1, "text": "Begin"}])
    for history in ([first, *messages, first], [first, *messages, first, last]):
        body = HOUSES[model].body(request(history, model, *tools))
        json.dumps(body).encode()
        assert HOUSES[model].refusal(body) is None


@pytest.mark.parametrize("model", list(HOUSES))
@given(messages=HISTORY)
@settings(max_examples=30, deadline=None)
def test_what_was_sent_before_is_the_beginning_of_what_is_sent_next(
    model: str, messages: list[StoredMessage]
) -> None:
    """The cached prefix stays: keys, names and signatures of earlier calls do not change from call to call."""
    first = StoredMessage("user", [{"kind": "text", "turn": 1, "text": "Begin"}])
    answer = StoredMessage("assistant", [{"kind": "text", "turn": 1, "text": "Yes"}])
    asked = [first, *messages, first]
    bodies = [HOUSES[model].body(request(each, model)) for each in (asked, [*asked, answer, first])]
    before, after = (json.dumps(_unmarked(_said(body))) for body in bodies)
    assert after.startswith(before[:-1])


def _said(body: dict[str, Any]) -> Any:
    return body.get("messages") or body.get("contents") or body.get("input")


def _unmarked(value: Any) -> Any:
    """Without cache marks, which move on."""
    if isinstance(value, list):
        return [_unmarked(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _unmarked(entry) for key, entry in value.items() if key != "cache_control"}
    return value


@pytest.mark.parametrize(("text", "told"), [("Its words.", "Its words."), ("", "without text")])
def test_a_pdf_goes_as_its_words_to_who_takes_no_pdfs(text: str, told: str) -> None:
    file = Document("paper.pdf", lambda: PDF, text=text)
    asked = StoredMessage(
        "user", [{"kind": "attachment", "turn": 0, "id": "d", "name": "d"}], files={"d": file}
    )
    body = HOUSES[LOCAL].body(Request(LOCAL, turns([asked], provider="local", model=LOCAL)))
    assert told in json.dumps(body)
    assert HOUSES[LOCAL].refusal(body) is None
