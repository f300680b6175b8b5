"""Reading Git repositories by `git` itself: fixed arguments, no shell, nothing of our environment, bounded in time and size.

A repository may have been written by strangers: its configuration can name programs for hooks, file system monitors, external
diffs, pagers, signatures and filters. None of the commands here runs hooks or filters; the rest is switched off by what
stands in COMMAND and ENVIRONMENT (https://git-scm.com/docs/git, git-config, githooks).
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

COMMAND = (
    "git", "--no-pager", "--no-optional-locks", "--literal-pathspecs",
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat",
    "-c", "diff.external=", "-c", "log.showSignature=false",
    "-c", "core.attributesFile=/dev/null", "-c", "safe.directory=*",
    "-c", "i18n.logOutputEncoding=UTF-8",
)  # fmt: skip
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # over what the repository allows itself: a missing object is not fetched
    "GIT_NO_REPLACE_OBJECTS": "1",
}
SECONDS, BYTES, MOST = 8.0, 400_000, 100
LONGEST_STAT = 6_000  # characters
HASH = re.compile(r"[0-9a-f]{7,64}")  # SHA-1 or SHA-256
_FORMAT = (
    "--format=tformat:%H%x00%cI%x00%an%x00%s%x00%b"  # with -z each ends with NUL: no text of a commit has one
)
_FIELDS = 5


class Unreadable(Exception):
    """Why a repository could not be read, in a sentence."""


@dataclass(frozen=True, slots=True)
class Commit:
    """`at` is when it was committed."""

    hash: str
    author: str
    at: datetime
    subject: str
    body: str


def named(paths: Sequence[str]) -> dict[str, Path]:
    """Repositories by short names: that of their folder, numbered where two have the same."""
    found: dict[str, Path] = {}
    for path in paths:
        base = re.sub(r"[^A-Za-z0-9._-]", "-", Path(path).name.removesuffix(".git")) or "repository"
        name, number = base, 2
        while name in found:
            name, number = f"{base}-{number}", number + 1
        found[name] = Path(path)
    return found


def commits(path: Path, *, most: int = 20, after: str = "") -> list[Commit]:
    """The newest first, of what HEAD reaches and the commit `after` does not. Raises Unreadable."""
    if after and not HASH.fullmatch(after):
        raise Unreadable("There is no such commit.")
    which = f"{after}..HEAD" if after else "HEAD"
    return read(
        run(path, "log", "-z", f"--max-count={min(most, MOST)}", "--no-show-signature", _FORMAT, which, "--")
    )


def read(told: str) -> list[Commit]:
    words = told.split("\0")
    return [commit(*words[at : at + _FIELDS]) for at in range(0, len(words) - _FIELDS, _FIELDS)]


def commit(key: str, at: str, author: str, subject: str, body: str) -> Commit:
    return Commit(key, line(author, 80), moment(at), line(subject, 200), body.strip()[:2_000])


def moment(at: str) -> datetime:
    """Anybody can write a commit of the year 99999, or of no time at all: that is as git tells of one it cannot read."""
    try:
        found = datetime.fromisoformat(at)
        found.astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)
    return found


def show(path: Path, key: str) -> tuple[Commit, str]:
    """A commit and which files it changed how much. Raises Unreadable."""
    if not HASH.fullmatch(key):
        raise Unreadable("A commit is named by 7 or more of its letters and digits.")
    which = (f"{key}^{{commit}}", "--")
    found = read(run(path, "show", "-z", "--no-patch", "--no-show-signature", _FORMAT, *which))
    if not found:
        raise Unreadable("There is no such commit.")
    stat = run(
        path, "show", "--format=", "--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-color",
        "--stat=100", "--stat-count=100", *which,
    )  # fmt: skip
    return found[0], stat.strip("\n")[:LONGEST_STAT]


def line(text: str, most: int) -> str:
    return " ".join(text.split())[:most]


def run(path: Path, *arguments: str) -> str:
    """What git says, cut where it says too much. Raises Unreadable."""
    if not path.is_absolute() or not path.is_dir():
        raise Unreadable("That folder is not there.")
    environment = {**ENVIRONMENT, "GIT_CEILING_DIRECTORIES": str(path.parent)}
    try:
        process = subprocess.Popen(
            [*COMMAND, "-C", str(path), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError:
        raise Unreadable("Git is not installed on this server.") from None
    late = threading.Timer(SECONDS, end, [process])
    late.daemon = True
    late.start()
    assert process.stdout is not None
    try:
        told = process.stdout.read(BYTES)
        if len(told) == BYTES:
            end(process)
        code = process.wait()
    finally:
        late.cancel()
        end(process)
        process.stdout.close()
    if code and len(told) < BYTES:
        raise Unreadable("Git took too long." if code < 0 else "There is no repository, or nothing in it.")
    return told.decode("utf-8", "replace")


def end(process: subprocess.Popen[bytes]) -> None:
    """With everything it started."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
