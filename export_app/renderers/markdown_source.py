"""Markdown that stands inside other Markdown: the words of a message, as they were written, made to end where they
end and to fit under its heading. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from markdown_it.token import Token

from sessions_app.rendering.markdown import grammar

_FENCE = re.compile(r"(?P<before>[ >\t]*(?:[-*+]\s+|\d+[.)]\s+)?)(?P<marks>`{3,}|~{3,})\s*")
_ATX = re.compile(r"(?P<before> {0,3})#{1,6}(?P<rest>[ \t].*|)")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_SPECIAL = re.compile(r"[\\`*_\[\]<#]|~(?=~)|&(?=#?\w+;)")
_MAY_HEAD = re.compile(r"^ {0,3}(?:#{1,6}(?:\s|$)|=+\s*$|-+\s*$)", re.MULTILINE)
MOST_LEVEL = 6


def embedded(text: str, *, below: int, language: str = "", notes: str = "", breaks: bool = False) -> str:
    """The text, so that nothing in it reaches what follows. With `breaks`, its line ends are line breaks, as a person
    typed them.

    Its headings stand below level `below`, fences without a language get `language`, one that was left open is closed,
    and its footnotes are named by `notes`: two messages may have a footnote 1.
    """
    open_ended = "```" in text or "~~~" in text or "$$" in text
    if not (open_ended or (breaks and "\n" in text) or "[^" in text or _MAY_HEAD.search(text)):
        return text.strip("\n")
    tokens = parsed(text)
    lines = text.split("\n")
    if breaks:
        break_lines(lines, tokens)
    deepen(lines, tokens, below)
    if language and open_ended:
        name_fences(lines, tokens, language)
    if labels := {str(token.meta["label"]) for token in tokens if token.type == "footnote_reference_open"}:
        lines = list(renamed_notes(lines, tokens, labels, notes))
    return "\n".join([*lines, *(closing(text) if open_ended else ())]).strip("\n")


def parsed(text: str) -> list[Token]:
    tokens: list[Token] = []
    grammar().block.parse(text, grammar(), {"references": {}}, tokens)
    return tokens


def break_lines(lines: list[str], tokens: Sequence[Token]) -> None:
    """Two spaces at the end of each line of a paragraph that another follows."""
    for token in tokens:
        if token.type == "paragraph_open" and token.map:
            for number in range(token.map[0], token.map[1] - 1):
                lines[number] = lines[number].rstrip() + "  "


def deepen(lines: list[str], tokens: Sequence[Token], below: int) -> None:
    """Its highest heading comes right below `below`, where it would stand beside or above it."""
    heads = [token for token in tokens if token.type == "heading_open" and token.level == 0 and token.map]
    if not heads:
        return
    shift = max(0, below + 1 - min(int(token.tag[1]) for token in heads))
    for token in heads:
        assert token.map is not None
        first, end = token.map
        marks = "#" * min(MOST_LEVEL, int(token.tag[1]) + shift)
        found = _ATX.fullmatch(lines[first])
        if found and token.markup.startswith("#"):
            lines[first] = f"{found['before']}{marks}{found['rest']}"
        elif shift:  # underlined: its lines become one, and no other line moves
            lines[first] = f"{marks} " + " ".join(line.strip() for line in lines[first : end - 1])
            lines[first + 1 : end] = [""] * (end - first - 1)


def name_fences(lines: list[str], tokens: Sequence[Token], language: str) -> None:
    for token in tokens:
        if token.type == "fence" and token.map and not token.info.strip():
            found = _FENCE.fullmatch(lines[token.map[0]])
            if found:
                lines[token.map[0]] = f"{found['before']}{found['marks']}{language}"


def renamed_notes(
    lines: Sequence[str], tokens: Sequence[Token], labels: set[str], name: str
) -> Iterator[str]:
    """Labels that this text defines, renamed where they are no code."""
    code = {
        line
        for token in tokens
        if token.type in ("fence", "code_block") and token.map
        for line in range(*token.map)
    }
    wanted = re.compile(r"\[\^(" + "|".join(re.escape(label) for label in labels) + r")\]")
    for number, line in enumerate(lines):
        yield line if number in code else outside_code(line, wanted, rf"[^{name}-\1]")


def outside_code(line: str, wanted: re.Pattern[str], by: str) -> str:
    told, at = "", 0
    for span in _CODE.finditer(line):
        told += wanted.sub(by, line[at : span.start()]) + span[0]
        at = span.end()
    return told + wanted.sub(by, line[at:])


def closing(text: str) -> list[str]:
    """The line that closes a fence or formula left open, as a stopped answer leaves it."""
    mark = "the-end-of-this-text"
    tokens = parsed(f"{text}\n\n{mark}")
    last = tokens[-1] if tokens else None
    if last is None or mark not in last.content:
        return []
    if last.type == "fence" and last.level == 0:
        return [last.markup]
    return ["$$"] if last.type.startswith("math_block") else []


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    one = _SPECIAL.sub(lambda found: "\\" + found[0], " ".join(text.split()))
    if re.match(r"[-+=>](?=\s|$)|>", one):
        return "\\" + one
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", one)


def cell(text: str) -> str:
    """The same for a cell of a table."""
    return plain(text).replace("|", "\\|")


def fenced(code: str, language: str = "") -> str:
    """A code block that no fence inside it ends."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    marks = "`" * (longest + 1)
    end = "" if code.endswith("\n") else "\n"
    return f"{marks}{language}\n{code}{end}{marks}"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def front_matter(values: Mapping[str, object]) -> str:
    """YAML that needs no library: texts as JSON strings, which are YAML too."""
    lines = [f"{name}: {yaml(value)}" for name, value in values.items() if value not in (None, "", [], ())]
    return "\n".join(["---", *lines, "---"])


def yaml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(yaml(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
