"""One session with everything in it through every format, opened again by readers that know nothing of us."""

from __future__ import annotations

import io
import json
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import pytest
from docx import Document

from export_app.naming import disposition, file_name
from export_app.renderers import formats
from export_app.transcript import Transcript
from sessions_app.models import ChatSession, User
from tests.exports import rich

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
Make = Callable[..., bytes]


@pytest.fixture
def session(alice: User) -> ChatSession:
    return rich.rich_session(alice)


@pytest.fixture
def make(alice: User, session: ChatSession) -> Make:
    def made(name: str, **given: Any) -> bytes:
        renderer = formats()[name]
        options = renderer.chosen(given)
        told = renderer.transcript(Transcript(session, reader=alice.pk), options)
        return b"".join(renderer.render(told, options))

    return made


def in_order(text: str, wanted: list[str]) -> None:
    """Words in their order; how lines are broken does not matter."""
    flat = "".join(text.split())
    at = 0
    for words in wanted:
        found = flat.find("".join(words.split()), at)
        assert found >= 0, f"{words!r} is not there, or stands before what it follows"
        at = found + len(words.replace(" ", ""))


def test_the_formats_are_six_and_in_their_order() -> None:
    assert list(formats()) == ["markdown", "json", "text", "html", "pdf", "word"]


@pytest.mark.parametrize("name", ["markdown", "json", "text", "html", "pdf", "word"])
def test_the_size_is_told_about_right(alice: User, session: ChatSession, make: Make, name: str) -> None:
    renderer = formats()[name]
    options = renderer.chosen({})
    told = renderer.estimate(renderer.transcript(Transcript(session), options), options)
    assert 0.5 < told / len(make(name)) < 1.5


@pytest.mark.parametrize("name", ["markdown", "text", "html", "pdf", "word"])
def test_a_session_without_messages_says_so(alice: User, name: str) -> None:
    renderer = formats()[name]
    told = Transcript(ChatSession.objects.create(owner=alice, title="Nothing"))
    data = b"".join(renderer.render(told, renderer.chosen({})))
    if name == "pdf":
        data = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True).stdout
    if name == "word":
        data = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")
    assert b"No messages yet." in data


@pytest.mark.parametrize("name", ["markdown", "text", "html"])
def test_versions_are_told_only_where_they_are_asked_for(make: Make, name: str) -> None:
    assert b"version 1 of 2" not in make(name)
    assert b"version 1 of 2" in make(name, versions="on")


def test_html_is_strict_and_whole(make: Make) -> None:
    page = make("html").decode()
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    in_order("".join(tree.find("body").itertext()), rich.IN_ORDER)
    assert rich.TITLE in " ".join("".join(tree.find("head/title").itertext()).split())
    assert not list(tree.iter("script"))
    assert not any(words in page for words in rich.HIDDEN)
    sources = [each.get("src", "") for each in tree.iter("img")]
    assert len(sources) == 1
    assert all(source.startswith("data:image/") for source in sources)
    assert not re.search(
        r"\s(on\w+|hx-[\w-]+|data-hx-[\w-]+|src|srcset|background|poster)=[\"']?https?:", page
    )


def test_html_can_show_other_versions(make: Make) -> None:
    page = make("html", versions="on", thinking="on").decode()
    assert all(words in page for words in rich.HIDDEN)
    assert "I should look at the ledger first." in page


def test_json_fits_its_schema_and_has_every_version(make: Make) -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads((Path(__file__).parents[2] / "export_app" / "schema" / "session-1.json").read_text())
    read = json.loads(make("json"))
    Draft202012Validator.check_schema(schema)
    assert [problem.message for problem in Draft202012Validator(schema).iter_errors(read)] == []
    assert read["session"]["title"] == rich.TITLE
    everything = "\n".join(message["content"] for message in read["messages"])
    assert all(words in everything for words in [*rich.IN_ORDER, *rich.HIDDEN])


def pdf_of(data: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "rich.pdf"
    path.write_bytes(data)
    return path


def printed(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], capture_output=True, check=True, timeout=60).stdout.decode()


def test_pdf_is_tagged_marked_and_its_text_can_be_taken(make: Make, tmp_path: Path) -> None:
    path = pdf_of(make("pdf"), tmp_path)
    text = printed("pdftotext", "-enc", "UTF-8", path, "-")
    in_order(text, [words for words in rich.IN_ORDER if words != "안녕하세요"])
    assert "مرحبا" in text or "ابحرم" in text
    fonts = printed("pdffonts", path).splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts), "a font is not embedded"
    about = printed("pdfinfo", path)
    assert re.search(r"Tagged: +yes", about)
    assert "JavaScript:      no" in about
    assert rich.TITLE[:10] in about


def test_word_has_real_parts(make: Make) -> None:
    data = make("word")
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        everything = b"".join(opened.read(name) for name in opened.namelist() if name.endswith(".rels"))
    targets = re.findall(rb'Target="([^"]+)"[^>]*TargetMode="External"', everything)
    assert all(target.startswith((b"https://", b"http://", b"mailto:")) for target in targets)
    document = Document(io.BytesIO(data))
    text = "".join(document.element.body.itertext())
    in_order(text, rich.IN_ORDER)
    assert not any(words in text for words in rich.HIDDEN)
    styles = {paragraph.style.name for paragraph in document.paragraphs if paragraph.style}
    assert any(str(name).startswith("Heading") for name in styles)
    assert document.inline_shapes


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Weekly cost review", "weekly-cost-review.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ("CON", "session-con.md"),
        ("", "session.md"),
        ("...", "session.md"),
        ("日本 / مرحبا", "日本-مرحبا.md"),
        ("a\u202egnp.exe\x00\n", "agnp.exe.md"),
        ("x" * 300, "x" * 80 + ".md"),
    ],
)
def test_names_are_safe(title: str, expected: str) -> None:
    assert file_name(title, "md") == expected
    header = disposition(file_name(title, "md"))
    assert header.isascii()
    assert "\n" not in header
    assert header.startswith('attachment; filename="')


def test_volumes_are_numbered() -> None:
    assert file_name("Long", "pdf", part=(2, 12)) == "long-02-of-12.pdf"
