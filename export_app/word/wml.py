"""The marks of the format: runs, paragraphs, links and fields as text, always well-formed.

What anybody wrote enters through `words` and `attribute` alone. Properties stand in the order which the schema wants.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sessions_app.rendering.clean import clean_text

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = (
    f'xmlns:w="{W}" xmlns:r="{R}" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
_HAS_RTL = re.compile(f"[{_RTL}]")
_RTL_RUN = re.compile(rf"[{_RTL}](?:(?:[^\w\n]|[\d_{_RTL}])*[{_RTL}])?")
_LTR_RUN = re.compile(rf"[^\W\d_{_RTL}](?:[^{_RTL}\n]*[^\W_{_RTL}])?")
_LOOK_AT = 1_000  # characters in which the direction of a text must show


def escaped(text: str) -> str:
    return clean_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(text: str) -> str:
    return " ".join(escaped(text).split()).replace('"', "&quot;")


def words(text: str) -> str:
    """The text of a run: line ends and tabs become what they are in the format."""
    found = f'<w:t xml:space="preserve">{escaped(text)}</w:t>'
    if "\n" in found:
        found = found.replace("\n", '</w:t><w:br/><w:t xml:space="preserve">')
    if "\t" in found:
        found = found.replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')
    return found.replace('<w:t xml:space="preserve"></w:t>', "")


def from_right(text: str) -> bool:
    """Whether a text begins right to left: its first letter decides (UAX 9, P2)."""
    if not _HAS_RTL.search(text):
        return False
    for letter in text[:_LOOK_AT]:
        kind = unicodedata.bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


# ---------------------------------------------------------------- runs


@dataclass(frozen=True, slots=True)
class Face:
    """How letters look. `size` in half points, `style` a character style."""

    style: str = ""
    bold: bool = False
    italic: bool = False
    strike: bool = False
    literal: bool = False  # no words of a language: not checked for spelling
    colour: str = ""
    size: int = 0
    tint: str = ""
    raised: bool = False
    light: bool = False  # in a bold style
    font: str = ""


PLAIN = Face()


@lru_cache(maxsize=2_000)
def face_xml(face: Face, rtl: bool = False) -> str:
    """The properties of a run; empty where there are none."""
    made = "".join(
        (
            f'<w:rStyle w:val="{face.style}"/>' if face.style else "",
            f'<w:rFonts w:ascii="{face.font}" w:hAnsi="{face.font}" w:eastAsia="{face.font}"/>'
            if face.font
            else "",
            "<w:b/><w:bCs/>" if face.bold else "",
            '<w:b w:val="0"/><w:bCs w:val="0"/>' if face.light else "",
            "<w:i/><w:iCs/>" if face.italic else "",
            "<w:strike/>" if face.strike else "",
            "<w:noProof/>" if face.literal else "",
            f'<w:color w:val="{face.colour}"/>' if face.colour else "",
            f'<w:sz w:val="{face.size}"/><w:szCs w:val="{face.size}"/>' if face.size else "",
            f'<w:shd w:val="clear" w:color="auto" w:fill="{face.tint}"/>' if face.tint else "",
            '<w:vertAlign w:val="superscript"/>' if face.raised else "",
            "<w:rtl/>" if rtl else "",
        )
    )
    return f"<w:rPr>{made}</w:rPr>" if made else ""


def run(text: str, face: Face = PLAIN, *, rtl: bool = False) -> str:
    """A text as one run, or as several where its direction changes. `rtl`: its paragraph runs right to left."""
    if not text:
        return ""
    if not rtl and not _HAS_RTL.search(text):
        return f"<w:r>{face_xml(face)}{words(text)}</w:r>"
    return "".join(
        f"<w:r>{face_xml(face, turned)}{words(piece)}</w:r>" for piece, turned in _directions(text, rtl)
    )


def _directions(text: str, rtl: bool) -> Iterator[tuple[str, bool]]:
    """Word does not look for the direction of signs and spaces; it takes that of their run."""
    at = 0
    for found in (_LTR_RUN if rtl else _RTL_RUN).finditer(text):
        if found.start() > at:
            yield text[at : found.start()], rtl
        yield found.group(), not rtl
        at = found.end()
    if at < len(text):
        yield text[at:], rtl


def link(relation: str, inner: str) -> str:
    return f'<w:hyperlink r:id="{relation}" w:history="1">{inner}</w:hyperlink>'


def jump(bookmark: str, inner: str) -> str:
    return f'<w:hyperlink w:anchor="{bookmark}" w:history="1">{inner}</w:hyperlink>'


def target(number: int, name: str, inner: str = "") -> str:
    """A place that `jump` leads to."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{inner}<w:bookmarkEnd w:id="{number}"/>'


