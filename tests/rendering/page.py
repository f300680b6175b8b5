"""Reads rendered HTML as a browser would see it, with rules of its own: none are taken from the code under test."""

import re
from html.parser import HTMLParser

TAGS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
    "em", "strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td", "sup", "div", "span", "figure",
    "figcaption", "button", "input", "img",
}  # fmt: skip
MATHS = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle",
    "mpadded", "mphantom", "menclose", "mfenced", "msub", "msup", "msubsup", "munder", "mover",
    "munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd",
}  # fmt: skip
ATTRIBUTES = {
    "href", "title", "id", "class", "rel", "target", "aria-label", "type", "tabindex", "disabled", "checked",
    "src", "alt", "start",
}  # fmt: skip
ADDRESS = re.compile(r"https?://[^/\\]|mailto:|/(?![/\\])|#[\w-]*fn(ref)?\d+(-\d+)?$")
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$")


class Page(HTMLParser):
    """What a piece of HTML holds, and every reason why it should not be shown."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.faults: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag not in TAGS | MATHS:
            self.faults.append(f"<{tag}>")
        for name, value in found.items():
            self._judge(tag, name, value)

    def _judge(self, tag: str, name: str, value: str) -> None:
        unsafe = (
            name not in ATTRIBUTES
            if tag in TAGS
            else name.startswith(("on", "href", "style", "xlink", "src"))
        )
        refused_address = name == "href" and not ADDRESS.match(value)
        refused_picture = name == "src" and not PICTURE.match(value)
        if unsafe or refused_address or refused_picture or re.match(r"on|hx-|data-|sse-|ws-|_", name):
            self.faults.append(f"<{tag} {name}={value!r}>")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"<?{data}>")

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]
