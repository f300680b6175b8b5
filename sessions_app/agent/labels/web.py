"""What came from the web: found pages, a page that was read, repair guides and their steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .reading import rows, text, whole
from .views import Cell, Contents, Entry, Remark, Table, figures
from .words import counted

_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]{1,1000}")
MARKS = {"icon_note": "Note", "icon_caution": "Caution", "icon_reminder": "Reminder"}
COLOURS = frozenset({"red", "orange", "yellow", "green", "blue", "light_blue", "violet"})


def address(value: Any) -> str:
    """An address of the web; empty for every other."""
    return value if isinstance(value, str) and _ADDRESS.fullmatch(value) else ""


def searched(result: Mapping[str, Any]) -> Contents:
    found = rows(result, "results")
    entries = tuple(
        Entry(
            text(row.get("title"), 200) or address(row.get("address")),
            address(row.get("address")),
            text(row.get("date"), 40),
            (Remark(words),) if (words := text(row.get("excerpt"), 500)) else (),
        )
        for row in found
    )
    table = Table(
        "Pages found",
        ("Title", "Address", "Date"),
        tuple((Cell(each.title), Cell(each.link), Cell(each.detail)) for each in entries),
    )
    return Contents(
        total=counted(len(found), "result"),
        entries=entries,
        tables=(table,) if entries else (),
        said=said(result),
        begins="list",
    )


def page_read(result: Mapping[str, Any]) -> Contents:
    title, at = text(result.get("title"), 300), address(result.get("address"))
    if not at:
        return Contents(said=said(result))
    words, of = text(result.get("text"), 10_000), whole(result.get("characters"))
    table = Table("Page", ("Title", "Address"), ((Cell(title or at), Cell(at)),))
    entry = Entry(title or at, at, f"{of:,} characters", tuple(map(Remark, words[:600].split("\n"))))
    cut = ("Only a part of it was read.",) if result.get("next_offset") or len(words) < of else ()
    return Contents(
        total=counted(len(words), "character"), entries=(entry,), tables=(table,), said=cut, begins="list"
    )


def guides_found(result: Mapping[str, Any]) -> Contents:
    found = rows(result, "guides")
    entries = tuple(
        Entry(
            text(row.get("title"), 200),
            address(row.get("address")),
            ", ".join(filter(None, (text(row.get("device")), text(row.get("difficulty"))))),
            (Remark(words),) if (words := text(row.get("summary"), 300)) else (),
        )
        for row in found
    )
    table = Table(
        "Guides",
        ("Title", "Device and difficulty", "Address"),
        tuple((Cell(each.title), Cell(each.detail), Cell(each.link)) for each in entries),
    )
    return Contents(
        total=counted(len(found), "guide"),
        entries=entries,
        tables=(table,) if entries else (),
        said=said(result),
        begins="list",
    )


def guide(result: Mapping[str, Any]) -> Contents:
    steps = rows(result, "steps")
    entries = tuple(map(_step, steps))
    table = Table(
        "Steps",
        ("Step", "What to do"),
        tuple((Cell(each.title), Cell(" ".join(map(_plain, each.lines)))) for each in entries),
    )
    head = Entry(text(result.get("title")), address(result.get("address")), "on iFixit")
    return Contents(
        total=counted(whole(result.get("total_steps")) or len(steps), "step"),
        figures=figures(
            ("Device", text(result.get("device"))),
            ("Difficulty", text(result.get("difficulty"))),
            ("Time", text(result.get("time"))),
            ("Tools", _names(result.get("tools"))),
            ("Parts", _names(result.get("parts"))),
        ),
        entries=(head, *entries) if head.link else entries,
        tables=(table,) if entries else (),
        said=said(result),
        begins="list",
    )


def said(result: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(filter(None, (text(result.get("said"), 300), text(result.get("licence"), 300))))


def _step(row: Mapping[str, Any]) -> Entry:
    title = text(row.get("title"), 120)
    lines = tuple(
        Remark(text(line.get("text"), 800), text(line.get("mark"), 20)) for line in rows(row, "lines")
    )
    found = row.get("pictures")
    pictures = tuple(filter(None, map(address, found[:3]))) if isinstance(found, list) else ()
    return Entry(f"Step {whole(row.get('step'))}{f': {title}' if title else ''}", "", "", lines, pictures)


def _plain(line: Remark) -> str:
    return f"{MARKS[line.mark]}: {line.text}" if line.mark in MARKS else line.text


def _names(found: Any) -> str:
    return ", ".join(text(name, 80) for name in found[:20]) if isinstance(found, list) else ""
