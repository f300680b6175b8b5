"""The PDF: everything is in it as text, it is tagged and has an outline, and nothing is fetched for it."""

from __future__ import annotations

import http.server
import subprocess
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest

from export_app import children
from export_app.renderers import NotRendered, formats, paper, pdf
from export_app.transcript import Transcript
from sessions_app.models import ChatSession, User

from .sessions import paid, picture, said, used_tool

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

ANSWER = """# What changed

Almost all of it was the **larger** model, see [prices](https://docs.example.org/prices).

| Model | Cost |
| --- | ---: |
| Opus | $21.40 |

- [x] done

```python
def total(rows: list[int]) -> int:
    return sum(rows)
```

The formula is $E = mc^2$. 中文 日本語 한국어 🎉

كلفت الأسبوع الماضي

- נקודה
"""


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    settings.EXPORTS_DIR = tmp_path / "exports"


def made(told: Transcript, **given: Any) -> bytes:
    renderer = formats()["pdf"]
    options = renderer.chosen(given)
    return b"".join(renderer.render(renderer.transcript(told, options), options))


def text_of(made: bytes, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=made, capture_output=True, check=True)
    return done.stdout.decode()


def outline(read: pypdf.PdfReader, level: int = 0, among: Any = None) -> Iterator[tuple[int, str]]:
    for each in read.outline if among is None else among:
        if isinstance(each, list):
            yield from outline(read, level + 1, each)
        else:
            yield level, str(each.title)


def test_the_whole_session_is_text_on_tagged_pages(chat: ChatSession, alice: User, tmp_path: Path) -> None:
    ChatSession.objects.update(title="Costs & plans 🎉")
    chat.refresh_from_db()
    asked = said(chat, "What did last week cost?\n\nBy model, please.")
    picture(asked)
    picture(asked, "gone.png", stored="cd" * 16, gone=True)
    answer = said(chat, ANSWER, asked, model="offline")
    used_tool(answer, "list_things", {"things": [{"name": "first <i>", "size": 3}]})
    paid(answer)
    said(chat, "Thank you", answer)
    file = made(Transcript(chat, reader=alice.pk))
    text = text_of(file)
    order = [
        "Costs & plans", "alice", "You", "What did last week cost?", "chart.png", "gone.png", "List things", "first <i>",
        "What changed", "larger", "(https://docs.example.org/prices)", "$21.40", "☑ done", "def total", "return sum",
        "E = mc^2", "中文 日本語 한국어", "🎉", "1,500 tokens in", "Thank you",
    ]  # fmt: skip
    at = 0
    for each in order:
        at = text.index(each, at)
    assert "الماضي" in text
    assert "נקודה" in text
    assert "1/1" in text.replace(" ", "")

    read = pypdf.PdfReader(BytesIO(file))
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    assert read.metadata is not None
    assert (read.metadata.title, read.metadata.author) == ("Costs & plans 🎉", "alice")
    assert list(outline(read)) == [
        (0, "What did last week cost? By model, please."),
        (1, "What changed"),
        (0, "Thank you"),
    ]
    assert [round(float(side)) for side in read.pages[0].mediabox[2:]] == [595, 842]
    assert [each.image.size for page in read.pages for each in page.images if each.image].count((40, 30)) == 1

    (tmp_path / "made.pdf").write_bytes(file)
    fonts = subprocess.run(
        ["pdffonts", tmp_path / "made.pdf"], capture_output=True, check=True, text=True
    ).stdout
    assert {line.split()[-5] for line in fonts.splitlines()[2:]} == {"yes"}  # embedded


