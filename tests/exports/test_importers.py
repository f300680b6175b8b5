"""What ChatGPT and Claude export becomes the same conversation here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app.document import Entry
from export_app.importers import chatgpt, claude
from export_app.importers.base import BadFile, Parsed
from export_app.importers.containers import Asset
from export_app.written import entry_data
from tests.exports.foreign import ROOT, T0, claude_message, node, plain_chatgpt, plain_claude
from tests.exports.foreign import chatgpt as chatgpt_of
from tests.exports.foreign import claude as claude_of


def tree(parsed: Parsed) -> list[tuple[str, str | None, str, bool]]:
    return [(each.id, each.parent, each.role, each.shown) for each in parsed.walked()]


def by_id(parsed: Parsed) -> dict[str, Entry]:
    seen: dict[str, Entry] = {}
    for entry in parsed.walked():
        assert entry.parent is None or entry.parent in seen
        seen[entry.id] = entry
    return seen


def shown(parsed: Parsed) -> list[str]:
    return [each.id for each in parsed.walked() if each.shown]


# ---------------------------------------------------------------- ChatGPT


def test_a_conversation_of_chatgpt() -> None:
    parsed = chatgpt.parse(plain_chatgpt(more=1))
    assert parsed.key == "conv-1"
    assert parsed.notes == []
    assert (parsed.head.title, parsed.head.provider, parsed.head.model) == (
        "Trip to Lisbon",
        "openai",
        "gpt-4o",
    )
    assert parsed.head.created_at == datetime.fromtimestamp(T0, UTC)
    assert tree(parsed) == [
        ("conv-1-q0", None, "user", True),
        ("conv-1-a0", "conv-1-q0", "assistant", True),
        ("conv-1-q1", "conv-1-a0", "user", True),
        ("conv-1-a1", "conv-1-q1", "assistant", True),
    ]
    answer = by_id(parsed)["conv-1-a0"]
    assert answer.content == "Answer 0."
    assert answer.model == "gpt-4o"
    assert answer.parts == ({"kind": "text", "turn": 1, "text": "Answer 0."},)
    assert answer.reply is not None
    assert (answer.reply.status, answer.reply.turns) == ("complete", 1)


def test_edited_questions_and_answers_anew_are_versions() -> None:
    parsed = chatgpt.parse(
        chatgpt_of(
            node("q", "root", "user", "Old wording"),
            node("a", "q", "assistant", "To the old"),
            node("q2", "root", "user", "New wording"),
            node("a1", "q2", "assistant", "First try"),
            node("a2", "q2", "assistant", "Second try"),
            node("q3", "a1", "user", "Go on"),
            current="q3",
        )
    )
    assert {(key, parent) for key, parent, _, _ in tree(parsed)} == {
        ("q", None), ("a", "q"), ("q2", None), ("a1", "q2"), ("a2", "q2"), ("q3", "a1"),
    }  # fmt: skip
    assert shown(parsed) == ["q2", "a1", "q3"]


def test_between_two_questions_model_and_tools_are_one_answer() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Planning", "content": "Add them."}]}
    code = {"content_type": "code", "language": "python", "text": "print(1 + 1)"}
    parsed = chatgpt.parse(
        chatgpt_of(
            node("q", "root", "user", "Sum?"),
            node("t", "q", "assistant", content=thoughts),
            node(
                "r",
                "t",
                "assistant",
                content={"content_type": "reasoning_recap", "content": "Thought for 3s"},
            ),
            node("s", "r", "assistant", "I compute it."),
            node("c", "s", "assistant", content=code, recipient="python"),
            node("o", "c", "tool", content={"content_type": "execution_output", "text": "2"}, name="python"),
            node("a", "o", "assistant", "It is 2.", model_slug="o3"),
            node("q2", "a", "user", "Thanks"),
        )
    )
    assert [key for key, *_ in tree(parsed)] == ["q", "a", "q2"]
    answer = by_id(parsed)["a"]
    assert [(part["kind"], part["turn"]) for part in answer.parts] == [
        ("thinking", 1), ("text", 1), ("tool_call", 1), ("text", 2),
    ]  # fmt: skip
    assert answer.parts[0]["text"] == "**Planning**\n\nAdd them."
    assert answer.content == "I compute it.\n\nIt is 2."
    assert answer.model == "o3"
    (call,) = answer.tool_calls
    assert (call.name, call.status, call.turn) == ("python", "success", 1)
    assert call.input == {"language": "python", "code": "print(1 + 1)"}
    assert call.result == {"text": "2"}
    assert answer.reply is not None
    assert answer.reply.turns == 2


def test_an_answer_that_forks_behind_its_tool_has_versions_with_the_same_beginning() -> None:
    parsed = chatgpt.parse(
        chatgpt_of(
            node("q", "root", "user", "Weather?"),
            node("c", "q", "assistant", "search('x')", recipient="browser"),
            node(
                "o",
                "c",
                "tool",
                name="browser",
                content={"content_type": "tether_quote", "url": "https://e.org", "text": "Sun"},
            ),
            node("a1", "o", "assistant", "Sunny."),
            node("a2", "o", "assistant", "Fair."),
            current="a1",
        )
    )
    assert tree(parsed) == [
        ("q", None, "user", True),
        ("a1", "q", "assistant", True),
        ("a2", "q", "assistant", False),
    ]
    first, second = by_id(parsed)["a1"], by_id(parsed)["a2"]
    assert first.tool_calls[0].result == second.tool_calls[0].result == {"text": "https://e.org\n\nSun"}
    assert first.tool_calls[0].input == {"text": "search('x')"}
    assert (first.content, second.content) == ("Sunny.", "Fair.")


def test_a_tool_that_failed_and_one_without_a_result() -> None:
    parsed = chatgpt.parse(
        chatgpt_of(
            node("q", "root", "user", "Draw"),
            node("c", "q", "assistant", "{}", recipient="dalle.text2im"),
            node(
                "e",
                "c",
                "tool",
                name="dalle.text2im",
                content={"content_type": "system_error", "name": "Limit", "text": "Too many"},
            ),
            node("c2", "e", "assistant", "{}", recipient="bio"),
        )
    )
    first, second = by_id(parsed)["c2"].tool_calls
    assert (first.name, first.status, first.error) == ("dalle_text2im", "error", "Limit: Too many")
    assert (second.name, second.status, second.turn) == ("bio", "cancelled", 2)


def test_what_a_person_does_not_see_is_passed_over() -> None:
    hidden: dict[str, Any] = {"is_visually_hidden_from_conversation": True}
    context = {
        "content_type": "user_editable_context",
        "user_profile": "I am",
        "user_instructions": "Be brief",
    }
    parsed = chatgpt.parse(
        chatgpt_of(
            node("s", "root", "system", "", weight=0.0),
            node("i", "s", "user", content=context, **hidden),
            node("q", "i", "user", "Hello"),
            node("e", "q", "assistant", ""),
            node("h", "e", "system", "Remember", **hidden),
            node("a", "h", "assistant", "Hi"),
            current="h",
        )
    )
    assert tree(parsed) == [("q", None, "user", True), ("a", "q", "assistant", True)]
    assert parsed.notes == ["Custom instructions are not taken in."]


def test_marks_of_citations_become_what_they_stood_for() -> None:
    mark = "\ue200cite\ue202turn0search1\ue201"
    references = [{"matched_text": mark, "alt": "([site](https://e.org))"}]
    words = f"So it is{mark}. And\ue200navlist\ue202x\ue201 that\ue203."
    parsed = chatgpt.parse(chatgpt_of(node("a", "root", "assistant", words, content_references=references)))
    assert by_id(parsed)["a"].content == "So it is ([site](https://e.org)). And that."


def test_a_mark_that_goes_leaves_no_gap_before_a_full_stop() -> None:
    mark = "\ue200cite\ue202turn0search1\ue201"
    words = f"Cite {mark}. One {mark} more, and {mark}{mark}\n    code"
    (answer,) = by_id(chatgpt.parse(chatgpt_of(node("a", "root", "assistant", words)))).values()
    assert answer.content == "Cite. One more, and\n    code"


def test_files_come_by_name_and_with_contents_where_the_zip_has_them() -> None:
    picture = {
        "content_type": "image_asset_pointer",
        "asset_pointer": "file-service://file-AbCdEfGh12",
        "size_bytes": 4,
    }
    named = [
        {"id": "file-AbCdEfGh12", "name": "cat.png", "size": 4, "mime_type": "image/png"},
        {"id": "file-Zz99Zz99Zz", "name": "../../notes.pdf", "size": 7, "mimeType": "application/pdf"},
    ]

    def asset(key: str) -> Asset | None:
        held = Asset("file-AbCdEfGh12-cat.png", 4, lambda: iter([b"data"]))
        return held if key == "file-AbCdEfGh12" else None

    asked = node(
        "q",
        "root",
        content={"content_type": "multimodal_text", "parts": [picture, "Which?"]},
        attachments=named,
    )
    parsed = chatgpt.parse(chatgpt_of(asked), asset)
    question = by_id(parsed)["q"]
    cat, notes = question.files
    assert cat.name == "cat.png"
    assert cat.read is not None
    assert b"".join(cat.read()) == b"data"
    assert (notes.kind, notes.read) == ("pdf", None)
    assert "/" not in notes.name
    assert [part["kind"] for part in question.parts] == ["attachment", "attachment", "text"]
    assert question.content == "Which?"
    assert parsed.notes == ["1 file is kept by name only: the contents are not in the export."]


def test_what_is_not_known_is_counted() -> None:
    strange = {"content_type": "hologram", "beams": 3}
    parts = ["Look", {"content_type": "smell", "of": "rain"}]
    parsed = chatgpt.parse(
        chatgpt_of(
            node("q", "root", text=parts),
            node("a", "q", "assistant", content=strange),
            node("b", "a", "assistant", "Yes"),
        )
    )
    assert by_id(parsed)["q"].content == "Look"
    assert by_id(parsed)["b"].content == "Yes"
    assert parsed.notes == ["2 parts of unknown kind are left out (smell, hologram)."]


def test_circles_and_missing_parents_lose_nothing_else() -> None:
    data = chatgpt_of(
        node("q", "root", "user", "Here"),
        node("x", "y"),
        node("y", "x"),
        node("lost", "gone", "user", "Lost"),
    )
    data["current_node"] = "q"
    parsed = chatgpt.parse(data)
    assert tree(parsed) == [("q", None, "user", True), ("lost", None, "user", False)]
    assert len(parsed.notes) == 2
    circle = chatgpt_of(node("x", "y", "user", "a"), node("y", "x", "user", "b"))
    del circle["mapping"]["root"]
    with pytest.raises(BadFile, match="circle"):
        chatgpt.parse(circle)


def test_messages_in_a_line_of_any_length() -> None:
    nodes = [node("n0", "root", "user", "x")]
    nodes += [
        node(f"n{at}", f"n{at - 1}", "user" if at % 2 == 0 else "assistant", "x") for at in range(1, 30_000)
    ]
    parsed = chatgpt.parse(chatgpt_of(*nodes))
    assert len(parsed.ids) == len(shown(parsed)) == 30_000
    of_one = [node("n0", "root", "assistant", "x")]
    of_one += [node(f"n{at}", f"n{at - 1}", "assistant", "x") for at in range(1, 20_000)]
    assert chatgpt.parse(chatgpt_of(*of_one)).ids == ["n19999"]


def test_more_versions_than_can_be_told_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatgpt, "MOST_STEPS", 5_000)
    nodes = [node("n0", "root", "assistant", "x")]
    for at in range(1, 200):
        nodes += [node(f"n{at}", f"n{at - 1}", "assistant", "x"), node(f"q{at}", f"n{at}", "user", "x")]
    with pytest.raises(BadFile, match="versions"):
        chatgpt.parse(chatgpt_of(*nodes))


@pytest.mark.parametrize(
    "values",
    [
        {"title": None, "create_time": None, "update_time": "never", "current_node": 7},
        {"title": 5, "create_time": 1e300, "default_model_slug": {}, "gizmo_id": 3},
        {"mapping": {"a": 3, "b": {"message": "x"}, "c": {"message": {"author": "me", "content": []}}}},
        {
            "mapping": {
                "a": {
                    "message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": 4}}
                }
            }
        },
        {"mapping": {"a": {"parent": ["x"], "children": 4, "message": {}}}},
    ],
)
def test_fields_of_other_types_do_no_harm(values: dict[str, Any]) -> None:
    parsed = chatgpt.parse({**plain_chatgpt(), **values})
    assert parsed.head.heading
    assert parsed.head.created_at <= parsed.head.last_activity_at


def test_a_conversation_without_a_key_is_refused() -> None:
    with pytest.raises(BadFile, match="no id"):
        chatgpt.parse({"mapping": {}})
    with pytest.raises(BadFile, match="no id"):
        claude.parse({"chat_messages": []})


def test_a_custom_gpt_is_said_and_an_archived_one_is() -> None:
    parsed = chatgpt.parse({**plain_chatgpt(), "gizmo_id": "g-abc", "is_archived": True, "is_starred": True})
    assert "custom GPT" in parsed.notes[0]
    assert parsed.head.starred
    assert parsed.head.archived_at


# ---------------------------------------------------------------- Claude


def test_a_conversation_of_claude() -> None:
    parsed = claude.parse(plain_claude())
    assert (parsed.key, parsed.head.title, parsed.head.provider) == ("c-1", "Sourdough", "anthropic")
    assert tree(parsed) == [("c-1-1", None, "user", True), ("c-1-2", "c-1-1", "assistant", True)]
    answer = by_id(parsed)["c-1-2"]
    assert answer.content == "Twelve hours in the cold."
    assert answer.reply is not None
    assert answer.reply.duration_ms == 0
    assert parsed.notes == []


def test_messages_that_name_what_they_answer_are_a_tree() -> None:
    parsed = claude.parse(
        claude_of(
            claude_message("1", "human", "Old", parent_message_uuid=ROOT),
            claude_message("2", "assistant", "To old", parent_message_uuid="1"),
            claude_message("3", "human", "New", parent_message_uuid=ROOT),
            claude_message("4", "assistant", "A", parent_message_uuid="3"),
            claude_message("5", "assistant", "B", parent_message_uuid="3"),
            current_leaf_message_uuid="4",
        )
    )
    assert {(key, parent) for key, parent, _, _ in tree(parsed)} == {
        ("1", None), ("2", "1"), ("3", None), ("4", "3"), ("5", "3"),
    }  # fmt: skip
    assert shown(parsed) == ["3", "4"]
    assert parsed.notes == []


def test_thinking_tools_and_texts_of_an_answer() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Look it up", "summaries": []},
        {"type": "tool_use", "id": "toolu_1", "name": "web_search", "input": {"query": "rye"}},
        {
            "type": "tool_result",
            "tool_use_id": "toolu_1",
            "name": "web_search",
            "content": [{"type": "text", "text": "Rye is"}],
            "is_error": False,
        },
        {"type": "tool_use", "name": "artifacts", "input": {"command": "create"}},
        {"type": "tool_result", "name": "artifacts", "content": "failed", "is_error": True},
        {"type": "text", "text": "Rye.", "citations": [{"url": "https://e.org"}]},
        {"type": "token_budget"},
        {"type": "hologram"},
    ]
    parsed = claude.parse(
        claude_of(claude_message("1", "human", "?"), claude_message("2", "assistant", content=blocks))
    )
    answer = by_id(parsed)["2"]
    assert [(part["kind"], part["turn"]) for part in answer.parts] == [
        ("thinking", 1), ("tool_call", 1), ("tool_call", 2), ("text", 3),
    ]  # fmt: skip
    search, artifact = answer.tool_calls
    assert (search.result, search.status) == ({"text": "Rye is"}, "success")
    assert (artifact.status, artifact.error) == ("error", "failed")
    assert parsed.notes == ["1 part of unknown kind is left out (hologram)."]


def test_attachments_bring_their_text_and_files_their_name() -> None:
    question = claude_message(
        "1", "human", "Read this",
        attachments=[{"file_name": "plan.pdf", "file_size": 9, "file_type": "pdf", "extracted_content": "The plan"}, {"file_name": "", "extracted_content": "pasted"}],
        files=[{"file_name": "cat.png", "file_uuid": "u", "file_kind": "image"}, {"file_name": "plan.pdf"}],
    )  # fmt: skip
    files = by_id(claude.parse(claude_of(question)))["1"].files
    assert [file.name for file in files] == ["plan.pdf.txt", "Pasted text.txt", "cat.png", "plan.pdf"]
    assert files[0].read is not None
    assert b"".join(files[0].read()) == b"The plan"
    assert files[2].read is None
    assert files[2].kind == "picture"


def test_older_exports_have_a_text_alone() -> None:
    old = {"uuid": "1", "text": "Hello", "sender": "human", "created_at": "2023-08-01T10:00:00+00:00"}
    parsed = claude.parse(claude_of(old))
    assert by_id(parsed)["1"].content == "Hello"
    assert by_id(parsed)["1"].created_at == datetime(2023, 8, 1, 10, tzinfo=UTC)


def test_an_empty_conversation_has_no_entries() -> None:
    assert claude.parse(claude_of()).ids == []
    assert chatgpt.parse(chatgpt_of()).ids == []


def test_circles_of_claude() -> None:
    circle = (
        claude_message("1", "human", "a", parent_message_uuid="2"),
        claude_message("2", "assistant", "b", parent_message_uuid="1"),
    )
    with pytest.raises(BadFile, match="circle"):
        claude.parse(claude_of(*circle))
    parsed = claude.parse(claude_of(claude_message("0", "human", "x", parent_message_uuid=ROOT), *circle))
    assert parsed.ids == ["0"]
    assert "2 messages are left out" in parsed.notes[0]


def test_a_long_line_of_claude() -> None:
    rows = [claude_message(str(at), "human" if at % 2 == 0 else "assistant", "x") for at in range(10_000)]
    assert len(shown(claude.parse(claude_of(*rows)))) == 10_000


# ---------------------------------------------------------------- whatever stands in it

ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**40) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def spoilt(value: Any, data: st.DataObject) -> Any:
    """The same with something else in one place."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 9)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: spoilt(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 9)):
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], spoilt(value[at], data), *value[at + 1 :]]
    return data.draw(ANY)