def field_begin(code: str) -> str:
    """A field of ours; never called with what anybody wrote."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escaped(code)} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )


FIELD_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def field(code: str, shown: str) -> str:
    return f"{field_begin(code)}<w:r>{words(shown)}</w:r>{FIELD_END}"


# ---------------------------------------------------------------- paragraphs


@dataclass(frozen=True, slots=True)
class Shape:
    """How a paragraph stands, beyond its style. `left` and `hanging` in twips, `edge` the colour of a line at its
    start, `item` number and level in a list; -1 leaves to the style what it says."""

    style: str = ""
    left: int = -1
    hanging: int = 0
    edge: str = ""
    item: tuple[int, int] | None = None
    before: int = -1
    after: int = -1
    keep: bool = False  # with the next one
    whole: bool = False  # on one page
    loose: bool = False  # of a list whose items stand apart
    align: str = ""
    rtl: bool = False


@lru_cache(maxsize=4_000)
def shape_xml(shape: Shape) -> str:
    spacing = "".join(
        f' w:{name}="{value}"'
        for name, value in (("before", shape.before), ("after", shape.after))
        if value >= 0
    )
    hanging = f' w:hanging="{shape.hanging}"' if shape.hanging else ""
    made = "".join(
        (
            f'<w:pStyle w:val="{shape.style}"/>' if shape.style else "",
            "<w:keepNext/>" if shape.keep else "",
            "<w:keepLines/>" if shape.whole else "",
            (
                f'<w:numPr><w:ilvl w:val="{shape.item[1]}"/><w:numId w:val="{shape.item[0]}"/></w:numPr>'
                if shape.item
                else ""
            ),
            _edge(shape.edge, rtl=shape.rtl) if shape.edge else "",
            "<w:bidi/>" if shape.rtl else "",
            f"<w:spacing{spacing}/>" if spacing else "",
            f'<w:ind w:left="{shape.left}"{hanging}/>' if shape.left >= 0 else "",
            '<w:contextualSpacing w:val="0"/>' if shape.loose else "",
            f'<w:jc w:val="{shape.align}"/>' if shape.align else "",
        )
    )
    return f"<w:pPr>{made}</w:pPr>" if made else ""


def _edge(colour: str, *, rtl: bool) -> str:
    """A line where lines begin. Styles have it at the left."""
    side = '<w:left w:val="nil"/><w:right' if rtl else "<w:left"
    return f'<w:pBdr>{side} w:val="single" w:sz="18" w:space="9" w:color="{colour}"/></w:pBdr>'


def paragraph(inner: str, shape: Shape) -> str:
    return f"<w:p>{shape_xml(shape)}{inner}</w:p>"


def told(text: str, style: str, face: Face = PLAIN) -> str:
    """A paragraph of one style and one face."""
    rtl = from_right(text)
    return paragraph(run(text, face, rtl=rtl), Shape(style, rtl=rtl))


GAP = '<w:p><w:pPr><w:pStyle w:val="Gap"/></w:pPr></w:p>'
"""After a table or a box: two of them without a paragraph between would be one."""
