"""Sizes of files and functions, printed by `make lint`: what outgrows its place is telling something."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

GOALS = {".py": 400, ".html": 120, ".js": 100, ".css": 250}
FILE_LIMIT, FUNCTION_GOAL = 600, 60


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
    paths = [Path(name) for name in names if name]
    return [
        path for path in paths if path.suffix in GOALS and "migrations" not in path.parts and path.exists()
    ]


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def main() -> int:
    lengths = sorted((length for path in tracked() if path.suffix == ".py" for _, length in functions(path)))
    too_long = False
    for path in tracked():
        lines = path.read_text().count("\n")
        if lines > GOALS[path.suffix]:
            print(f"{path}: {lines} lines (aim: {GOALS[path.suffix]})")
        too_long = too_long or lines > FILE_LIMIT
        if path.suffix == ".py":
            for name, length in functions(path):
                if length > FUNCTION_GOAL:
                    print(f"{path}: {name} has {length} lines (aim: {FUNCTION_GOAL})")
    print(f"{len(lengths)} functions, median {lengths[len(lengths) // 2]} lines, longest {lengths[-1]}")
    return int(too_long)


if __name__ == "__main__":
    sys.exit(main())
