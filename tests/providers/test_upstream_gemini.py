"""The local server refuses what Google refuses: what the other tests rest on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.upstream.gemini import GEMINI_KEY
from tests.upstream.gemini_rules import STAND_IN, refusal, sign

MODEL = "gemini-3.8-flash"
CALL: dict[str, Any] = {"id": "a", "name": "clock", "args": {}}
ANSWER: dict[str, Any] = {"id": "a", "name": "clock", "response": {"output": "noon"}}
ASKED = {"role": "user", "parts": [{"text": "When?"}]}


def called(signature: str | None = STAND_IN, **changes: Any) -> dict[str, Any]:
    part = {"functionCall": CALL | changes} | ({"thoughtSignature": signature} if signature else {})
    return {"role": "model", "parts": [part]}


def answered(**changes: Any) -> dict[str, Any]:
    return {"role": "user", "parts": [{"functionResponse": ANSWER | changes}]}


def said(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def body(*contents: dict[str, Any], model: str = MODEL, **fields: Any) -> dict[str, Any]:
    return {"model": model, "contents": list(contents), **fields}


def refused(given: dict[str, Any], key: str = GEMINI_KEY) -> Any:
    return refusal(given, {"x-goog-api-key": key}, GEMINI_KEY)


@pytest.mark.parametrize(
    "given",
    [
        body(ASKED, called(), answered()),
        body(ASKED, called(sign(MODEL, "clock", {})), answered()),
        body(ASKED, called(None), answered(), {"role": "model", "parts": [{"text": "Noon."}]}, ASKED),
        body(ASKED, called(None), answered(), model="gemini-2.5-flash-lite"),
        body(said({"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0xLjc="}})),
    ],
    ids=["stand-in", "signed", "a turn that is over", "an older model", "a PDF"],
)
def test_what_google_takes_is_taken(given: dict[str, Any]) -> None:
    assert refused(given) is None


FUNCTION = {"name": "clock", "description": "", "parametersJsonSchema": {"type": "object"}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (body(ASKED, called(None), answered()), "missing a thought_signature"),
        (body(ASKED, called(sign("gemini-4-argon", "clock", {})), answered()), "signature is not valid"),
        (body(ASKED, called()), "alternate"),
        (body(ASKED, called(), said({"text": "Well?"})), "number of function response parts"),
        (body(ASKED, called(), answered(id="b")), "does not match its call"),
        (body(ASKED, called(), answered(name="calendar")), "does not match its call"),
        (body(ASKED, called(), answered(response="noon")), "Struct"),
        (body(ASKED, called(name="odd name!"), answered(name="odd name!")), "Invalid function call"),
        (body(ASKED, ASKED), "alternate"),
        (body(said({"text": " "})), "must not be empty"),
        (body(said({"inlineData": {"mimeType": "image/gif", "data": "R0lGODlh"}})), "Unsupported MIME type"),
        (body(said({"inlineData": {"mimeType": "image/png", "data": "R0lGODlh"}})), "Unable to process"),
        (body(ASKED, store=False), 'Unknown name "store"'),
        (body(ASKED, generationConfig={"thinkingConfig": {"thinkingLevel": "MINIMAL"}}), "not supported"),
        (body(ASKED, generationConfig={"maxOutputTokens": 99_999}), "maxOutputTokens"),
        (body(ASKED, tools=[{"functionDeclarations": [FUNCTION, FUNCTION]}]), "Duplicate"),
        (body(ASKED, tools=[{"functionDeclarations": [FUNCTION | {"parameters": {}}]}]), "JSON schema"),
    ],
)  # fmt: skip
def test_what_google_refuses_is_refused(given: dict[str, Any], words: str) -> None:
    found = refused(given)
    assert found.status == 400
    assert words in found.message


def test_a_wrong_key_and_an_unknown_model_are_refused() -> None:
    assert refused(body(ASKED), key="AIza-other").kind == "API_KEY_INVALID"
    assert refused(body(ASKED, model="gemini-0")).status == 404
