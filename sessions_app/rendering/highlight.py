"""Code in colours: Pygments tokens as short class names, never inline styles (the page's policy forbids them)."""

import re
import time
from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer

MAX_COLOURED = 64 * 1024
MAX_LINE = 2_000
"""Some lexers take time with the square of a line."""
MAX_SECONDS = 0.25
"""CPU time of this thread for one block; what takes longer is shown without colours."""
MAX_LABEL = 40

_LONG_LINE = re.compile(rf"[^\n]{{{MAX_LINE},}}")


def highlight(code: str, language: str = "", *, colour: bool = True) -> str:
    """A block of code with its head, coloured and escaped; `language` is the author's label, of any content."""
    label = language.strip()[:MAX_LABEL]
    body = _coloured(code, label.lower()) if colour else None
    return (
        '<figure class="code"><figcaption class="code__head">'
        f'<span class="code__lang">{escape(label or "text")}</span>'
        '<button type="button" class="code__copy" aria-label="Copy code">Copy</button></figcaption>'
        f'<pre class="code__body" tabindex="0"><code>{escape(code) if body is None else body}</code></pre></figure>\n'
    )


def _coloured(code: str, alias: str) -> str | None:
    found = coloured(code, alias)
    if found is None:
        return None
    escaped = ((name, escape(text, quote=False)) for name, text in found)
    return "".join(f'<span class="{name}">{text}</span>' if name else text for name, text in escaped)


def coloured(code: str, alias: str) -> list[tuple[str, str]] | None:
    """The code in pieces, each with its short class name; None where it is shown without colours."""
    if not alias or len(code) > MAX_COLOURED or _LONG_LINE.search(code):
        return None
    lexer = _lexer(alias)
    return None if lexer is None else _within_budget(lexer, code)


def _within_budget(lexer: "Lexer", code: str) -> list[tuple[str, str]] | None:
    deadline = time.thread_time() + MAX_SECONDS
    out: list[tuple[str, str]] = []
    for name, run in groupby(_classed(lexer, code), key=lambda pair: pair[0]):
        out.append((name, "".join(value for _, value in run)))
        if len(out) % 256 == 0 and time.thread_time() > deadline:
            return None
    return out


def _classed(lexer: "Lexer", code: str) -> Iterator[tuple[str, str]]:
    from pygments.token import STANDARD_TYPES

    for token_type, value in lexer.get_tokens(code):
        # A lexer's own kinds take the class of the nearest standard one.
        name = next(STANDARD_TYPES[kind] for kind in reversed(token_type.split()) if kind in STANDARD_TYPES)
        # White space needs no element of its own.
        yield ("" if name == "w" else name), value


@cache
def _aliases() -> frozenset[str]:
    """Labels with a lexer. Asking Pygments for an unknown one searches all installed packages each time."""
    from pygments.lexers import get_all_lexers

    return frozenset(alias.lower() for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases)


def _lexer(alias: str) -> "Lexer | None":
    if alias not in _aliases():
        return None
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(alias, stripnl=False, ensurenl=False)


def token_classes() -> frozenset[str]:
    """Every class name that `highlight` can write."""
    from pygments.token import STANDARD_TYPES

    return frozenset(name for name in STANDARD_TYPES.values() if name)
