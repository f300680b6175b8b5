"""How each kind of token is written as HTML, where it differs from the grammar's own way."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from sessions_app.rendering.allowed import LINK_REL
from sessions_app.rendering.highlight import highlight
from sessions_app.rendering.links import LinkKind, host_of, is_data_picture, link_kind
from sessions_app.rendering.maths import formula
from sessions_app.rendering.plain import plain_block

Environment = dict[str, Any]
"""What a parse carries along: `references`, `footnotes`, and of ours `prefix`, `breaks`, `colour`, `mathml`."""

Tokens = Sequence[Token]
Rule = Callable[[Tokens, int, OptionsDict, Environment], str]


def _fence(tokens: Tokens, at: int, _options: OptionsDict, env: Environment) -> str:
    token = tokens[at]
    label = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    return highlight(token.content, label, colour=env["colour"])


def _code_block(tokens: Tokens, at: int, _options: OptionsDict, _env: Environment) -> str:
    return highlight(tokens[at].content)


def _softbreak(_tokens: Tokens, _at: int, _options: OptionsDict, env: Environment) -> str:
    return "<br>\n" if env["breaks"] else "\n"


def _table_open(_tokens: Tokens, _at: int, _options: OptionsDict, _env: Environment) -> str:
    return '<div class="table-scroll" tabindex="0"><table>\n'


def _table_close(_tokens: Tokens, _at: int, _options: OptionsDict, _env: Environment) -> str:
    return "</table></div>\n"


def _list_item_open(tokens: Tokens, at: int, _options: OptionsDict, _env: Environment) -> str:
    token = tokens[at]
    if "checked" not in token.meta:
        return "<li>"
    state = ' checked="" aria-label="Done"' if token.meta["checked"] else ' aria-label="Not done"'
    box = f'<input class="task-list-item-checkbox" type="checkbox" disabled=""{state}>'
    return f'<li class="task-list-item">{box} '


def _image(tokens: Tokens, at: int, _options: OptionsDict, _env: Environment) -> str:
    """A picture of another host is never loaded: it would tell that host who reads, and what (EchoLeak)."""
    token = tokens[at]
    source, alt = str(token.attrs["src"]), " ".join(_words(token.children or ()).split())
    if is_data_picture(source):
        return f'<img class="picture" src="{escape(source)}" alt="{escape(alt)}">'
    host = host_of(source)
    text = escape(alt or "Picture") + (
        f' <span class="picture-link__host">{escape(host)}</span>' if host else ""
    )
    kind = link_kind(source)
    if token.meta["linked"] or kind not in (LinkKind.WEB, LinkKind.SITE):
        return f'<span class="picture-link">{text}</span>'
    return f'<a class="picture-link" href="{escape(source)}" rel="{LINK_REL}" target="_blank">{text}</a>'


def _words(tokens: Tokens) -> str:
    return " ".join(_words(token.children) if token.children else token.content for token in tokens)


def _math_inline(tokens: Tokens, at: int, _options: OptionsDict, env: Environment) -> str:
    inner = formula(tokens[at].content, display=False, mathml=env["mathml"])
    return f'<span class="math">{inner}</span>'


def _math_shown(tokens: Tokens, at: int, _options: OptionsDict, env: Environment) -> str:
    inner = formula(tokens[at].content, display=True, mathml=env["mathml"])
    return f'<span class="math math--block">{inner}</span>'


def _math_block(tokens: Tokens, at: int, options: OptionsDict, env: Environment) -> str:
    return f"<p>{_math_shown(tokens, at, options, env)}</p>\n"


def _footnote_ref(tokens: Tokens, at: int, _options: OptionsDict, env: Environment) -> str:
    number, again = tokens[at].meta["id"] + 1, tokens[at].meta["subId"]
    own = f"{env['prefix']}fnref{number}" + (f"-{again + 1}" if again else "")
    return f'<sup class="footnote-ref"><a href="#{env["prefix"]}fn{number}" id="{own}">{number}</a></sup>'


def _footnote_open(tokens: Tokens, at: int, _options: OptionsDict, env: Environment) -> str:
    number = tokens[at].meta["number"]
    if number is None:
        return '<div class="footnote">'
    return (
        f'<div class="footnote" id="{env["prefix"]}fn{number}">'
        f'<a class="footnote__back" href="#{env["prefix"]}fnref{number}" aria-label="Back to the text">{number}</a>'
    )


def _footnote_close(_tokens: Tokens, _at: int, _options: OptionsDict, _env: Environment) -> str:
    return "</div>\n"


def _definition(_tokens: Tokens, _at: int, _options: OptionsDict, _env: Environment) -> str:
    return ""


def _plain(tokens: Tokens, at: int, _options: OptionsDict, _env: Environment) -> str:
    return plain_block(tokens[at].content)


RULES: dict[str, Rule] = {
    "fence": _fence,
    "code_block": _code_block,
    "softbreak": _softbreak,
    "table_open": _table_open,
    "table_close": _table_close,
    "list_item_open": _list_item_open,
    "image": _image,
    "math_inline": _math_inline,
    "math_inline_double": _math_shown,
    "math_block": _math_block,
    "footnote_ref": _footnote_ref,
    "footnote_reference_open": _footnote_open,
    "footnote_reference_close": _footnote_close,
    "definition": _definition,
    "plain": _plain,
}
