"""The package around the body: styles, lists, header, footer, properties, pictures."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.shared import Twips

from sessions_app.rendering.clean import clean_text
from sessions_app.rendering.plain import one_line

from . import look, wml
from .opening import Facts
from .parts import Parts
from .styles import numbering_xml, styles_xml

BODY, LINKS, TYPES = "word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"
FONTS = "word/fontTable.xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_UNUSED = ("/customXml", "/stylesWithEffects", "/thumbnail", "/webSettings")
_SETTINGS = (
    f'<w:settings xmlns:w="{wml.W}"><w:zoom w:percent="100"/><w:defaultTabStop w:val="{look.STEP}"/>'
    '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode"'
    ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    '<w:themeFontLang w:val="en-GB" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
    '<w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>'
)
_FONTS = f'<w:fonts xmlns:w="{wml.W}"><w:font w:name="{look.SIGNS}"><w:altName w:val="{look.SIGNS_TOO}"/></w:font></w:fonts>'
MOST_PROPERTY = 255  # characters, says the format


def measures(paper: str) -> tuple[int, int]:
    """Width and height of the text on this paper, in twips."""
    width, height = look.PAPERS[paper]
    return width - 2 * look.MARGIN, height - 2 * look.MARGIN


def write(target: Path, facts: Facts, paper: str, parts: Parts, opening: str, body: Path) -> None:
    """The whole file. `opening` stands before what is in the file `body`."""
    document = Document()
    _fill(document.styles.element, styles_xml(measures(paper)[0]))
    _fill(document.part.numbering_part.element, numbering_xml(parts.lists))
    _fill(document.settings.element, _SETTINGS)
    _section(document, facts, paper)
    _properties(document, facts)
    for rels in (document.part.rels, document.part.package.rels):
        for key in [key for key, each in rels.items() if each.reltype.endswith(_UNUSED)]:
            del rels[key]
    section = document.element.body.xpath("w:sectPr")[0]
    base = io.BytesIO()
    document.save(base)
    with zipfile.ZipFile(base) as made, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        _copied(made, out, parts)
        info = zipfile.ZipInfo(BODY)
        info.compress_type = zipfile.ZIP_DEFLATED
        with out.open(info, "w", force_zip64=True) as opened, body.open("rb") as read:
            opened.write(f"{_HEAD}<w:document {wml.NAMES}><w:body>{opening}".encode())
            shutil.copyfileobj(read, opened, 1 << 20)
            opened.write(f"{_text(section)}</w:body></w:document>".encode())
        for _, path in parts.media:
            out.write(path, f"word/media/{path.name}", zipfile.ZIP_STORED)


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _text(element: Any) -> str:
    from lxml import etree  # type: ignore[import-untyped]

    return str(etree.tostring(element, encoding="unicode"))


def _fill(element: Any, made: str) -> None:
    """All that is in a part, anew."""
    for child in list(element):
        element.remove(child)
    for child in list(parse_xml(made)):
        element.append(child)


def _section(document: Any, facts: Facts, paper: str) -> None:
    """The title stands on every page but the first, the number on every one."""
    section = document.sections[0]
    section.page_width, section.page_height = (Twips(each) for each in look.PAPERS[paper])
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Twips(look.MARGIN))
    section.header_distance = section.footer_distance = Twips(look.MARGIN // 2)
    section.different_first_page_header_footer = True
    title = one_line(clean_text(facts.title), 100)
    _only(section.header, wml.told(title, "Header"))
    _only(section.first_page_header, wml.paragraph("", wml.Shape("Header")))
    number = wml.paragraph(
        wml.run("Page ") + wml.field("PAGE", "1") + wml.run(" of ") + wml.field("NUMPAGES", "1"),
        wml.Shape("Footer", align="right"),
    )
    _only(section.footer, number)
    _only(section.first_page_footer, number)


def _only(part: Any, paragraph: str) -> None:
    part.is_linked_to_previous = False
    old = part.paragraphs[0]._p
    old.getparent().replace(old, parse_xml(paragraph.replace("<w:p>", f"<w:p {wml.NAMES}>", 1)))


def _properties(document: Any, facts: Facts) -> None:
    known = document.core_properties
    known.title = _property(facts.title)
    known.author = known.last_modified_by = _property(facts.owner)
    known.keywords = _property(", ".join(facts.tags))
    known.comments = known.subject = known.category = ""
    known.created = facts.created_at.astimezone(UTC).replace(tzinfo=None)
    known.modified = facts.last_activity_at.astimezone(UTC).replace(tzinfo=None)
    known.revision = 1


def _property(text: str) -> str:
    return " ".join(clean_text(text).split())[:MOST_PROPERTY]


def _copied(made: zipfile.ZipFile, out: zipfile.ZipFile, parts: Parts) -> None:
    """What python-docx made, with our relations and kinds of pictures added. The kinds come first in the package."""
    for name in sorted(made.namelist(), key=lambda name: name != TYPES):
        data = made.read(name)
        if name == BODY:
            continue
        if name == FONTS:
            data = _FONTS.encode()
        elif name == LINKS:
            data = data.replace(b"</Relationships>", f"{relations(parts)}</Relationships>".encode())
        elif name == TYPES:
            data = data.replace(b"<Override", f"{_kinds(data.decode(), parts.media)}<Override".encode(), 1)
        out.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def relations(parts: Parts) -> str:
    links = "".join(
        f'<Relationship Id="{key}" Type="{_RELATION}/hyperlink" Target="{wml.attribute(url)}" TargetMode="External"/>'
        for url, key in parts.links.items()
    )
    pictures = "".join(
        f'<Relationship Id="{key}" Type="{_RELATION}/image" Target="media/{path.name}"/>'
        for key, path in parts.media
    )
    return links + pictures


def _kinds(known: str, media: Sequence[tuple[str, Path]]) -> str:
    wanted = sorted({path.suffix.removeprefix(".") for _, path in media})
    return "".join(
        f'<Default Extension="{each}" ContentType="image/{each}"/>'
        for each in wanted
        if f'Extension="{each}"' not in known
    )
