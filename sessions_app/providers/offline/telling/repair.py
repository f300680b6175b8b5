"""Repair guides in words, each with a link to iFixit, as their licence asks."""

from __future__ import annotations

import re

from .facts import Facts, counted, paragraphs, sentence

MOST_SHOWN = 8
_PAGE = re.compile(r"https://[\w.-]+/[\w/%+.~-]*")


def found(result: Facts, question: str) -> str:
    guides = result.rows("guides")
    if not guides:
        return "iFixit has no guide for that."
    rows = [f"- {_named(each)}{_beside(each)}" for each in guides[:MOST_SHOWN]]
    first = guides[0].number("guide_id")
    more = f"Ask for “repair guide {first}” to read one of them." if first else ""
    return paragraphs(
        f"iFixit has **{counted(len(guides), 'guide')}** for that:",
        "\n".join(rows),
        more,
        result.text("licence"),
    )


def read(result: Facts, question: str) -> str:
    facts = [
        f"{name}: {value}"
        for name, key in (("Difficulty", "difficulty"), ("Time", "time"))
        if (value := result.text(key))
    ]
    steps = [
        f"{each.number('step') or at}. {' '.join(line.text('text') for line in each.rows('lines'))}"
        for at, each in enumerate(result.rows("steps"), 1)
    ]
    rest = result.number("next_step")
    more = f"The guide goes on with step {rest}; the link leads to all of it." if rest else ""
    return paragraphs(
        sentence(f"**{_named(result)}**", ", ".join(facts)), "\n".join(steps), more, result.text("licence")
    )


def _named(row: Facts) -> str:
    title, page = row.text("title") or "A guide", row.values.get("address")
    return f"[{title}]({page})" if isinstance(page, str) and _PAGE.fullmatch(page) else title


def _beside(row: Facts) -> str:
    number = row.number("guide_id")
    told = [row.text("device"), row.text("difficulty"), f"guide {number}" if number else ""]
    words = ", ".join(filter(None, told))
    return f" ({words})" if words else ""