class Counting(http.server.BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[http.server.HTTPServer]:
    Counting.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_nothing_is_fetched_and_no_file_gets_in(upstream: http.server.HTTPServer, tmp_path: Path) -> None:
    """What the page asks for here would never come out of our renderer: the process refuses it by itself."""
    (tmp_path / "secret.txt").write_text("the secret words")
    (tmp_path / "secret.png").write_bytes(b"\x89PNG the secret words")
    host, secret = f"http://127.0.0.1:{upstream.server_port}", (tmp_path / "secret.txt").as_uri()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{host}/svg"/></svg>'
    with children.folder() as place:
        (place / "sheet.html").write_text(
            f'<html lang="en"><title>x</title><link rel="stylesheet" href="{host}/css"><link rel="attachment" href="{secret}">'
            f'<link rel="stylesheet" href="{secret}"><a rel="attachment" href="{secret}">a</a><img src="{host}/img">'
            f'<img src="{secret}"><img src="own:other"><img src="secret.png"><object data="{host}/object"></object>'
            f'<embed src="{secret}"><img src="data:image/svg+xml,{svg}"><img src="data:text/plain,x">{svg}'
            f"<style>@import url({host}/import); p {{ background: url({host}/background); }}"
            f"@font-face {{ font-family: x; src: url({host}/font) }} p {{ font-family: x }}</style><p>words"
        )
        asked = {
            "sheet": "sheet.html",
            "style": f"@import url({host}/own);",
            "pictures": {},
            "into": "made.pdf",
        }
        assert children.run(pdf.PROGRAM, asked, place, pdf.LIMITS) == {"pages": 1}
        file = (place / "made.pdf").read_bytes()
    assert Counting.asked == []
    assert "words" in text_of(file)
    read = pypdf.PdfReader(BytesIO(file))
    assert not read.attachments
    assert not read.pages[0].images
    trailer: Any = read.trailer
    for number in range(1, trailer["/Size"]):
        found: Any = read.get_object(number)
        assert b"the secret words" not in (found.get_data() if hasattr(found, "get_data") else b"")


def test_a_hostile_text_is_printed_as_it_is(chat: ChatSession) -> None:
    ChatSession.objects.update(title="</title><script>alert(1)</script>")
    chat.refresh_from_db()
    deep = ">" * 2_000 + " deep"
    last = said(chat, f"<script>alert(1)</script> ![p](file:///etc/hostname)\n\n{deep}")
    last = said(
        chat,
        "x" * 3_000 + "\n\n" + "\n".join("  " * level + "- item" for level in range(60)),
        last,
        model="offline",
    )
    said(chat, "```python\n" + "\n".join(f"line_{n} = {n}" for n in range(500)) + "\n```\n\nthe end", last)
    text = text_of(made(Transcript(chat)))
    for each in (
        "</title><script>",
        "<script>alert(1)</script>",
        "deep",
        "line_0 = 0",
        "line_499 = 499",
        "the end",
    ):
        assert each in text
    assert text.replace("\u200b", "").count("x") >= 3_000


def test_too_much_is_a_sentence(chat: ChatSession, monkeypatch: pytest.MonkeyPatch) -> None:
    said(chat, "words " * 1_000)
    monkeypatch.setattr(pdf, "MOST_SHEET", 2_000)
    with pytest.raises(NotRendered, match="too much text"):
        made(Transcript(chat))
    monkeypatch.undo()
    monkeypatch.setattr(pdf, "LIMITS", children.Limits(seconds=60, memory=120_000_000))
    with pytest.raises(NotRendered):
        made(Transcript(chat))


def test_letter_paper_and_numbered_volumes(chat: ChatSession) -> None:
    last = None
    for number in range(3):
        last = said(chat, f"message {number}", last)
    renderer = formats()["pdf"]
    parts = Transcript(chat).volumes(2)
    texts = [made(part, paper="letter", usage="off") for part in parts]
    assert "part 2 of 2" in text_of(texts[1])
    assert "message 2" in text_of(texts[1])
    assert [round(float(side)) for side in pypdf.PdfReader(BytesIO(texts[0])).pages[0].mediabox[2:]] == [
        612,
        792,
    ]
    assert renderer.volume


# ---------------------------------------------------------------- less markup, for paper


def test_code_keeps_every_character_in_blocks_and_few_colours() -> None:
    lines = [
        f'<span class="k">def</span> <span class="nf">f{n}</span><span class="p">():</span> &lt;{n}'
        for n in range(70)
    ]
    html = paper.code("python", "\n".join(["", *lines, "", ""]))
    assert html.count("<pre>") == 3
    assert '<span class="k">def </span><span class="f">f0</span>():' in html
    inner = "\n".join(each.partition("</pre>")[0].removeprefix("\n") for each in html.split("<pre>")[1:])
    assert paper._TAG.sub("", inner) == "\n" + "\n".join(f"def f{n}(): &lt;{n}" for n in range(70)) + "\n"
    assert "<span" not in paper.code("python", "\n".join(lines * 6))


def test_columns_share_the_room_by_their_words() -> None:
    assert paper.shared([(5, 5), (5, 10)]) == [8.0, 13.0]
    first, second = paper.shared([(8, 12), (10, 400)])
    assert first >= 8 + paper.GAP
    assert first + second == pytest.approx(paper.WIDE)
    many = paper.shared([(20, 30)] * 12)
    assert len(set(many)) == 1


def test_words_from_the_right_run_that_way() -> None:
    assert paper.directed("<p>abc</p><p><strong>שלום</strong> abc</p>") == (
        '<p>abc</p><p dir="rtl"><strong>שלום</strong> abc</p>'
    )
