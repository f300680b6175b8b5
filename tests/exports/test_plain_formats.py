"""Markdown and plain text, read again: the text is all there and in order, and no message reaches into the next."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from export_app.options import BadOption
from export_app.renderers import formats, named
from export_app.renderers.markdown_source import embedded, fenced, plain
from export_app.renderers.text_source import table_lines, told_lines, width_of, wrapped
from export_app.transcript import Transcript
from sessions_app.models import Attachment, ChatSession, User
from sessions_app.rendering import clean_text
from tests.exports import rich
from tests.exports.sessions import said, used_tool

pytestmark = pytest.mark.sqlite

READER = MarkdownIt("commonmark").enable("table")


def made(name: str, owner: User, **given: Any) -> str:
    chat = rich.rich_session(owner)
    renderer = formats()[name]
    options = renderer.chosen(given)
    told = renderer.transcript(Transcript(chat, reader=owner.pk), options)
    return b"".join(renderer.render(told, options)).decode()


def in_order(text: str, wanted: list[str]) -> None:
    at = 0
    for words in wanted:
        found = text.find(words, at)
        assert found >= 0, f"{words!r} is not there, or stands before what it follows"
        at = found + len(words)


@pytest.mark.django_db
def test_markdown_has_everything_in_order(alice: User) -> None:
    text = made("markdown", alice)
    in_order(text, rich.IN_ORDER)
    assert not any(words in text for words in rich.HIDDEN)
    body = text.split("---\n", 2)[2]
    tokens = READER.parse(body)
    heads = [
        (token.tag, tokens[at + 1].content) for at, token in enumerate(tokens) if token.type == "heading_open"
    ]
    assert heads[0][0] == "h1"
    assert [tag for tag, words in heads[1:] if words.startswith(("You ", "Claude"))] == ["h2"] * 6
    assert ("h3", "A heading in an answer") in heads
    fences = [token for token in tokens if token.type == "fence"]
    assert sum(token.content.count("line_") for token in fences) == rich.LONG_LINES
    assert any("```python" in token.content for token in fences)
    assert "by **model**.  \nAnd show lists." in body
    title = next(token for token in tokens if token.type == "inline")
    shown = "".join(child.content for child in title.children or [])
    assert shown == rich.TITLE


@pytest.mark.django_db
def test_markdown_leaves_out_what_is_not_wanted_and_shows_other_versions(alice: User) -> None:
    off = dict.fromkeys(("metadata", "times", "tools", "usage"), "off")
    text = made("markdown", alice, versions="on", level="3", language="text", **off)
    assert "version 2 of 2, not shown" in text
    in_order(text, ["What did this week cost", "That is all", "An edited question", "The last question"][:2])
    assert all(words in text for words in rich.HIDDEN)
    assert not re.search(r"09:1|0\.0534|Token usage|^session:", text, re.MULTILINE)
    assert "\n### You" in text
    assert "\n#### A heading in an answer" in text


@pytest.mark.django_db
def test_folded_tools_and_thinking_can_be_opened(alice: User) -> None:
    text = made("markdown", alice, fold="on", thinking="on")
    assert text.count("<details>") == text.count("</details>") == 2
    assert "<summary>Thinking</summary>" in text
    assert "I should look at the ledger first." in text


@pytest.mark.django_db
def test_text_has_everything_in_order_and_in_its_width(alice: User) -> None:
    text = made("text", alice, width="72")
    in_order(text, [words for words in rich.IN_ORDER if len(words) < 20])
    prose = [line for line in text.split("\n") if not line.startswith("    ") and "://" not in line]
    assert max(map(width_of, prose)) <= 72
    assert "    line_2000 = compute(2000)" in text
    assert "- Outer one\n  - Inner one\n    - Innermost one" in text
    assert "3. Third step\n\nAnother list that begins anew:\n\n1. Anew one" in text
    assert "[x] Done already" in text
    assert re.search(r"Sonnet +5,085,280 +\$11\.2836", text)


def test_bad_options_say_what_would_be_right() -> None:
    text = formats()["text"]
    with pytest.raises(BadOption, match="from 40 to 200"):
        text.chosen({"width": "12"})
    with pytest.raises(BadOption, match="choose one of 1, 2, 3"):
        formats()["markdown"].chosen({"level": "9"})
    with pytest.raises(BadOption, match="A word such as text"):
        formats()["markdown"].chosen({"language": "a b\n"})
    assert named(".MD") is formats()["markdown"]
    assert named("plain") is text


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint(1)",
        "~~~\nopen",
        "text\n\n````\n```\nstill open",
        "- item\n\n  ```\n  inside",
        "$$\nx^2",
        "> ```\n> quoted",
        "    indented",
        "# A\n\nB\n===\n\nC\n---",
        "[^1]: note\n\nsee[^1] and `[^1]`",
    ],
)
def test_what_is_embedded_ends_where_it_ends(text: str) -> None:
    after = f"{embedded(text, below=2, notes='7')}\n\n## Next\n\nwords\n"
    tokens = READER.parse(after)
    assert [token.content for token in tokens if token.type == "inline"][-2:] == ["Next", "words"]
    assert all(int(token.tag[1]) > 2 for token in tokens[:-6] if token.type == "heading_open")
    assert "`[^1]`" in after or "[^1]`" not in text


@given(st.text(alphabet="`~#>-*_[]()$|\\ \n1.ab", max_size=60))
def test_whatever_is_embedded_the_next_heading_stands(text: str) -> None:
    tokens = READER.parse(f"{embedded(text, below=1)}\n\n# Next\n")
    # An HTML comment or the like cannot begin in this alphabet: what is left is the end of a block.
    assert tokens[-3].type == "heading_open"
    assert tokens[-2].content == "Next"


@given(st.text(max_size=80).map(clean_text).filter(str.strip), st.sampled_from(["", "# ", "x "]))
def test_plain_words_are_shown_as_they_are(text: str, before: str) -> None:
    tokens = READER.parse(before + plain(text))
    assert tokens[0].type == ("heading_open" if before == "# " else "paragraph_open")
    words = "".join(child.content for child in tokens[1].children or [])
    assert words.split() == f"{before.strip('# ')} {text}".split()


def test_code_is_fenced_by_more_than_it_holds() -> None:
    tokens = READER.parse(fenced("a\n````\nb", "md"))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == "a\n````\nb\n"


@given(st.text(alphabet="ab 你é🙂\u0301\n", max_size=80), st.integers(10, 30))
def test_wrapped_lines_keep_every_letter(text: str, width: int) -> None:
    lines = wrapped(text, width, "> ", "> ")
    assert "".join(line.removeprefix(">") for line in lines).replace(" ", "") == re.sub(r"\s", "", text)
    assert all(width_of(line) <= width or " " not in line[2:] for line in lines)


def test_tables_fit_and_odd_blocks_lose_nothing() -> None:
    lines = table_lines(["Name", "Sum"], [["a very long name " * 6, "1"], ["b", "20"]], frozenset({1}), 40)
    assert max(map(width_of, lines)) <= 40
    assert lines[-1].endswith("20")
    figures = table_lines(["Cache read", "Sum"], [["3,200,000", "1,234,567"]], frozenset({0, 1}), 12)
    assert figures[-1] == "3,200,000  1,234,567"
    odd = "* a\n\n  b\n* c\n\n> q\n> - in a list\n\n![alt](https://x.example/p.png)\n\n[t](https://x.example)\n\n***\n"
    told = "\n".join(told_lines(odd, 60))
    in_order(
        told, ["- a\n\n  b", "- c", "> q", "> - in a list", "[Picture: alt", "t (https://x.example)", "----"]
    )


TURNED = "\u202egpj.exe\u2066"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["text", "markdown"])
@pytest.mark.parametrize("fold", [True, False])
def test_what_a_terminal_obeys_is_in_no_file(alice: User, name: str, fold: bool) -> None:
    controls = "red\x1b[31m\x07 a\u2028b\x9b2J\x7f\x85 c"
    chat = ChatSession.objects.create(owner=alice, title=f"{TURNED} title", message_count=2)
    chat.tags.create(owner=alice, name=f"{TURNED} tag")
    answer = said(chat, controls, said(chat, controls), model="m")
    used_tool(answer, f"{TURNED} tool", controls)
    answer.reply.status, answer.reply.error_message = "failed", controls
    answer.reply.save()
    attached = {"owner": alice, "session": chat, "message": answer, "name": f"{TURNED} file", "kind": "text"}
    Attachment.objects.create(**attached, size=1, stored="a" * 32, digest="d")
    renderer = formats()[name]
    options = renderer.chosen({"fold": fold} if name == "markdown" else {})
    told = renderer.transcript(Transcript(chat, reader=alice.pk), options)
    text = b"".join(renderer.render(told, options)).decode()
    assert not OBEYED.search(text)
    assert "red[31m a b2J c" in text
    for word in ("title", "tag", "file"):
        assert f"gpj.exe {word}" in text
    assert not re.search("[\u202e\u2066]", text)
