"""Colours, fonts and measures of the file: the light tokens of the workspace, on paper."""

from __future__ import annotations

INK, INK_2, INK_3 = "171A20", "474E5C", "596271"
SUNKEN, LINE = "F1F3F6", "E3E7EC"
CYAN_INK, CYAN_LINE = "08647A", "B4DEE7"
PURPLE_INK, PURPLE_LINE = "6234C4", "D3C5F6"
OK, OK_TINT, BAD, BAD_TINT, WARN, MARK = "17713E", "E2F5E9", "B3261C", "FDEBE9", "825400", "FFE9A3"
CONSTANT = "98430A"

TOOLS = {
    "session-metrics": ("1B4CB3", "E6EFFE"),
    "token-usage": ("256B2C", "E4F4E5"),
    "message-search": ("6C5200", "FAF0C6"),
    "active-sessions": ("046A49", "DBF5EA"),
    "engagement": ("8426B8", "F6EAFE"),
    "system-health": ("086662", "DAF4F2"),
    "costs": ("98430A", "FEEDDD"),
    "web": ("0B5A80", "E0F2FB"),
    "videos": ("4A4FB8", "EBECFD"),
    "repair": ("9C2450", "FDEAF0"),
    "other": (INK_2, "E9ECF1"),
}
"""Ink and tint of a tool's badge, by the colour of its look."""

SIGNS, SIGNS_TOO = "DejaVu Sans", "Segoe UI Symbol"
"""For boxes, which the usual fonts have not: else they come as coloured pictures, or not at all."""
SANS, MONO, EAST, ARABIC = "Calibri", "Consolas", "Microsoft YaHei", "Arial"
"""Word has these wherever it runs, or knows what to take for them."""

# Twentieths of a point, as the format counts.
MM = 56.6929
PAPERS = {"a4": (11906, 16838), "letter": (12240, 15840)}
MARGIN = round(20 * MM)
STEP = 360
"""One level of a list."""
MOST_LEFT = 10 * STEP
"""What is nested deeper stays here: some width must be left."""
EMU = 635
"""English Metric Units, in which pictures are measured, of a twentieth of a point."""

_KEYWORD = (PURPLE_INK, "", "")
_NAME = (CYAN_INK, "", "")
_STRING = (OK, "", "")
_NUMBER = (CONSTANT, "", "")
_COMMENT = (INK_3, "", "")
_WRONG = (BAD, "", "")
CODE = {
    **dict.fromkeys(["k", "kd", "kn", "kp", "kr", "kt", "ow"], _KEYWORD),
    **dict.fromkeys(["nf", "fm", "nc", "nt", "nb", "bp", "na", "nd", "ne", "nn", "gp"], _NAME),
    **dict.fromkeys(
        ["s", "sa", "sb", "sc", "dl", "sd", "s2", "se", "sh", "si", "sx", "sr", "s1", "ss", "ld"], _STRING
    ),
    **dict.fromkeys(["m", "mb", "mf", "mh", "mi", "mo", "il", "l", "no", "kc", "ni"], _NUMBER),
    **dict.fromkeys(["c", "ch", "cm", "cp", "cpf", "c1", "cs", "go"], _COMMENT),
    **dict.fromkeys(["err", "gr", "gt"], _WRONG),
    **dict.fromkeys(["gh", "gu"], (CYAN_INK, "", "b")),
    "gi": (OK, OK_TINT, ""),
    "gd": (BAD, BAD_TINT, ""),
    "ge": ("", "", "i"),
    "gs": ("", "", "b"),
}
"""Ink, tint and face (bold, italic) of code, by the short names of Pygments."""
