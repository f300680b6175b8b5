"""What stands inside a block: runs, links, pictures, formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markdown_it.token import Token

from sessions_app.rendering.links import host_of, is_data_picture

from . import look, wml
from .parts import Parts, Picture
from .wml import Face

CODE = Face("InlineCode", literal=True)
MATH = Face("Math", literal=True)
PIXEL = 9_525  # English Metric Units of a pixel of a screen of 96 dots an inch
MOST_TOLD = 300


@dataclass(frozen=True, slots=True)
class Room:
    """Where runs stand: direction of the paragraph, twips of width and height for pictures, whether a line end is one
    (in what a person typed), the names of footnotes."""

    width: int
    height: int
    breaks: bool = False
    rtl: bool = False
    notes: str = ""


def runs(tokens: Sequence[Token], room: Room, parts: Parts, face: Face = wml.PLAIN) -> str:
    """The runs of a block's inside; `face` is how its letters look at first."""
    return _Writer(room, parts, face).all(tokens)


def text_of(tokens: Sequence[Token] | None) -> str:
    """The words without their marks."""
    return "".join(
        text_of(token.children) if token.children else _SPACES.get(token.type, token.content)
        for token in tokens or ()
    )


_SPACES = {"softbreak": " ", "hardbreak": " "}


class _Writer:
    def __init__(self, room: Room, parts: Parts, face: Face) -> None:
        self.room = room
        self.parts = parts
        self.faces = [face]
        self.out: list[str] = []
        self.link = ""  # the relation of the link that is open
        self.from_link = 0

    def all(self, tokens: Sequence[Token]) -> str:
        for token in tokens:
            self.token(token)
        self._close_link()
        return "".join(self.out)

    def token(self, token: Token) -> None:
        kind = token.type
        if kind == "text":
            self.words(token.content)
        elif kind in _FACES:
            self.faces.append(replace(self.faces[-1], **_FACES[kind]))
        elif kind in _CLOSES:
            self.faces.pop()
        elif kind == "softbreak":
            self.words("\n" if self.room.breaks else " ")
        elif kind == "hardbreak":
            self.words("\n")
        elif kind == "code_inline":
            self.put(token.content, CODE)
        elif kind.startswith("math_inline"):
            self.put(token.content.strip(), MATH)
        elif kind == "link_open":
            self._open_link(str(token.attrs.get("href", "")) if token.tag == "a" else "")
        elif kind == "link_close":
            self._close_link()
            self.faces.pop()
        elif kind == "image":
            self._picture(token)
        elif kind == "footnote_ref":
            self._note(token.meta["id"] + 1)
        elif token.content:
            self.words(token.content)

    def words(self, text: str) -> None:
        self.out.append(wml.run(text, self.faces[-1], rtl=self.room.rtl))

    def put(self, text: str, own: Face) -> None:
        """Text of a style of its own, which stays bold in bold words."""
        now = self.faces[-1]
        face = replace(
            own, bold=now.bold, italic=now.italic, strike=now.strike, size=now.size and now.size - 1
        )
        self.out.append(wml.run(text, face, rtl=self.room.rtl))

    def _open_link(self, url: str) -> None:
        self._close_link()
        relation = self.parts.link(url) if url else None
        now = self.faces[-1]
        self.faces.append(replace(now, style="Hyperlink") if relation else now)
        self.link, self.from_link = relation or "", len(self.out)

    def _close_link(self) -> None:
        if self.link:
            inner = "".join(self.out[self.from_link :])
            self.out[self.from_link :] = [wml.link(self.link, inner)] if inner else []
        self.link = ""

    def _picture(self, token: Token) -> None:
        """One of another host is never loaded: it would tell that host who reads (EchoLeak)."""
        source = str(token.attrs.get("src", ""))
        told = " ".join(text_of(token.children).split())
        if is_data_picture(source):
            picture = self.parts.written(source)
            shown = drawing(picture, told or "Picture", self.room, self.parts) if picture else ""
            self.out.append(shown or wml.run(f"[{told or 'picture'}]", self.faces[-1]))
            return
        host = host_of(source)
        text = f"{told or 'Picture'} ({host})" if host else told or "Picture"
        relation = None if self.link else self.parts.link(source)
        face = replace(self.faces[-1], style="Hyperlink") if relation else self.faces[-1]
        made = wml.run(text, face, rtl=self.room.rtl)
        self.out.append(wml.link(relation, made) if relation else made)

    def _note(self, number: int) -> None:
        made = wml.run(str(number), replace(self.faces[-1], raised=True, colour=look.CYAN_INK))
        self.out.append(made if self.link else wml.jump(f"{self.room.notes}{number}", made))


_FACES: dict[str, dict[str, Any]] = {
    "strong_open": {"bold": True},
    "em_open": {"italic": True},
    "s_open": {"strike": True},
}
_CLOSES = {"strong_close", "em_close", "s_close"}


def drawing(picture: Picture, told: str, room: Room, parts: Parts) -> str:
    """A picture in the line, no wider than its room; `told` is read aloud instead of it."""
    number = parts.number()
    width, height = picture.width * PIXEL, picture.height * PIXEL
    scale = min(1.0, room.width * look.EMU / width, room.height * look.EMU / height)
    size = f'cx="{max(1, int(width * scale))}" cy="{max(1, int(height * scale))}"'
    name = wml.attribute(told[:MOST_TOLD])
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/>'
        f'<wp:docPr id="{number}" name="Picture {number}" descr="{name}"/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="Picture {number}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{picture.relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
