"""Formulas: LaTeX as MathML where it can be read, else as it was written."""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element, tostring

from markdown_it.rules_inline import StateInline

MAX_FORMULA = 2_000

# The converter knows `align` and `align*` alone; models write all of them.
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|align\*?|gathered|gather\*?|split)\}")


# Money is no formula: a `$` opens it only before a character and closes it only before what is no word.
_INLINE = re.compile(rf"\$(?![\s$])((?:[^$\\]|\\.){{1,{MAX_FORMULA}}})(?<!\s)\$(?![\w$])", re.DOTALL)
_SHOWN = re.compile(rf"\$\$(?!\$)((?:[^$\\]|\\.){{1,{MAX_FORMULA}}})\$\$", re.DOTALL)


def inline_formula(state: StateInline, silent: bool) -> bool:
    """`$...$` and `$$...$$` inside a paragraph (dollarmath's own rule looks at the wrong end of the text)."""
    at = state.pos
    if state.src[at] != "$" or (at and (state.src[at - 1].isdigit() or state.src[at - 1] == "$")):
        return False
    shown = state.src.startswith("$$", at)
    found = (_SHOWN if shown else _INLINE).match(state.src, at, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push("math_inline_double" if shown else "math_inline", "math", 0)
        token.content = found.group(1)
    state.pos = found.end()
    return True


def formula(latex: str, *, display: bool, mathml: bool = True) -> str:
    """MathML of a formula, or its source in a `<code>` where that is wanted or the converter cannot read it."""
    source = latex.strip()
    drawn = _mathml(source, display) if mathml and len(source) <= MAX_FORMULA else None
    return f'<code class="math-source">{escape(source)}</code>' if drawn is None else drawn


@lru_cache(maxsize=512)
def _mathml(source: str, display: bool) -> str | None:
    from latex2mathml.converter import convert_to_element

    try:
        element = convert_to_element(
            _ALIGNED.sub(r"\\\1{align*}", source), display="block" if display else "inline"
        )
    except Exception:  # each kind of bad LaTeX raises something else, down to IndexError
        return None
    for node in element.iter():
        _as_text(node)
    return str(tostring(element, encoding="unicode"))


def _as_text(node: Element) -> None:
    """The converter writes symbols as entities and takes `<` in `\\text{}` as it comes: both become text."""
    node.text = unescape(node.text) if node.text else node.text
    node.tail = unescape(node.tail) if node.tail else node.tail
