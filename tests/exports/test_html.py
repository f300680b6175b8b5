"""The HTML file: complete in itself, valid whatever is in it, safe to open."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import html5lib
import pytest

from export_app.document import Kept
from export_app.renderers import formats
from export_app.renderers.html import encoded
from export_app.renderers.prose import plain
from export_app.transcript import PAGE, Transcript
from sessions_app.models import ChatSession, User
from sessions_app.rendering import RENDERER_VERSION, render_person

from .sessions import paid, picture, said, used_tool

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

HOSTILE = (
    '<script>alert(1)</script> <img src=x onerror=alert(1)> <a href="javascript:alert(1)">a</a>\n\n'
    "[b](javascript:alert(1)) ![c](https://evil.example/c.png) [d](/sessions/1/) &amp; ]]> -->\n\n"
    "```html\n</style><script>alert(1)</script>\n```\n"
)


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


def made(told: Transcript, **given: Any) -> str:
    renderer = formats()["html"]
    options = renderer.chosen(given)
    return b"".join(renderer.render(renderer.transcript(told, options), options)).decode()


def parsed(text: str) -> Any:
    """The tree; any error in the markup raises."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    return tree


def words(tree: Any) -> str:
    return " ".join("".join(tree.itertext()).split())


def test_the_whole_session_is_in_one_valid_file(chat: ChatSession, alice: User) -> None:
    ChatSession.objects.update(title="Costs & <b>plans</b>")
    chat.refresh_from_db()
    asked = said(chat, "What did it cost?\nBy model, please.")
    picture(asked)
    picture(asked, "gone.png", stored="cd" * 16, gone=True)
    answer = said(
        chat,
        "# Result\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n$x^2$ and `code`[^1]\n\n[^1]: Note.",
        asked,
        model="offline",
    )
    used_tool(answer, "list_things", {"things": [{"name": "first <i>", "size": 3}], "note": "Cut."})
    paid(answer)
    tree = parsed(made(Transcript(chat, reader=alice.pk)))
    text = words(tree)
    assert tree.get("lang") == "en"
    assert tree.find(".//title").text == "Costs & <b>plans</b>"
    order = [
        "You",
        "What did it cost?",
        "List things",
        "first <i>",
        "Result",
        "Note.",
        "1,500 tokens in (300 cached)",
    ]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)
    assert "$0.0087" in text
    assert "gone.png picture, 40 × 30" in text
    assert [each.get("alt") for each in tree.iter("img")] == ["chart.png"]
    assert [each.tag for each in tree.iter() if each.tag in ("h1", "h2", "h3")] == ["h1", "h2", "h2", "h3"]
    assert any(each.tag.endswith("math") for each in tree.iter())


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_a_hostile_text_stays_text(chat: ChatSession, role: str) -> None:
    ChatSession.objects.update(title='"><script>alert(1)</script>')
    chat.refresh_from_db()
    row = said(chat, HOSTILE, model="offline" if role == "assistant" else "")
    row.parts.append({"kind": "card", "turn": 0, "card": "merged", "title": "<script>x</script>"})
    row.save()
    if role == "assistant":
        used_tool(row, "<script>", {"</td><script>": [{"<script>": "<script>"}]}, error_message="<script>")
    picture(row, '"><script>.png')
    text = made(Transcript(chat))
    tree = parsed(text)
    assert not {"script", "iframe", "form", "button", "link", "object"} & {each.tag for each in tree.iter()}
    for element in tree.iter():
        assert not [name for name in element.attrib if name.startswith(("on", "hx-", "style"))]
        for name in ("src", "href"):
            assert re.match(r"data:image/|https?:|#|mailto:", element.get(name) or "#")
    assert not list(tree.iter("img")) or all(each.get("src").startswith("data:") for each in tree.iter("img"))


def test_half_letters_and_controls_are_in_no_file() -> None:
    assert plain("a\ud800\x00\x0c<\ufffe") == "a\ufffd\n&lt;\ufffd"
    assert encoded(["a\udfff"]) == b"a?"


