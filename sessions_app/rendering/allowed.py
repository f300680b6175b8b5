"""The last step of every rendering: an allow-list of elements, attributes, classes and addresses.

Nothing of the grammar is trusted here. No `style`, `data-*`, `hx-*` or handler attribute is on the list, no
SVG, no frame, no form but the disabled box of a task. Pictures and MathML are allowed only to a block
that the grammar says has some: parsers of foreign elements are where cleaners broke.
"""

import re
from functools import cache

import nh3

from sessions_app.rendering.highlight import token_classes
from sessions_app.rendering.links import is_data_picture, link_kind

LINK_REL = "noopener noreferrer nofollow"

_PROSE = (
    "p br hr h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s a table thead tbody tr th td sup "
    "div span figure figcaption button input"
)
# https://www.w3.org/TR/mathml-core/ and what older engines draw; nothing that holds HTML, links or actions.
_MATHS = (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose mfenced msub "
    "msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd"
)
_MATHS_ATTRIBUTES = (
    "display displaystyle scriptlevel mathvariant mathcolor stretchy fence form separator symmetric "
    "largeop movablelimits accent accentunder linethickness columnalign rowalign columnlines rowlines "
    "notation width lspace rspace minsize maxsize linebreak"
)
_ALIGNMENT = {"align-left", "align-center", "align-right"}
_CLASSES: dict[str, set[str]] = {
    "a": {"picture-link", "footnote__back"},
    "button": {"code__copy"},
    "code": {"math-source"},
    "div": {"table-scroll", "footnote"},
    "figcaption": {"code__head"},
    "figure": {"code"},
    "img": {"picture"},
    "input": {"task-list-item-checkbox"},
    "li": {"task-list-item"},
    "ol": {"contains-task-list"},
    "p": {"plain"},
    "pre": {"plain", "code__body"},
    "sup": {"footnote-ref"},
    "td": _ALIGNMENT,
    "th": _ALIGNMENT,
    "ul": {"contains-task-list"},
}
_SPAN_CLASSES = {
    "code__lang",
    "math",
    "math--block",
    "picture-link",
    "picture-link__host",
    "link-off",
    "footnote__mark",
}
_VALUES: dict[str, dict[str, set[str]]] = {
    "a": {"target": {"_blank"}, "aria-label": {"Back to the text"}},
    "button": {"type": {"button"}, "aria-label": {"Copy code"}},
    "div": {"tabindex": {"0"}},
    "input": {"type": {"checkbox"}, "disabled": {""}, "checked": {""}, "aria-label": {"Done", "Not done"}},
    "pre": {"tabindex": {"0"}},
}
_ANCHOR = re.compile(r"[A-Za-z0-9_-]*fn(?:ref)?[0-9]+(?:-[0-9]+)?")
# A formula may move by a few characters, not over the page.
_MATHS_LENGTH = re.compile(r"[-+]?[0-9]?\d?(?:\.\d+)?(?:em|ex|px|pt|mu)")
_LENGTHS = {"width", "lspace", "rspace", "minsize", "maxsize", "linethickness"}


def clean_html(html: str) -> str:
    """HTML with everything taken out that is not on the list."""
    return _cleaner("<img" in html, "<math" in html).clean(html)


@cache
def _cleaner(pictures: bool, maths: bool) -> nh3.Cleaner:
    attributes = {"a": {"href", "title", "id"}, "div": {"id"}, "ol": {"start"}}
    if pictures:
        attributes["img"] = {"src", "alt", "title"}
    if maths:
        attributes |= {tag: set(_MATHS_ATTRIBUTES.split()) for tag in _MATHS.split()}
    return nh3.Cleaner(
        tags={*_PROSE.split(), *(["img"] if pictures else []), *(_MATHS.split() if maths else [])},
        clean_content_tags={"script", "style"},
        attributes=attributes,
        attribute_filter=_checked,
        tag_attribute_values=_VALUES,
        set_tag_attribute_values={"a": {"rel": LINK_REL}},
        allowed_classes=_CLASSES | {"span": _SPAN_CLASSES | token_classes()},
        url_schemes={"http", "https", "mailto"} | ({"data"} if pictures else set()),
        link_rel=None,
    )


def _checked(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        anchor = value.startswith("#") and _ANCHOR.fullmatch(value, 1)
        return value if anchor or link_kind(value) else None
    if attribute == "src":
        return value if is_data_picture(value) else None
    if attribute == "id":
        return value if _ANCHOR.fullmatch(value) else None
    if attribute in _LENGTHS and tag.startswith("m"):
        return value if _MATHS_LENGTH.fullmatch(value) else None
    return value
