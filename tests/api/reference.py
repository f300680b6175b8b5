"""The last part of docs/api.md: every operation in a line, as docs/openapi.yaml has it. `make openapi` writes both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parents[2] / "docs"
HEAD = "\n## All operations\n"


def parts() -> tuple[str, str]:
    """The guide up to this part, and this part as it stands there."""
    before, head, own = (DOCS / "api.md").read_text().partition(HEAD)
    return before, head + own


def reference() -> str:
    """This part as it has to be: a table for each group."""
    described = yaml.safe_load((DOCS / "openapi.yaml").read_text())
    tables = [
        f"**{tag['name']}.** {tag['description']}\n\n"
        "| | | scope |\n| --- | --- | --- |\n" + "\n".join(lines(described, tag["name"]))
        for tag in described["tags"]
    ]
    about = "Fields, answers and refusals of each are at `/api/docs`."
    return "\n\n".join([HEAD, about, *tables]).replace("\n\n\n", "\n\n") + "\n"


def lines(described: dict[str, Any], tag: str) -> Iterator[str]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                scope = re.search(r"Scope of a token: `(\w+)`", operation["description"])
                address = re.sub(r"{(\w+)}", named, path.removeprefix("/api/chat/"))
                told = f"`{method.upper()} {address}` | {operation['summary']} | {scope[1] if scope else ''}"
                yield f"| {told} |"


def named(place: re.Match[str]) -> str:
    return "NAME" if place[1] == "name" else "ID"


if __name__ == "__main__":
    (DOCS / "api.md").write_text(parts()[0] + reference())