def test_its_policy_allows_its_style_sheet_and_nothing_else(chat: ChatSession) -> None:
    said(chat, "x")
    text = made(Transcript(chat))
    policy = next(each for each in parsed(text).iter("meta") if each.get("http-equiv")).get("content")
    css = text.partition("<style>")[2].partition("</style>")[0]
    assert f"style-src 'sha256-{b64encode(sha256(css.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "url(" not in css
    assert "@import" not in css
    assert not re.search(r'\sstyle="', text)


def test_a_theme_is_the_systems_or_the_one_asked_for_and_paper_is_light(chat: ChatSession) -> None:
    said(chat, "x")
    told = Transcript(chat)
    assert "@media screen and (prefers-color-scheme:dark){:root" in made(told)
    assert "#101318" not in made(told, theme="light")
    assert "@media screen{:root" in made(told, theme="dark")


def test_what_is_not_wanted_is_not_in_it(chat: ChatSession) -> None:
    asked = said(chat, "question")
    parts = [
        {"kind": "thinking", "turn": 1, "text": "a secret thought"},
        {"kind": "text", "turn": 1, "text": "an answer"},
    ]
    answer = said(chat, "an answer", asked, model="offline", parts=parts)
    used_tool(answer, "secret_tool", {"rows": [{"name": "secret row"}]})
    paid(answer)
    said(chat, "secret version", answer, active=False)
    less = made(Transcript(chat), tools="off", usage="off", times="off", metadata="off")
    assert "secret" not in less.lower()
    assert "$0.0087" not in less
    assert 'class="day"' not in less
    full = made(Transcript(chat), thinking="on", versions="on")
    for each in ("a secret thought", "Secret tool", "secret row", "secret version", "$0.0087"):
        assert each in full


def test_other_versions_are_marked(chat: ChatSession) -> None:
    said(chat, "first")
    said(chat, "second", active=False)
    tree = parsed(made(Transcript(chat), versions="on"))
    articles = list(tree.iter("article"))
    assert [each.get("class") for each in articles] == ["message person", "message person other"]
    assert "version 2 of 2" in words(articles[1])


def test_stored_html_is_what_a_fresh_rendering_gives(chat: ChatSession) -> None:
    """Texts that a page stored are not rendered again; the file is the same."""
    texts = [
        "Some *text*\nof two lines and a [link](/sessions/).",
        "a note[^1]\n\n[^1]: it",
        "# Head\n\n```py\nx = 1\n```",
    ]
    last = None
    for text in texts:
        last = said(chat, text, last, html=render_person(text), renderer_version=RENDERER_VERSION)
        last = said(chat, text, last, model="offline", html="", renderer_version=0)
    stored = made(Transcript(chat))
    chat.messages.update(html="", renderer_version=0)
    assert made(Transcript(chat)) == stored
    chat.messages.filter(role="user").update(html="<p>kept</p>", renderer_version=RENDERER_VERSION)
    assert made(Transcript(chat)).count("<p>kept</p>") == 3


def test_a_stored_answer_loses_the_pages_ids(chat: ChatSession) -> None:
    from sessions_app.rendering.body import finished_body

    asked = said(chat, "q")
    text = "One *block*.\n\n| a |\n|---|\n| 1 |\n\n- list"
    row = said(chat, text, asked, model="offline")
    fresh = made(Transcript(chat))
    row.html, row.renderer_version = finished_body(row.pk, row.parts, {}), RENDERER_VERSION
    row.save()
    told = Transcript(chat)
    assert next(each.html for each in told.entries() if not each.by_person)
    assert re.sub(r"\s+", "", made(told)) == re.sub(r"\s+", "", fresh)


def test_pictures_are_in_the_file_up_to_a_sum(chat: ChatSession, monkeypatch: pytest.MonkeyPatch) -> None:
    from export_app.renderers import html

    row = said(chat, "look")
    size = picture(row).size
    picture(row, "second.png")
    assert made(Transcript(chat)).count("data:image/png;base64,") == 2
    monkeypatch.setattr(html, "MOST_PICTURES", size + 1)
    text = made(Transcript(chat))
    assert text.count("data:image/png;base64,") == 1
    assert "the picture is not in this file" in text
    kept = Transcript(chat, kept=Kept(files=False))
    assert "chart.png" not in "".join(piece.decode() for piece in formats()["html"].render(kept, {}))


def test_a_long_session_comes_in_pieces(
    chat: ChatSession, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    last = None
    for number in range(PAGE + 20):
        last = said(chat, f"number {number} " + "word " * 200, last)
    told = Transcript(chat)
    with django_assert_max_num_queries(30):
        pieces: Iterator[bytes] = formats()["html"].render(told, formats()["html"].chosen({}))
        sizes = [len(piece) for piece in pieces]
    assert len(sizes) > 1
    assert max(sizes) < 80_000
