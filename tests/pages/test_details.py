"""The details beside a session: facts, gauge, settings, tags, branches; by htmx and without."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.actions.branching import merge_session
from sessions_app.actions.versions import clear_context
from sessions_app.agent.forecast import USUAL_OUTPUT, forecast
from sessions_app.models import (
    Attachment,
    ChatSession,
    Message,
    ModelPrice,
    SessionMember,
    SessionTag,
    TokenUsage,
    ToolCall,
    User,
)
from sessions_app.rendering.sides import lasted, settings_stamp, side_fragments
from tests.actions.steps import end, send

HTMX = {"HX-Request": "true"}
NEWER, BETWEEN = "claude-opus-4-8", "claude-opus-4-6"


@pytest.fixture
def key(settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"


@pytest.fixture
def claude(key: None, make_chat: Any) -> ChatSession:
    made: ChatSession = make_chat(model=NEWER, provider="anthropic")
    return made


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def told(chat: ChatSession, question: str = "Question", text: str = "An answer") -> Message:
    reply = send(chat, question).reply
    end(reply, text=text)
    assert reply is not None
    return reply.message


def called(answer: Message, **counts: Any) -> TokenUsage:
    now = timezone.now()
    values = {"ok": True, "at": now, "settled_at": now, "provider": "anthropic", "model": NEWER, **counts}
    return TokenUsage.objects.create(
        user=answer.session.owner,
        session=answer.session,
        session_key=answer.session_id,
        message=answer,
        **values,
    )


def saved(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer["HX-Trigger"])
    return found


# ---------------------------------------------------------------- facts


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=30), "under a minute"),
        (timedelta(minutes=12, seconds=5), "12\u00a0min"),
        (timedelta(hours=3, minutes=5), "3\u00a0h 5\u00a0min"),
        (timedelta(days=1, hours=2), "1\u00a0day"),
        (timedelta(days=40), "40\u00a0days"),
    ],
)
def test_how_long_a_session_lasted_is_told_in_words(chat: ChatSession, span: timedelta, words: str) -> None:
    chat.message_count = 2
    chat.last_activity_at = chat.created_at + span
    assert lasted(chat) == words


def test_models_and_tools_are_counted_when_somebody_looks(as_alice: Client, chat: ChatSession) -> None:
    answer = told(chat)
    for n in range(3):
        ToolCall.objects.create(
            message=answer, turn=1, tool_use_id=str(n), tool_name="analyze_costs", status="success", input={}
        )
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert "Models used" not in page
    about = text_of(as_alice.get(f"/sessions/{chat.pk}/about/"))
    assert "Offline assistant" in about
    assert "1 answer" in about
    assert "3×" in about
    assert 'id="branches" hx-swap-oob="true"' in " ".join(about.split()) or "hx-swap-oob" in about


# ---------------------------------------------------------------- what the next message brings


def test_the_history_is_what_the_last_call_really_took(claude: ChatSession) -> None:
    answer = told(claude, text="x" * 400)
    empty = forecast(claude, claude.owner)
    called(answer, input=5000, output=120)
    found = forecast(claude, claude.owner)
    assert found.instructions == empty.instructions > 500
    assert found.instructions + found.history == 5000 + 100
    assert found.window == 1_000_000


def test_without_counts_the_history_is_estimated_by_its_bytes(claude: ChatSession) -> None:
    answer = told(claude, "q" * 400, "ä" * 400)
    ToolCall.objects.create(
        message=answer, turn=1, tool_use_id="1", tool_name="t", status="success", input={}, result="r" * 398
    )
    assert forecast(claude, claude.owner).history == (400 + 800 + 2 + 400) // 4 + 1


def test_only_the_window_counts_and_nothing_above_the_line_of_clear(claude: ChatSession) -> None:
    for _ in range(11):
        told(claude, "q" * 400, "a" * 400)
    claude.refresh_from_db()
    assert forecast(claude, claude.owner).history == 2200
    claude.settings = {"context_window": 10}
    found = forecast(claude, claude.owner)
    assert (found.history, found.left_out) == (1200, 10)  # 12 messages: the start moves in steps of 10
    assert clear_context(chat=claude)
    claude.refresh_from_db()
    assert forecast(claude, claude.owner).history == 0


def test_files_of_the_window_and_of_the_draft_are_counted_and_priced_apart(claude: ChatSession) -> None:
    answer = told(claude)
    values = {
        "owner": claude.owner,
        "session": claude,
        "name": "a.csv",
        "kind": "text",
        "media_type": "text/csv",
        "size": 1,
    }
    Attachment.objects.create(message=answer.parent, tokens=700, digest="a", stored="a", **values)
    Attachment.objects.create(tokens=17_200, digest="b", stored="b", **values)
    found = forecast(claude, claude.owner)
    assert (found.files, found.unsent) == (17_900, 1)
    assert found.cost is not None
    assert found.without_files is not None
    assert found.cost - found.without_files == Decimal("17900") * found.per_token


def test_what_the_provider_still_holds_is_priced_as_read_from_its_cache(claude: ChatSession) -> None:
    answer = told(claude)
    call = called(answer, input=100, cache_read=8000, output=50)
    fresh = forecast(claude, claude.owner)
    TokenUsage.objects.filter(pk=call.pk).update(settled_at=timezone.now() - timedelta(minutes=6))
    stale = forecast(claude, claude.owner)
    assert fresh.tokens == stale.tokens
    assert fresh.cost is not None
    assert stale.cost is not None
    assert fresh.cost < stale.cost


def test_the_answer_is_assumed_to_be_like_the_last_ones(claude: ChatSession) -> None:
    ModelPrice.objects.create(
        provider="anthropic", model=NEWER, input=0, cache_read=0, cache_write_5m=0, cache_write_1h=0,
        output=1_000_000, valid_from=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    assert forecast(claude, claude.owner).cost == USUAL_OUTPUT
    first, second = told(claude), told(claude)
    called(first, output=100, turn=1)
    called(first, output=100, turn=2)
    called(second, output=400)
    assert forecast(claude, claude.owner).cost == 300


def test_the_gauge_says_what_the_next_message_costs(as_alice: Client, claude: ChatSession) -> None:
    called(told(claude), input=40_000, output=800)
    shown = text_of(as_alice.get(f"/sessions/{claude.pk}/context/"))
    assert "of 100,000 tokens" in shown
    assert "The model itself takes 1,000,000." in shown
    assert "This message will cost" in shown
    assert "about\u00a0$0." in shown
    assert " style=" not in shown


def test_a_free_model_and_one_without_a_price_are_told_in_words(
    as_alice: Client, chat: ChatSession, make_chat: Any, settings: Any
) -> None:
    assert "costs nothing" in text_of(as_alice.get(f"/sessions/{chat.pk}/context/"))
    settings.ANTHROPIC_API_KEY, settings.DEFAULT_MODEL = "sk-ant-test", "claude-unheard-of-9"
    other = make_chat(model="claude-unheard-of-9", provider="anthropic")
    assert "is not known" in text_of(as_alice.get(f"/sessions/{other.pk}/context/"))


def test_the_gauge_reads_no_texts_and_asks_little(as_alice: Client, claude: ChatSession) -> None:
    for _ in range(12):
        called(told(claude), input=40_000, output=800)
    as_alice.get(f"/sessions/{claude.pk}/context/")
    with CaptureQueriesContext(connection) as taken:
        as_alice.get(f"/sessions/{claude.pk}/context/")
    assert len(taken) <= 20
    assert not [query for query in taken.captured_queries if 'message"."parts"' in query["sql"]]


# ---------------------------------------------------------------- settings


def test_a_setting_is_saved_by_itself_and_says_which_ones_hold_now(
    as_alice: Client, claude: ChatSession
) -> None:
    where = f"/sessions/{claude.pk}/settings/"
    answer = as_alice.post(where, {"max_tokens": "4,096"}, headers=HTMX)
    claude.refresh_from_db()
    assert answer.status_code == 204
    assert claude.settings == {"max_tokens": 4096}
    assert saved(answer) == {"settings-saved": {"stamp": settings_stamp(claude)}}
    as_alice.post(where, {"max_tokens": " "}, headers=HTMX)
    claude.refresh_from_db()
    assert claude.settings == {}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"max_tokens": "many"}, "Maximum tokens must be a whole number from 1 to 128,000."),
        ({"max_tokens": "999999"}, "Maximum tokens must be"),
        ({"context_window": "9"}, "History window must be a whole number from 10 to 1,000."),
        ({"max_turns": "1.5"}, "Maximum turns must be"),
        ({"temperature": "0.5"}, "Temperature is not taken by Claude Opus 4.8."),
        ({"thinking": "perhaps"}, "Thinking must be true or false."),
        ({"shown_tools": "1", "tools": "no_such_tool"}, "does not offer: no_such_tool"),
        ({"system_prompt": "x" * 20_001}, "Instructions must be a text of at most 20,000 characters."),
        ({"model": "no-such-model"}, "does not offer that model"),
    ],
)
def test_a_bad_value_is_told_beside_its_field_and_nothing_is_changed(
    as_alice: Client, claude: ChatSession, fields: dict[str, str], says: str
) -> None:
    where = f"/sessions/{claude.pk}/settings/"
    answer = as_alice.post(where, fields, headers=HTMX)
    assert (answer.status_code, says in text_of(answer)) == (422, True)
    assert "<html" not in text_of(answer)
    page = as_alice.post(where, {"max_turns": "5", **fields})
    assert (page.status_code, says in text_of(page)) == (422, True)
    for name, typed in fields.items():
        if name in ("max_tokens", "context_window", "max_turns"):
            assert f'name="{name}" value="{typed}"' in text_of(page)
    claude.refresh_from_db()
    assert (claude.settings, claude.version) == ({}, 0)


def test_without_scripts_the_whole_form_is_saved_at_once(as_alice: Client, claude: ChatSession) -> None:
    fields = {
        "model": BETWEEN,
        "temperature": "0,4",
        "max_tokens": "2000",
        "context_window": "",
        "max_turns": "3",
        "shown_auto_context": "1",
        "auto_context": "on",
        "shown_thinking": "1",
        "thinking": "on",
        "shown_tools": "1",
        "tools": ["analyze_costs", "check_system_health"],
        "system_prompt": "Be brief.\r\nVery.",
    }
    answer = as_alice.post(f"/sessions/{claude.pk}/settings/", fields)
    assert answer.status_code == 302
    claude.refresh_from_db()
    assert claude.model == BETWEEN
    assert claude.settings == {
        "temperature": 0.4,
        "max_tokens": 2000,
        "max_turns": 3,
        "auto_context": True,
        "tools": ["analyze_costs", "check_system_health"],
        "system_prompt": "Be brief.\nVery.",
    }


def test_all_tools_are_no_choice_and_no_tool_is_one(as_alice: Client, claude: ChatSession) -> None:
    where = f"/sessions/{claude.pk}/settings/"
    as_alice.post(where, {"shown_tools": "1"}, headers=HTMX)
    claude.refresh_from_db()
    assert claude.settings == {"tools": []}
    from sessions_app.agent.context import offered_tools

    as_alice.post(where, {"shown_tools": "1", "tools": list(offered_tools().tools)}, headers=HTMX)
    claude.refresh_from_db()
    assert claude.settings == {}


def test_another_model_tells_what_it_does_not_take(as_alice: Client, claude: ChatSession) -> None:
    where = f"/sessions/{claude.pk}/settings/"
    as_alice.post(where, {"model": BETWEEN}, headers=HTMX)
    as_alice.post(where, {"temperature": "0.7"}, headers=HTMX)
    assert 'name="temperature" value="0.7"' in text_of(as_alice.get(where))
    answer = as_alice.post(where, {"model": NEWER}, headers=HTMX)
    said = "Temperature was taken out: Claude Opus 4.8 does not take it."
    assert saved(answer)["show-toast"] == {"text": said}
    form = text_of(as_alice.get(where))
    assert "Temperature: this model does not take it." in form
    assert 'name="temperature"' not in form
    as_alice.post(where, {"model": "claude-opus-5-5"}, headers=HTMX)
    assert "Thinking: this model always thinks first." in text_of(as_alice.get(where))


def test_a_reader_sees_the_settings_and_changes_none(as_bob: Client, bob: User, claude: ChatSession) -> None:
    SessionMember.objects.create(session=claude, user=bob, role="reader")
    where = f"/sessions/{claude.pk}/settings/"
    assert as_bob.get(where).status_code == 200
    assert as_bob.post(where, {"max_turns": "2"}, headers=HTMX).status_code == 404


# ---------------------------------------------------------------- tags


def test_tags_are_put_on_and_taken_off_and_told_in_frames(as_alice: Client, chat: ChatSession) -> None:
    where = f"/sessions/{chat.pk}/tags/"
    assert as_alice.post(where, {"name": "costs"}, headers=HTMX).status_code == 204
    assert as_alice.post(where, {"name": "weekly"}).status_code == 302
    chat.refresh_from_db()
    frame = side_fragments(chat, None)
    assert frame.index("costs") < frame.index("weekly")
    assert "Remove the tag costs" in text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert as_alice.post(f"{where}remove/", {"name": "costs"}, headers=HTMX).status_code == 204
    assert list(chat.tags.values_list("name", flat=True)) == ["weekly"]


def test_a_tag_that_cannot_be_is_told_beside_the_field(as_alice: Client, chat: ChatSession) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/tags/", {"name": " "}, headers=HTMX)
    assert answer.status_code == 422
    assert "form-field__error" in text_of(answer)


def test_ones_own_tags_are_offered_and_nobody_elses(
    as_bob: Client, bob: User, chat: ChatSession, make_chat: Any
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="writer")
    SessionTag.objects.create(session=chat, owner=chat.owner, name="alices")
    SessionTag.objects.create(session=make_chat(owner=bob), owner=bob, name="bobs")
    assert text_of(as_bob.get(f"/sessions/{chat.pk}/tags/")).split() == ["<option", 'value="bobs"></option>']


# ---------------------------------------------------------------- branches


def test_a_branch_names_where_it_left_its_parent(as_alice: Client, make_chat: Any) -> None:
    parent = make_chat(title="Monthly budget")
    answer = told(parent)
    branch = make_chat(title="What if", parent=parent, branched_from=answer)
    page = text_of(as_alice.get(f"/sessions/{branch.pk}/"))
    assert "From “Monthly budget”" in page
    assert f'href="/sessions/{parent.pk}/?message={answer.pk}#message-{answer.pk}"' in page
    assert "“What if”" in text_of(as_alice.get(f"/sessions/{parent.pk}/"))


def test_strangers_parents_and_branches_are_not_named(
    as_bob: Client, bob: User, alice: User, chat: ChatSession, make_chat: Any
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="reader")
    parent = make_chat(title="Secret plans")
    ChatSession.objects.filter(pk=chat.pk).update(parent=parent, merged_into=parent)
    make_chat(title="Secret branch", parent=chat)
    for path in ("", "about/"):
        shown = text_of(as_bob.get(f"/sessions/{chat.pk}/{path}"))
        assert "Secret" not in shown
        assert str(parent.pk) not in shown
        assert "From a session you cannot open" in shown


def test_of_ones_own_deleted_parent_the_way_to_it_is_shown(as_alice: Client, make_chat: Any) -> None:
    parent = make_chat(title="Monthly budget")
    ChatSession.objects.filter(pk=parent.pk).update(deleted_at=timezone.now())
    branch = make_chat(title="What if", parent=parent)
    page = text_of(as_alice.get(f"/sessions/{branch.pk}/"))
    assert "From “Monthly budget”, which is deleted" in page
    assert 'href="/sessions/?deleted=1"' in page
    assert "From a session you cannot open" not in page


def test_many_branches_are_shown_newest_first_with_a_way_to_all(
    as_alice: Client, chat: ChatSession, make_chat: Any
) -> None:
    for n in range(12):
        make_chat(title=f"Branch {n}.", parent=chat)
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/about/"))
    assert "Branch 11." in page
    assert "Branch 1." not in page
    assert "All branches" in page
    whole = text_of(as_alice.get(f"/sessions/{chat.pk}/?branches=all"))
    assert "“Branch 1.”" in whole
    assert "All branches" not in whole


def test_what_was_merged_is_told_on_both_sides(as_alice: Client, make_chat: Any) -> None:
    target = make_chat(title="Kept")
    source = make_chat(title="Poured in", merged_into=target)
    assert "Merged from “Poured in”" in text_of(as_alice.get(f"/sessions/{target.pk}/"))
    assert "Merged into “Kept”" in text_of(as_alice.get(f"/sessions/{source.pk}/"))


# ---------------------------------------------------------------- archived


def test_an_archived_session_says_so_and_a_message_brings_it_back(
    as_alice: Client, chat: ChatSession, make_chat: Callable[..., ChatSession]
) -> None:
    here = f"/sessions/{chat.pk}/"
    strip = 'id="standing" class="standing"'
    assert f"{strip} hidden" in text_of(as_alice.get(here))
    target = make_chat(title="Where it went")
    end(send(chat, "Something").reply)
    merge_session(source=chat, target=target, person=chat.owner)
    chat.refresh_from_db()
    page = text_of(as_alice.get(here))
    assert f"{strip}>" in page
    assert f'Merged into <a href="{target.get_absolute_url()}">“Where it went”</a>.' in page
    frame = side_fragments(chat, None)
    assert "Archived." in frame
    assert "Where it went" not in frame
    assert f'hx-get="{here}standing/"' in frame
    fetched = text_of(as_alice.get(f"{here}standing/", headers=HTMX))
    assert "Where it went" in fetched
    assert "Restore" in fetched
    assert 'id="branches" hx-swap-oob' in fetched or 'hx-swap-oob="true" id="branches"' in fetched
    sent = as_alice.post(f"{here}messages/", {"content": "And more"}, headers=HTMX)
    assert "is back in the list" in str(sent.headers["HX-Trigger"].encode().decode("unicode_escape"))
    chat.refresh_from_db()
    assert chat.archived_at is None
