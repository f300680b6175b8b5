"""Who may import whom, where rows may be written, and how long a file may get."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("chatproject", "export_app", "analytics_app", "sessions_app")  # each may import those after it
SKIPPED = {"migrations", "__pycache__"}


def files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if not SKIPPED & set(path.parts)]


def name_of(path: Path) -> str:
    """`sessions_app.realtime.hub`, a package by its own name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    """Dotted names of what a file imports at run time, in functions too; what only the type checker sees is left out."""
    tree = ast.parse(path.read_text())
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    hidden = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for child in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def offences(folder: str, *forbidden: str) -> list[str]:
    return [
        f"{name_of(path)} imports {name}"
        for path in files(folder)
        for name in imported(path)
        if within(name, *forbidden)
    ]


@pytest.mark.parametrize("app", APPS)
def test_the_apps_import_one_way(app: str) -> None:
    """The command that serves is the door through which the composition root is entered."""
    door = "sessions_app.management.commands.serve imports chatproject."
    above = APPS[: APPS.index(app)]
    assert [line for line in offences(app, *above) if not line.startswith(door)] == []


def test_providers_know_neither_django_nor_the_product() -> None:
    others = [
        f"sessions_app.{path.stem}"
        for path in (ROOT / "sessions_app").iterdir()
        if path.stem not in ("providers", "__init__", "__pycache__")
    ]
    assert offences("sessions_app/providers", "django", "asgiref", "channels", *others, *APPS[:-1]) == []


PURE = [
    "loop",
    "cards",
    "calling",
    "front",
    "history",
    "events",
    "sentences",
    "shortening",
    "tools",
    "labels",
    "passages",
    "prompts",
    "references",
    "window",
]


@pytest.mark.parametrize("module", PURE)
def test_the_loop_and_what_it_uses_know_no_database(module: str) -> None:
    path = ROOT / "sessions_app" / "agent" / module
    parts = path.glob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    forbidden = ("django", "sessions_app.models", "sessions_app.actions", "sessions_app.realtime")
    assert [name for part in parts for name in imported(part) if within(name, *forbidden)] == []


@pytest.mark.parametrize("module", ["values", "spans", "digests", "watching", "sending"])
def test_what_activity_is_made_of_knows_no_database(module: str) -> None:
    found = imported(ROOT / "sessions_app" / "activity" / f"{module}.py")
    forbidden = ("django", "sessions_app.models", "sessions_app.actions", "sessions_app.realtime")
    assert [name for name in found if within(name, *forbidden)] == []


def test_the_product_knows_videos_by_dotted_paths_alone() -> None:
    """They can be left out: `KNOWLEDGE=off`."""
    found = offences("sessions_app", "sessions_app.knowledge")
    assert [line for line in found if not line.startswith("sessions_app.knowledge.")] == []


def test_actions_know_no_event_loop() -> None:
    assert offences("sessions_app/actions", "asyncio", "asgiref", "channels", "aiohttp") == []


def test_actions_know_of_realtime_only_signals_and_chunks() -> None:
    """They publish through the feed, and end a reply with the chunks every transport sends."""
    allowed = ("sessions_app.realtime.feed", "sessions_app.realtime.chunks")
    found = offences(
        "sessions_app/actions", "sessions_app.realtime", "sessions_app.views", "sessions_app.api"
    )
    assert [line for line in found if not within(line.split(" imports ")[1], *allowed)] == []


def test_models_know_nothing_above_them() -> None:
    others = [
        f"sessions_app.{name}" for name in ("actions", "agent", "api", "realtime", "rendering", "views")
    ]
    assert offences("sessions_app/models", *others) == []


def test_rendering_knows_models_and_facts_but_nobody_who_writes() -> None:
    """Labels of tools and the model catalog are facts: a card and a head are named by them."""
    others = [f"sessions_app.{name}" for name in ("actions", "api", "realtime", "views", "management")]
    found = offences("sessions_app/rendering", *others, "sessions_app.agent")
    facts = ("sessions_app.agent.labels", "sessions_app.agent.cards")
    assert [line for line in found if not within(line.split(" imports ")[1], *facts)] == []


def test_realtime_is_below_the_edges() -> None:
    assert (
        offences("sessions_app/realtime", "sessions_app.views", "sessions_app.api", "sessions_app.admin")
        == []
    )


# ---------------------------------------------------------------- writes

VERBS = {
    "create",
    "bulk_create",
    "get_or_create",
    "update_or_create",
    "bulk_update",
    "save",
    "delete",
    "update",
}
WRITERS = (
    "sessions_app/actions",
    "sessions_app/models",
    "sessions_app/management",
    "sessions_app/knowledge/actions",
    "sessions_app/knowledge/models",
    "sessions_app/knowledge/management",
    "analytics_app/actions",
    "export_app/actions",
)

# A write outside the actions, by file and call, and why it may be one.
ELSEWHERE: dict[tuple[str, str], str] = {
    ("sessions_app/files/child.py", "clean.save"): "a picture that is written to disk, no row",
    ("export_app/word/package.py", "document.save"): "a Word file, no row",
    ("export_app/word/parts.py", "image.save"): "a picture of it, no row",
}


def may_write(call: ast.Call) -> bool:
    """Whether a call looks like one that writes rows: such a verb on anything but a plain mapping or set.

    `update` and `delete` count where their object is a query (`objects`, `filter(…)`, `for_user(…)`) or where they
    take what a mapping's never takes: keywords alone for `update`, nothing for `delete`.
    """
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in VERBS:
        return False
    source = ast.unparse(call.func.value)
    if call.func.attr in ("update", "delete"):
        return "objects" in source or "filter(" in source or "for_user(" in source or not call.args
    if call.func.attr == "create":
        return "objects" in source
    return True


def writes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and may_write(node):
            assert isinstance(node.func, ast.Attribute)
            yield f"{ast.unparse(node.func.value)}.{node.func.attr}"


def test_rows_are_written_in_actions_only() -> None:
    found = {
        (str(path.relative_to(ROOT)), call)
        for path in files(*APPS)
        if not str(path.relative_to(ROOT)).startswith(WRITERS)
        for call in writes(path)
    }
    assert found == set(ELSEWHERE)


# ---------------------------------------------------------------- sizes


def test_no_file_is_longer_than_600_lines() -> None:
    everything = [
        *files(*APPS, "tests"),
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "static").rglob("*.*s"),
    ]
    assert [str(path) for path in everything if path.read_text().count("\n") > 600] == []


def test_no_style_of_everything_hangs_on_a_has() -> None:
    """`:has(…) > *` makes Chromium style the whole page anew at each change of it: 11 ms a frame of a streaming reply
    below twenty messages, where it is 2 ms."""
    everything = re.compile(r":has\([^{}]*\)[^,{}]*[\s>+~]\*\s*[,{]")
    sheets = sorted((ROOT / "static" / "css").rglob("*.css"))
    assert [path.name for path in sheets if everything.search(path.read_text())] == []
