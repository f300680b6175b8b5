"""The styles of the file: whoever changes one changes all that is written in it."""

from __future__ import annotations

from . import look
from .look import INK, INK_2, INK_3, LINE, MONO, STEP
from .wml import W

LEVELS = 9
_EDGE = 280


def fonts(name: str = look.SANS) -> str:
    return f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{look.EAST}" w:cs="{look.ARABIC}"/>'


def _letters(
    size: float = 0, colour: str = "", *, bold: bool = False, font: str = "", literal: bool = False
) -> str:
    """Properties of letters; `size` in points."""
    half = round(size * 2)
    return "".join(
        (
            fonts(font) if font else "",
            "<w:b/><w:bCs/>" if bold else "",
            "<w:noProof/>" if literal else "",
            f'<w:color w:val="{colour}"/>' if colour else "",
            f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>' if half else "",
        )
    )


def _edge(colour: str) -> str:
    return f'<w:pBdr><w:left w:val="single" w:sz="18" w:space="9" w:color="{colour}"/></w:pBdr>'


def _style(
    key: str,
    name: str,
    *,
    paragraph: str = "",
    letters: str = "",
    based: str = "Normal",
    following: str = "",
    kind: str = "paragraph",
    rank: int = 1,
) -> str:
    return (
        f'<w:style w:type="{kind}" w:styleId="{key}"{"" if name in _KNOWN else CUSTOM}><w:name w:val="{name}"/>'
        + (f'<w:basedOn w:val="{based}"/>' if based else "")
        + (f'<w:next w:val="{following}"/>' if following else "")
        + f'<w:uiPriority w:val="{rank}"/><w:qFormat/>'
        + (f"<w:pPr>{paragraph}</w:pPr>" if paragraph else "")
        + (f"<w:rPr>{letters}</w:rPr>" if letters else "")
        + "</w:style>"
    )


CUSTOM = ' w:customStyle="1"'
_KNOWN = {
    *(f"heading {level}" for level in range(1, 7)),
    *("Normal", "Title", "Quote", "List Bullet", "List Number", "List Continue", "caption", "footnote text"),
    *("header", "footer", "toc 1", "TOC Heading", "Hyperlink", "Default Paragraph Font", "Normal Table"),
}


def _spaced(before: float, after: float, line: float = 0) -> str:
    """Points before and after; `line` at least."""
    height = f' w:line="{round(line * 20)}" w:lineRule="atLeast"' if line else ""
    return f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}"{height}/>'


def _heading(level: int) -> str:
    """1 begins a question, 2 an answer, the others stand in texts."""
    before, after, size, colour = (
        (26, 3, 14, INK),
        (14, 6, 12, look.PURPLE_INK),
        (14, 4, 14, INK),
        (12, 4, 12.5, INK),
        (10, 4, 11, INK),
        (10, 4, 11, INK_2),
    )[level - 1]
    edge = _edge(look.CYAN_LINE) if level == 1 else ""
    left = f'<w:ind w:left="{_EDGE}"/>' if level == 1 else ""
    return _style(
        f"Heading{level}",
        f"heading {level}",
        paragraph=f"<w:keepNext/><w:keepLines/>{edge}{_spaced(before, after)}{left}"
        f'<w:outlineLvl w:val="{level - 1}"/>',
        letters=_letters(size, colour, bold=True),
        following="Normal",
        rank=9,
    )


_CODE = '<w:spacing w:before="0" w:after="0" w:line="250" w:lineRule="atLeast"/>'

