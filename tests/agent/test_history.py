from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.agent.history import CANCELLED, StoredMessage, turns, window, window_start
from sessions_app.providers.base import Raw, Text, ToolResult, ToolUse, Turn
from tests.agent.rules import broken_rules

HERE = {"provider": "anthropic", "model": "claude"}
RAW: dict[str, Any] = {
    "provider": "anthropic",
    "model": "claude",
    "block": {"type": "thinking", "signature": "s"},
}


def person(*texts: str) -> StoredMessage:
    return StoredMessage("user", [{"kind": "text", "turn": 1, "text": text} for text in texts])


def reply(*parts: dict[str, Any], results: dict[str, tuple[str, bool]] | None = None) -> StoredMessage:
    return StoredMessage("assistant", parts, results or {})


def text(words: str, turn: int = 1) -> dict[str, Any]:
    return {"kind": "text", "turn": turn, "text": words}


def tool_call(id: str, turn: int = 1) -> dict[str, Any]:
    return {"kind": "tool_call", "turn": turn, "tool_use_id": id, "name": "echo", "input": {"word": id}}


def thinking(turn: int = 1, **raw: Any) -> dict[str, Any]:
    return {"kind": "thinking", "turn": turn, "text": "hm", "raw": {**RAW, **raw}}


# ---------------------------------------------------------------- any history

ID = st.sampled_from("abcdefgh")
WORDS = st.sampled_from(["", " ", "Hello"])
NUMBER = st.integers(1, 3)
PART = st.one_of(
    st.builds(text, WORDS, NUMBER),
    st.builds(tool_call, ID, NUMBER),
    st.builds(lambda turn, model: thinking(turn, model=model), NUMBER, st.sampled_from(["claude", "other"])),
    st.builds(lambda turn: {"kind": "thinking", "turn": turn, "text": "hm"}, NUMBER),
    st.builds(lambda turn: {"kind": "card", "turn": turn}, NUMBER),
)
RESULTS = st.dictionaries(ID, st.tuples(st.sampled_from(["", "{}"]), st.booleans()))
MESSAGE = st.one_of(
    st.builds(person, WORDS),
    st.builds(
        lambda parts, results: reply(*sorted(parts, key=lambda part: part["turn"]), results=results),
        st.lists(PART, max_size=6),
        RESULTS,
    ),
)


@given(st.lists(MESSAGE, max_size=8))
def test_any_stored_history_becomes_turns_that_the_api_accepts(messages: list[StoredMessage]) -> None:
    assert broken_rules(turns(messages, **HERE), **HERE) == []


@given(st.lists(MESSAGE, max_size=8))
def test_what_a_person_wrote_is_all_there_and_in_order(messages: list[StoredMessage]) -> None:
    sent = [
        p.text
        for turn in turns(messages, **HERE)
        if turn.role == "user"
        for p in turn.parts
        if isinstance(p, Text)
    ]
    kept = [part["text"] for m in messages if m.role == "user" for part in m.parts if part["text"].strip()]
    assert sent == kept


@given(st.lists(MESSAGE, max_size=8))
def test_a_history_that_grows_by_a_question_keeps_its_beginning(messages: list[StoredMessage]) -> None:
    asked = [*messages, person("Next?")]
    before = [part for turn in turns(asked, **HERE) for part in turn.parts]
    after = [
        part for turn in turns([*asked, reply(text("Yes")), person("And?")], **HERE) for part in turn.parts
    ]
    assert after[: len(before)] == before


# ---------------------------------------------------------------- what it looks like


def test_a_reply_of_two_turns_is_unfolded_around_its_results() -> None:
    stored = reply(
        thinking(),
        text("Looking."),
        tool_call("a"),
        tool_call("b"),
        text("Done.", 2),
        results={"a": ("1", False), "b": ("2", True)},
    )
    assert turns([person("Q"), stored, person("Thanks")], **HERE) == (
        Turn("user", (Text("Q"),)),
        Turn(
            "assistant",
            (
                Raw("anthropic", "claude", RAW["block"]),
                Text("Looking."),
                ToolUse("a", "echo", {"word": "a"}),
                ToolUse("b", "echo", {"word": "b"}),
            ),
        ),
        Turn("user", (ToolResult("a", "1"), ToolResult("b", "2", is_error=True))),
        Turn("assistant", (Text("Done."),)),
        Turn("user", (Text("Thanks"),)),
    )


def test_a_call_without_a_result_gets_a_cancelled_one() -> None:
    made = turns([person("Q"), reply(tool_call("a")), person("Again")], **HERE)
    assert made[-1].parts == (ToolResult("a", CANCELLED, is_error=True), Text("Again"))


def test_a_key_that_a_server_used_again_keeps_its_calls_and_results_apart() -> None:
    """Some count from 0 in each answer."""
    first = reply(tool_call("call_0"), results={"call_0": ("1", False)})
    second = reply(tool_call("call_0"), results={"call_0": ("2", False)})
    made = turns([person("Q"), first, person("Again"), second, person("Thanks")], **HERE)
    results = [part for turn in made for part in turn.parts if isinstance(part, ToolResult)]
    assert [result.content for result in results] == ["1", "2"]
    assert len({result.tool_use_id for result in results}) == 2
    assert broken_rules(made, **HERE) == []


def test_thinking_goes_back_to_the_model_that_thought_it_and_to_no_other() -> None:
    stored = [person("Q"), reply(thinking(), tool_call("a")), person("Go on")]
    assert isinstance(turns(stored, **HERE)[1].parts[0], Raw)
    for other in ({"provider": "anthropic", "model": "newer"}, {"provider": "offline", "model": "claude"}):
        assert not any(isinstance(part, Raw) for turn in turns(stored, **other) for part in turn.parts)


def test_thinking_that_led_to_no_call_is_left_out() -> None:
    made = turns([person("Q"), reply(thinking(), text("A")), person("Next")], **HERE)
    assert made[1].parts == (Text("A"),)


def test_a_reply_that_failed_before_its_first_word_leaves_two_questions_in_one_turn() -> None:
    made = turns([person("One"), reply(), person("Two")], **HERE)
    assert made == (Turn("user", (Text("One"), Text("Two"))),)


def test_an_answer_at_the_end_is_left_to_whoever_asks_to_go_on() -> None:
    assert turns([person("Q"), reply(text("A"))], **HERE) == (Turn("user", (Text("Q"),)),)


# ---------------------------------------------------------------- the window


@given(st.integers(0, 400), st.integers(1, 30))
def test_the_window_holds_enough_and_its_start_moves_in_steps(total: int, held: int) -> None:
    start = window_start(total, held)
    assert start % held == 0
    assert min(total, held) <= total - start <= 2 * held
    assert window_start(total + 1, held) in {start, start + held}


@given(st.lists(st.sampled_from(["user", "assistant"]), max_size=60), st.integers(1, 12))
def test_the_window_begins_with_a_persons_message_and_keeps_the_last_ones(
    roles: list[Any], held: int
) -> None:
    messages = [StoredMessage(role, [text(str(number))]) for number, role in enumerate(["user", *roles])]
    shown = window(messages, held)
    assert shown[0].role == "user"
    assert list(shown) == messages[len(messages) - len(shown) :]
    assert len(shown) >= min(held, len(messages))


def test_the_window_stays_put_for_ten_messages_and_then_drops_ten() -> None:
    assert [window_start(total) for total in (10, 20, 21, 30, 31)] == [0, 0, 10, 10, 20]
