"""Finding text in whatever case it is written.

SQLite's LIKE folds the case of ASCII letters only; its GLOB knows classes of letters: `[äÄ]`. PostgreSQL folds all
letters itself.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import BooleanField, Func, Q, Value


def holds(field: str, text: str) -> Q | Func:
    """Whether a text field holds `text`, in whatever case: for `filter`."""
    if text.isascii() or connection.vendor != "sqlite":
        return Q(**{f"{field}__icontains": text})
    pattern = Value(f"*{''.join(map(_in_any_case, text))}*")
    template = {"template": "(%(expressions)s)", "arg_joiner": " GLOB "}
    return Func(field, pattern, output_field=BooleanField(), **template)


def _in_any_case(letter: str) -> str:
    if letter in "*?[":
        return f"[{letter}]"
    cases = {letter, letter.lower(), letter.upper(), letter.title(), letter.casefold()}
    single = sorted(case for case in cases if len(case) == 1)
    return f"[{''.join(single)}]" if len(single) > 1 else letter
