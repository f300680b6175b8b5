"""Settings of a session: what is taken, what is refused and how, and what a request makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from sessions_app.actions.errors import UnknownModel
from sessions_app.actions.messages import thinks
from sessions_app.actions.sessions import change_settings, create_session, set_model
from sessions_app.actions.settings import (
    RANGES,
    BadSetting,
    always_thinks,
    checked_settings,
    dropped_words,
    fitting,
    refuse_clash,
)
from sessions_app.agent.whole import DEFAULT_MAX_TOKENS
from sessions_app.models import ChatSession, User
from sessions_app.providers import catalog
from sessions_app.providers.anthropic_request import build
from sessions_app.providers.base import ModelInfo, Request, Text, Turn

OLDER, BETWEEN, NEWER, ALWAYS = "claude-haiku-4-5", "claude-opus-4-6", "claude-opus-4-8", "claude-opus-5-5"


@pytest.fixture(autouse=True)
def with_a_key(settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"


def version_of(chat: ChatSession) -> int:
    chat.refresh_from_db()
    return chat.version


# ---------------------------------------------------------------- changing


def test_settings_are_merged_and_none_takes_one_out(make_chat: Any) -> None:
    chat = make_chat(model=BETWEEN, provider="anthropic", settings={"max_tokens": 100, "max_turns": 3})
    change_settings(chat=chat, values={"context_window": 20, "max_turns": None, "auto_context": True})
    chat.refresh_from_db()
    assert chat.settings == {"max_tokens": 100, "context_window": 20, "auto_context": True}
    assert chat.version == 1


def test_one_bad_value_refuses_all_each_by_its_name(make_chat: Any) -> None:
    chat = make_chat(model=NEWER, provider="anthropic", settings={"max_turns": 3})
    values = {"max_turns": 5, "max_tokens": 128_001, "temperature": 0.5, "tools": ["no_such_tool"]}
    with pytest.raises(BadSetting) as refused:
        change_settings(chat=chat, values=values)
    assert set(refused.value.problems) == {"max_tokens", "temperature", "tools"}
    assert refused.value.sentences["max_tokens"] == "Maximum tokens must be a whole number from 1 to 128,000."
    assert refused.value.sentences["temperature"] == "Temperature is not taken by Claude Opus 4.8."
    assert version_of(chat) == 0
    assert chat.settings == {"max_turns": 3}


def test_what_is_as_it_was_raises_no_version(make_chat: Any) -> None:
    chat = make_chat(model=NEWER, provider="anthropic", settings={"max_turns": 3})
    change_settings(chat=chat, values={"max_turns": 3, "context_window": None}, model=NEWER)
    assert version_of(chat) == 0


def test_another_model_drops_what_it_does_not_take_and_says_so(make_chat: Any) -> None:
    kept = {"max_turns": 4, "system_prompt": "Be brief."}
    chat = make_chat(
        model=OLDER, provider="anthropic", settings={"temperature": 0.3, "thinking": False, **kept}
    )
    dropped = set_model(chat=chat, model=ALWAYS)
    chat.refresh_from_db()
    assert (chat.model, chat.settings, set(dropped)) == (ALWAYS, kept, {"temperature", "thinking"})
    said = dropped_words(("temperature",), catalog.model(ALWAYS))
    assert said == "Temperature was taken out: Claude Opus 5.5 does not take it."
    assert dropped_words((), catalog.model(ALWAYS)) == ""


def test_a_limit_above_that_of_the_new_model_is_dropped(make_chat: Any) -> None:
    chat = make_chat(model=NEWER, provider="anthropic", settings={"max_tokens": 100_000})
    assert set_model(chat=chat, model=OLDER) == ("max_tokens",)
    chat.refresh_from_db()
    assert chat.settings == {}


def test_values_are_checked_against_the_model_that_comes_with_them(make_chat: Any) -> None:
    chat = make_chat(model=NEWER, provider="anthropic")
    change_settings(chat=chat, values={"temperature": 0.4}, model=BETWEEN)
    chat.refresh_from_db()
    assert (chat.model, chat.settings) == (BETWEEN, {"temperature": 0.4})
    with pytest.raises(UnknownModel):
        change_settings(chat=chat, values={"max_turns": 2}, model="no-such-model")
    chat.refresh_from_db()
    assert chat.settings == {"temperature": 0.4}


@pytest.mark.parametrize(
    ("standing", "changed"),
    [({"thinking": True}, {"temperature": 0.5}), ({"temperature": 0.5}, {"thinking": True})],
)
def test_a_model_that_thinks_takes_no_temperature(
    make_chat: Any, standing: dict[str, Any], changed: dict[str, Any]
) -> None:
    chat = make_chat(model=BETWEEN, provider="anthropic", settings=standing)
    with pytest.raises(BadSetting) as refused:
        change_settings(chat=chat, values=changed)
    assert set(refused.value.problems) == set(changed)
    change_settings(chat=chat, values={**dict.fromkeys(standing), **changed})
    chat.refresh_from_db()
    assert chat.settings == changed


def test_a_model_that_always_thinks_cannot_be_told_not_to(make_chat: Any) -> None:
    chat = make_chat(model=ALWAYS, provider="anthropic")
    with pytest.raises(BadSetting, match="always thinks first"):
        change_settings(chat=chat, values={"thinking": False})


def test_tools_that_are_gone_do_not_stand_in_the_way_of_other_settings(make_chat: Any) -> None:
    chat = make_chat(
        model=NEWER, provider="anthropic", settings={"tools": ["analyze_costs", "removed_since"]}
    )
    change_settings(chat=chat, values={"max_turns": 2})
    set_model(chat=chat, model=ALWAYS)
    chat.refresh_from_db()
    assert chat.settings == {"tools": ["analyze_costs"], "max_turns": 2}


def test_a_new_session_keeps_what_programs_set_as_long_as_it_is_in_range(alice: User) -> None:
    chat = create_session(owner=alice, model=NEWER, settings={"temperature": 0.5, "auto_context": True})
    assert chat.settings == {"temperature": 0.5, "auto_context": True}


# ---------------------------------------------------------------- any settings, any model

ANTHROPIC = [info for info in catalog.models() if info.provider == "anthropic"]
values = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.none() | st.floats(-1, 2) | st.integers(0, 1) | st.booleans() | st.text(),
        "max_tokens": st.none() | st.integers(-1, 200_000) | st.floats() | st.text(),
        "context_window": st.none() | st.integers(0, 2000),
        "max_turns": st.none() | st.integers(0, 60) | st.booleans(),
        "thinking": st.none() | st.booleans() | st.text(max_size=3),
        "auto_context": st.none() | st.booleans() | st.integers(),
        "system_prompt": st.none() | st.text(max_size=50) | st.integers(),
        "unknown": st.integers(),
    },
)


@given(info=st.sampled_from(ANTHROPIC), wanted=values)
@profile(max_examples=400, deadline=None)
def test_whatever_is_accepted_makes_a_request_its_model_takes(
    info: ModelInfo, wanted: dict[str, Any]
) -> None:
    stated = {name: value for name, value in wanted.items() if value is not None}
    problems: set[str] = set()
    try:
        settings = checked_settings(stated, info)
        refuse_clash(settings, info, settings)
    except BadSetting as bad:
        problems = set(bad.problems)
        settings, dropped = fitting(stated, info)
    if problems:
        assert problems & set(dropped) or dropped == ("temperature",)
        assert set(settings) | set(dropped) == set(stated)
    check_request(info, settings)


def check_request(info: ModelInfo, settings: dict[str, Any]) -> None:
    chat = ChatSession(settings=settings)
    limit = settings.get("max_tokens", min(DEFAULT_MAX_TOKENS, info.max_output))
    temperature = settings.get("temperature") if info.sampling else None
    request = Request(
        info.id, (Turn("user", (Text("Hello"),)),), settings.get("system_prompt", ""),
        max_tokens=min(limit, info.max_output), temperature=temperature, thinking=thinks(chat, info),
    )  # fmt: skip
    made = build(request)
    thinking = made.get("thinking", {"type": "disabled"})
    assert 1 <= made["max_tokens"] <= info.max_output
    if "extra_body" in made:
        assert info.sampling
        assert thinking["type"] == "disabled"
        assert 0 <= made["extra_body"]["temperature"] <= 1
    else:
        assert "temperature" not in settings  # what was accepted is sent
    if thinking["type"] == "enabled":
        assert info.thinking == "enabled"
        assert 1024 <= thinking["budget_tokens"] < made["max_tokens"]
    if settings.get("thinking") is False:
        assert not always_thinks(info)
    assert all(low <= settings.get(name, low) <= high for name, (low, high) in RANGES.items())