STYLES = (
    _style(
        "Normal",
        "Normal",
        paragraph='<w:spacing w:after="140" w:line="320" w:lineRule="atLeast"/>',
        letters=_letters(11, INK),
        based="",
        rank=0,
    ).replace("<w:style ", '<w:style w:default="1" ', 1),
    '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
    '<w:uiPriority w:val="1"/><w:semiHidden/></w:style>',
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
    '<w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
    '<w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>',
    _style(
        "Title", "Title", paragraph=f"<w:keepNext/>{_spaced(0, 8, 32)}", letters=_letters(24, INK, bold=True)
    ),
    *(_heading(level) for level in range(1, 7)),
    _style(
        "MessageMeta",
        "Message meta",
        paragraph=f"<w:keepNext/>{_spaced(0, 6)}",
        letters=_letters(9.5, INK_3),
        following="Normal",
    ),
    _style(
        "Question",
        "Question",
        paragraph=f'{_edge(look.CYAN_LINE)}<w:ind w:left="{_EDGE}"/>',
    ),
    _style(
        "QuestionMeta",
        "Question meta",
        paragraph=f'{_edge(look.CYAN_LINE)}<w:ind w:left="{_EDGE}"/>',
        based="MessageMeta",
    ),
    _style(
        "Quote",
        "Quote",
        paragraph=f'{_edge(LINE)}<w:ind w:left="{_EDGE}"/>',
        letters=f'<w:color w:val="{INK_2}"/>',
    ),
    _style(
        "Thinking",
        "Thinking",
        paragraph=f'{_edge(look.PURPLE_LINE)}{_spaced(0, 5, 14)}<w:ind w:left="{_EDGE}"/>',
        letters=_letters(10, INK_2),
    ),
    _style("Receipt", "Receipt", paragraph=_spaced(4, 8), letters=_letters(9, INK_3)),
    _style(
        "Notice",
        "Notice",
        paragraph=f'{_edge(INK_3)}{_spaced(4, 8)}<w:ind w:left="{_EDGE}"/>',
        letters=_letters(10, INK_2),
    ),
    _style(
        "ToolCall",
        "Tool call",
        paragraph=f"<w:keepNext/>{_spaced(8, 4)}",
        letters=_letters(10, INK_2),
    ),
    _style("ToolResult", "Tool result", paragraph=_spaced(0, 4, 14), letters=_letters(10, INK)),
    _style("ToolNote", "Tool note", paragraph=_spaced(2, 8), letters=_letters(9, INK_3)),
    _style(
        "Code",
        "Code",
        paragraph=_CODE,
        letters=_letters(9, INK, font=MONO, literal=True),
    ),
    _style("CodeLanguage", "Code language", paragraph="<w:keepNext/>" + _CODE, letters=_letters(8.5, INK_3)),
    _style("Formula", "Formula", paragraph=_spaced(4, 10) + '<w:jc w:val="center"/>'),
    _style(
        "Rule",
        "Rule",
        paragraph=f'<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="{LINE}"/></w:pBdr>'
        '<w:spacing w:before="60" w:after="260" w:line="120" w:lineRule="exact"/>',
    ),
    *(
        _style(f"List{word}", f"List {word}", paragraph="<w:contextualSpacing/>", rank=10)
        for word in ("Bullet", "Number")
    ),
    _style("ListContinue", "List Continue", paragraph=f'<w:ind w:left="{STEP}"/>', rank=10),
    _style(
        "Caption",
        "caption",
        paragraph=f"<w:keepNext/>{_spaced(6, 4)}",
        letters=_letters(9.5, INK_2, bold=True),
        rank=35,
    ),
    _style("TableText", "Table text", paragraph=_spaced(2, 2, 13), letters=_letters(9.5)),
    _style("TableHead", "Table head", letters=_letters(9, INK_2, bold=True), based="TableText"),
    _style("Gap", "Gap", paragraph='<w:spacing w:after="0" w:line="160" w:lineRule="exact"/>'),
    _style(
        "FootnoteText",
        "footnote text",
        paragraph=f'{_spaced(0, 4, 13)}<w:ind w:left="{_EDGE}"/>',
        letters=_letters(9.5, INK_2),
        rank=99,
    ),
    _style(
        "TOCHeading",
        "TOC Heading",
        paragraph=f"<w:keepNext/>{_spaced(16, 4)}",
        letters=_letters(12, INK, bold=True),
        rank=39,
    ),
    _style(
        "TOC1",
        "toc 1",
        paragraph='<w:tabs><w:tab w:val="right" w:pos="{right}"/></w:tabs>' + _spaced(0, 3, 14),
        letters=_letters(10.5),
        rank=39,
    ),
    _style(
        "Header",
        "header",
        paragraph=_spaced(0, 0, 12),
        letters=_letters(9, INK_3),
        rank=99,
    ),
    _style(
        "Footer",
        "footer",
        paragraph='<w:tabs><w:tab w:val="right" w:pos="{right}"/></w:tabs>' + _spaced(0, 0, 12),
        letters=_letters(9, INK_3),
        rank=99,
    ),
    _style(
        "Hyperlink",
        "Hyperlink",
        letters=f'<w:color w:val="{look.CYAN_INK}"/><w:u w:val="single"/>',
        based="DefaultParagraphFont",
        kind="character",
        rank=99,
    ),
    _style(
        "InlineCode",
        "Inline code",
        letters=f'{fonts(MONO)}<w:noProof/><w:sz w:val="20"/><w:szCs w:val="20"/>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{look.SUNKEN}"/>',
        based="DefaultParagraphFont",
        kind="character",
    ),
    _style(
        "Math",
        "Math",
        letters=fonts("Cambria Math") + "<w:noProof/>",
        based="DefaultParagraphFont",
        kind="character",
    ),
    '<w:style w:type="table" w:customStyle="1" w:styleId="Table"><w:name w:val="Table"/><w:basedOn w:val="TableNormal"/>'
    '<w:uiPriority w:val="40"/><w:qFormat/><w:tblPr><w:tblBorders>'
    + "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{colour}"/>'
        for side, colour in (("top", LINE), ("bottom", LINE), ("insideH", LINE))
    )
    + "</w:tblBorders></w:tblPr>"
    f'<w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{look.SUNKEN}"/></w:tcPr>'
    "</w:tblStylePr></w:style>",
)


