"""The Word file: its words, its styles, and nothing in it that acts by itself."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]

from export_app import children
from export_app.renderers import NotRendered, formats
from export_app.renderers.word import head_of, laid_down
from export_app.transcript import Transcript
from export_app.word import program, wml
from export_app.word.flow import Flow, Place
from export_app.word.package import relations
from export_app.word.parts import Parts, address_of
from export_app.word.styles import numbering_xml, styles_xml
from sessions_app.models import ChatSession, User

from .rich import HIDDEN, IN_ORDER, LONG, rich_session
from .test_transcript import said

pytestmark = pytest.mark.sqlite

WIDTH, HEIGHT = 9_600, 14_000
PARAGRAPH = [
    "pStyle",
    "keepNext",
    "keepLines",
    "numPr",
    "pBdr",
    "shd",
    "tabs",
    "bidi",
    "spacing",
    "ind",
    "contextualSpacing",
    "jc",
    "outlineLvl",
]
LETTERS = [
    "rStyle",
    "rFonts",
    "b",
    "bCs",
    "i",
    "iCs",
    "strike",
    "noProof",
    "color",
    "sz",
    "szCs",
    "u",
    "shd",
    "vertAlign",
    "rtl",
    "lang",
]
"""The schema wants properties in this order, and Word refuses files with another."""


def made(chat: ChatSession, reader: User, **options: Any) -> bytes:
    word = formats()["word"]
    chosen = word.chosen(options)
    told = word.transcript(Transcript(chat, reader=reader.pk), chosen)
    return b"".join(word.render(told, chosen))


def tree(data: bytes, part: str = "word/document.xml") -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return etree.fromstring(opened.read(part))


def all_of(root: Any, name: str) -> list[Any]:
    return list(root.iter(qn(name)))


def text_of(root: Any) -> str:
    """The text of an element, a line for each paragraph."""
    marks = {qn("w:br"): "\n", qn("w:tab"): "\t", qn("w:p"): "\n"}
    return "".join(
        each.text or "" if each.tag == qn("w:t") else marks.get(each.tag, "") for each in root.iter()
    )


def value(element: Any, name: str = "w:val") -> Any:
    return element.get(qn(name))


def in_order(root: Any) -> None:
    for name, order in (("w:pPr", PARAGRAPH), ("w:rPr", LETTERS)):
        for properties in all_of(root, name):
            places = [order.index(etree.QName(each).localname) for each in properties]
            assert places == sorted(places), etree.tostring(properties)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path)


def flowed(text: str, parts: Parts, *, breaks: bool = False) -> Any:
    """The blocks of a text, parsed."""
    blocks = "".join(Flow(parts, WIDTH, HEIGHT).text(text, Place(), breaks=breaks))
    root = etree.fromstring(f"<w:body {wml.NAMES}>{blocks}</w:body>")
    in_order(root)
    return root


# ---------------------------------------------------------------- a whole file


@pytest.mark.django_db
def test_a_file_has_all_words_in_their_order_in_styles_that_exist(alice: User) -> None:
    chat = rich_session(alice)
    data = made(chat, alice)
    body = tree(data)
    text = text_of(body)
    at = 0
    for words in IN_ORDER:
        at = text.find(words, at)
        assert at >= 0, words
    assert not [words for words in HIDDEN if words in text]
    in_order(body)

    document = Document(io.BytesIO(data))
    assert document.core_properties.title == chat.title
    assert document.core_properties.author == "alice"
    styles = {value(each, "w:styleId") for each in all_of(tree(data, "word/styles.xml"), "w:style")}
    used = {value(each) for name in ("w:pStyle", "w:rStyle", "w:tblStyle") for each in all_of(body, name)}
    assert {"Title", "Heading1", "Heading2", "Heading5", "Code", "Quote", "Table", "TOC1"} <= used <= styles
    numbers = {value(each, "w:numId") for each in all_of(tree(data, "word/numbering.xml"), "w:num")}
    assert {value(each) for each in all_of(body, "w:numId")} <= numbers | {"0"}


@pytest.mark.django_db
def test_nothing_in_a_file_acts_by_itself(chat: ChatSession, alice: User) -> None:
    text = (
        "{ HYPERLINK \"https://evil.example\" } { INCLUDETEXT c:\\\\x } <w:fldSimple w:instr='DDEAUTO'/> ]]> &amp;\n\n"
        '[good](https://example.org/a?b=1&c="d") <https://例え.jp/ä> [mail](mailto:a@example.org) [site](/sessions/)\n'
        "[bad](javascript:alert(1)) [file](file:///etc/passwd) [odd](http://[::1) ![pixel](https://tracker.example/p.png)"
    )
    said(chat, text)
    data = made(chat, alice)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        names = opened.namelist()
        links = [each for each in names if each.endswith(".rels")]
        outside = [
            each
            for name in links
            for each in etree.fromstring(opened.read(name))
            if each.get("TargetMode") == "External"
        ]
        codes = {
            (each.text or "").strip()
            for name in names
            if name.endswith(".xml")
            for each in all_of(etree.fromstring(opened.read(name)), "w:instrText")
        }
        assert not any(b"fldSimple" in opened.read(name) for name in names if name != "word/document.xml")
    assert {each.get("Type").rpartition("/")[2] for each in outside} == {"hyperlink"}
    assert {each.get("Target") for each in outside} == {
        "https://evil.example",
        "https://example.org/a?b=1&c=%22d%22",
        "https://xn--r8jz45g.jp/%C3%A4",
        "mailto:a@example.org",
        "https://tracker.example/p.png",
    }
    assert codes == {"PAGE", "NUMPAGES"}
    body = tree(data)
    assert not all_of(body, "w:fldSimple")
    assert not all_of(body, "w:drawing")
    assert "{ HYPERLINK" in text_of(body)


@pytest.mark.django_db
def test_what_is_not_wanted_is_not_in_the_file(alice: User) -> None:
    chat = rich_session(alice)
    switches = dict.fromkeys(("metadata", "times", "tools", "usage", "contents", "thinking"), False)
    without = text_of(tree(made(chat, alice, **switches)))
    others = {"versions": True, "thinking": True, "paper": "letter"}
    with_all = made(chat, alice, **others)
    shown = text_of(tree(with_all))
    for words in ("Owner", "20 November 2026", "Token usage", "640 out", "Contents", "look at the ledger"):
        assert words not in without, words
        assert words in shown, words
    assert all(words in shown for words in (*HIDDEN, "Version 2 of 2"))
    page = all_of(tree(with_all), "w:pgSz")[0]
    assert (value(page, "w:w"), value(page, "w:h")) == ("12240", "15840")


@pytest.mark.django_db
def test_a_picture_of_the_session_is_in_the_file_with_its_name_for_readers_who_do_not_see(
    alice: User,
) -> None:
    data = made(rich_session(alice), alice)
    drawn = all_of(tree(data), "wp:docPr")
    assert [each.get("descr") for each in drawn] == ["chart 1 <ä>.png"]
    key = all_of(tree(data), "a:blip")[0].get(qn("r:embed"))
    target = next(each for each in tree(data, "word/_rels/document.xml.rels") if each.get("Id") == key)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.read(f"word/{target.get('Target')}").startswith(b"\x89PNG")
        assert b'Extension="png"' in opened.read("[Content_Types].xml")


@pytest.mark.django_db
def test_the_contents_lead_to_every_question(chat: ChatSession, alice: User) -> None:
    last = None
    for text in ("First?", "Show me a long file.", "Many words " * 20):
        last = said(chat, text, last)
    body = tree(made(chat, alice))
    places = {value(each, "w:name") for each in all_of(body, "w:bookmarkStart")}
    listed = [each for each in all_of(body, "w:p") if "TOC1" in map(value, all_of(each, "w:pStyle"))]
    lead = [value(each, "w:anchor") for line in listed for each in all_of(line, "w:hyperlink")]
    assert len(lead) == 3
    assert set(lead) <= places
    assert len({value(each, "w:id") for each in all_of(body, "w:bookmarkStart")}) == len(places)
    assert "Show me a long file." in text_of(listed[1])


@pytest.mark.django_db
def test_a_session_without_messages_is_a_file_with_its_title(chat: ChatSession, alice: User) -> None:
    chat.title = "مرحبا \x00\ud800 & <b>"
    body = tree(made(chat, alice))
    assert "مرحبا" in text_of(body)
    assert "Contents" not in text_of(body)


@pytest.mark.django_db
def test_a_file_that_grows_too_large_is_refused_in_a_sentence(chat: ChatSession, alice: User) -> None:
    said(chat, "word " * 50_000)
    told = Transcript(chat, reader=alice.pk)
    with children.folder() as place:
        laid_down(told, place)
        asked = {
            "root": str(settings.BASE_DIR),
            "head": head_of(told),
            "options": formats()["word"].chosen({}),
        }
        with pytest.raises(NotRendered, match="would be larger"):
            children.run(Path(program.__file__), asked, place, children.Limits(written=100_000))


# ---------------------------------------------------------------- blocks


def test_each_ordered_list_is_counted_by_itself_and_from_its_own_start(parts: Parts) -> None:
    root = flowed("1. a\n2. b\n   1. inner\n\ntext\n\n7. c\n\n- x\n  - y\n", parts)
    items = [
        (value(all_of(each, "w:numId")[0]), value(all_of(each, "w:ilvl")[0]), text_of(each).strip())
        for each in all_of(root, "w:p")
        if all_of(each, "w:numPr")
    ]
    assert items == [
        ("2", "0", "a"),
        ("2", "0", "b"),
        ("3", "1", "inner"),
        ("4", "0", "c"),
        ("1", "0", "x"),
        ("1", "1", "y"),
    ]
    numbering = etree.fromstring(numbering_xml(parts.lists))
    starts = {
        value(each, "w:numId"): [value(start) for start in all_of(each, "w:startOverride")]
        for each in all_of(numbering, "w:num")
    }
    assert starts == {"1": [], "2": ["1"], "3": ["1"], "4": ["7"]}


def test_tasks_have_their_boxes_and_items_without_words_are_items(parts: Parts) -> None:
    text = text_of(flowed("- [x] done\n- [ ] open\n-\n- ```\n  code\n  ```\n", parts))
    assert [line for line in text.split("\n") if line] == ["☑\tdone", "☐\topen", "code"]


def test_a_table_repeats_its_head_and_keeps_rows_together(parts: Parts) -> None:
    root = flowed("| a | b |\n| :-: | --: |\n| **x** | `1` |\n| y |\n", parts)
    rows = all_of(root, "w:tr")
    assert [len(all_of(row, "w:tblHeader")) for row in rows] == [1, 0, 0]
    assert all(all_of(row, "w:cantSplit") for row in rows)
    assert [len(all_of(row, "w:tc")) for row in rows] == [2, 2, 2]
    assert [value(each) for each in all_of(rows[1], "w:jc")] == ["center", "right"]
    widths = [int(value(each, "w:w")) for each in all_of(root, "w:gridCol")]
    assert WIDTH - 10 <= sum(widths) <= WIDTH


def test_a_wide_table_fits_the_page(parts: Parts) -> None:
    columns = 30
    row = "|" + "".join(f" a_long_column_name_{at} |" for at in range(columns))
    root = flowed(f"{row}\n|{' --- |' * columns}\n{row}\n", parts)
    assert sum(int(value(each, "w:w")) for each in all_of(root, "w:gridCol")) <= WIDTH


def test_long_code_is_the_same_text_in_few_paragraphs(parts: Parts) -> None:
    root = flowed(f"```python\n{LONG}```", parts)
    code = [each for each in all_of(root, "w:p") if value(all_of(each, "w:pStyle")[0]) == "Code"]
    assert len(code) == 50
    assert "".join(map(text_of, code)).strip("\n") == LONG.strip("\n")


def test_code_has_colours_and_its_spaces(parts: Parts) -> None:
    root = flowed("```python\nif x:\n\treturn  'a<b'\n```", parts)
    assert "if x:\n\treturn  'a<b'" in text_of(root)
    assert {value(each) for each in all_of(root, "w:color")} >= {"6234C4", "17713E"}


def test_text_from_the_right_stands_at_the_right(parts: Parts) -> None:
    root = flowed("مرحبا بالعالم، version 2\n\nplain with שלום עולם inside\n", parts)
    first, second = all_of(root, "w:p")
    assert all_of(first, "w:bidi")
    assert not all_of(second, "w:bidi")

    def directions(line: Any) -> list[tuple[str, bool]]:
        return [(text_of(each), bool(all_of(each, "w:rtl"))) for each in all_of(line, "w:r")]

    assert directions(first) == [("مرحبا بالعالم، ", True), ("version 2", False)]
    assert directions(second) == [("plain with ", False), ("שלום עולם", True), (" inside", False)]


def test_a_footnote_is_led_to(parts: Parts) -> None:
    root = flowed("Said[^a].\n\n[^a]: What the note says.\n", parts)
    (lead,) = all_of(root, "w:hyperlink")
    (place,) = all_of(root, "w:bookmarkStart")
    assert value(lead, "w:anchor") == value(place, "w:name")


def test_formulas_are_readable_and_a_written_picture_is_drawn(parts: Parts) -> None:
    gif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    root = flowed(
        f"$e^{{i\\pi}}$ ![dot](data:image/gif;base64,{gif}) ![no](data:image/png;base64,AAAA)", parts
    )
    assert "e^{i\\pi}" in text_of(root)
    assert "[no]" in text_of(root)
    assert len(all_of(root, "w:drawing")) == len(parts.media) == 1


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://[::1",
        "http://a:99999/",
        "https://user:secret@example.org/",
        "https://" + "a" * 3_000,
        "mailto:not an address",
        "//example.org",
        "http://exa\u202emple.org/",
    ],
)
def test_an_address_that_word_could_not_read_is_no_link(url: str, parts: Parts) -> None:
    assert address_of(url) is None
    assert "Relationship" not in relations(parts)


MARKS = st.sampled_from(
    [
        *list("*_`~$[]()!<>&\"'|#-+.:\\\n\t 1aé中ש🙂\x00\x0b\x1b\x85\u202e\ufffe���"),
        "```",
        "- [x] ",
        "1. ",
        "> ",
        "| a |\n|---|\n",
        "[^1]",
        "[^1]: ",
        "$$\n",
        "](http://x.y)",
        "\n\n",
        "]]>",
    ]
)


@given(st.lists(MARKS, max_size=80).map("".join))
def test_whatever_is_written_the_file_is_well_formed(tmp_path_factory: Any, text: str) -> None:
    parts = Parts(tmp_path_factory.getbasetemp())
    flowed(text, parts, breaks=True)
    etree.fromstring(f"<r>{relations(parts)}</r>")
    etree.fromstring(f'<p a="{wml.attribute(text)}" {wml.NAMES}>{wml.told(text, "Title")}</p>')


def test_styles_are_in_order() -> None:
    in_order(etree.fromstring(styles_xml(WIDTH)))


def test_the_program_needs_nothing_of_the_site() -> None:
    names = "flow message opening package parts program"
    asked = (
        f"import sys; sys.path.insert(0, {str(settings.BASE_DIR)!r})\n"
        f"from export_app.word import {', '.join(names.split())}\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'aiohttp', 'anthropic', 'pydantic'}))"
    )
    told = subprocess.run([sys.executable, "-I", "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
