"""Repair guides without a model: asked for in plain words, told with links to where they are from."""

from __future__ import annotations

import json

import pytest

from sessions_app.providers.offline.repairs import FIND, READ, repair_call
from sessions_app.providers.offline.telling import Answered, tell
from tests.rendering import results

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    ("question", "name", "given"),
    [
        ("Is there a repair guide for my iPhone 12 battery?", FIND, {"query": "iPhone 12 battery"}),
        ("repair guides for replacing the screen of a Pixel 6", FIND, {"query": "screen of a Pixel 6"}),
        ("Ask iFixit about the Switch joystick.", FIND, {"query": "Switch joystick"}),
        ("Read repair guide 137120", READ, {"guide_id": 137120}),
    ],
)
def test_a_guide_is_looked_for_where_the_words_say_so(
    question: str, name: str, given: dict[str, object]
) -> None:
    call = repair_call(question, {FIND, READ})
    assert call is not None
    assert (call.name, call.input) == (name, given)
    assert repair_call(question, set()) is None


@pytest.mark.parametrize(
    "question", ["How do I fix my code?", "What did the repair cost?", "repair guide", ""]
)
def test_other_questions_are_none_for_a_guide(question: str) -> None:
    assert repair_call(question, {FIND, READ}) is None


def test_guides_and_steps_are_told_with_their_source() -> None:
    def told(name: str) -> str:
        return tell([Answered(name, {}, json.dumps(results.RESULTS[name]), False)], "")

    assert (
        "[Phone 12 Battery Replacement](https://www.ifixit.com/Guide/x/3) (Phone 12, Moderate, guide 3)"
        in told(FIND)
    )
    steps = told(READ)
    assert "1. Heat the lower edge for two minutes. Do not bend the battery." in steps
    assert "CC BY-NC-SA" in steps
    assert (
        tell([Answered(FIND, {}, '{"guides": [{"address": "javascript:x", "title": 7}]}', False)], "").count(
            "]("
        )
        == 0
    )