def styles_xml(width: int) -> str:
    """The whole part; tabs stand at the right edge of a text of so many twips."""
    return (
        f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts()}'
        '<w:sz w:val="22"/><w:szCs w:val="22"/><w:lang w:val="en-GB" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        + "".join(STYLES).replace("{right}", str(width))
        + "</w:styles>"
    )


# ---------------------------------------------------------------- lists

_BULLET, _CIRCLE, _DASH = "•", "◦", "–"


def numbering_xml(lists: list[tuple[int, int]]) -> str:
    """Bullets, and each ordered list as one of its own that begins where it says."""
    made = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="{level}">'
        f'<w:startOverride w:val="{start}"/></w:lvlOverride></w:num>'
        for number, (level, start) in enumerate(lists, 2)
    )
    return (
        f'<w:numbering xmlns:w="{W}">{_abstract(0, ordered=False)}{_abstract(1, ordered=True)}'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{made}</w:numbering>'
    )


def _abstract(key: int, *, ordered: bool) -> str:
    levels = "".join(_level(level, ordered=ordered) for level in range(LEVELS))
    return f'<w:abstractNum w:abstractNumId="{key}"><w:multiLevelType w:val="hybridMultilevel"/>{levels}</w:abstractNum>'


def _level(level: int, *, ordered: bool) -> str:
    text = f"%{level + 1}." if ordered else (_BULLET, _CIRCLE, _DASH)[level % 3]
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{"decimal" if ordered else "bullet"}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{STEP * (level + 1)}" w:hanging="{STEP}"/></w:pPr>'
        f'<w:rPr><w:rFonts w:ascii="{look.SANS}" w:hAnsi="{look.SANS}" w:cs="{look.ARABIC}"/>'
        f'<w:color w:val="{INK_3}"/></w:rPr></w:lvl>'
    )