FULL = chatgpt_of(
    node("q", "root", "user", "Sum?", attachments=[{"id": "f", "name": "a.txt", "size": 3}]),
    node(
        "t",
        "q",
        "assistant",
        content={"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "c"}]},
    ),
    node(
        "c",
        "t",
        "assistant",
        content={"content_type": "code", "language": "python", "text": "1"},
        recipient="python",
    ),
    node("o", "c", "tool", content={"content_type": "execution_output", "text": "2"}, name="python"),
    node(
        "a",
        "o",
        "assistant",
        "\ue200cite\ue201 2",
        content_references=[{"matched_text": "\ue200cite\ue201", "alt": "x"}],
    ),
)
BLOCKS = [
    {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "x"}]},
]
FULL_CLAUDE = claude_of(
    claude_message(
        "1",
        "human",
        "?",
        attachments=[{"file_name": "a", "extracted_content": "b"}],
        files=[{"file_name": "c"}],
    ),
    claude_message("2", "assistant", content=BLOCKS, parent_message_uuid="1"),
)


@given(st.sampled_from([FULL, FULL_CLAUDE]), st.data())
def test_spoilt_ones_are_read_or_refused(whole: dict[str, Any], data: st.DataObject) -> None:
    found = whole
    for _ in range(3):
        found = spoilt(found, data)
    importer = chatgpt if chatgpt.looks_so(found) else claude if claude.looks_so(found) else None
    if importer is None:
        return
    try:
        parsed = importer.parse(found)
    except BadFile:
        return
    for entry in by_id(parsed).values():
        assert entry.content == entry_data(entry)["content"]
