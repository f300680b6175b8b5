"""A page as a browser has it: elements by id, and htmx's out-of-band swaps applied to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass(eq=False)
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def find(self, name: str) -> Element | None:
        return next((element for element in self.walk() if element.id == name), None)

    def by_class(self, name: str) -> list[Element]:
        return [each for each in self.walk() if name in each.attributes.get("class", "").split()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class Document:
    """What a page shows. `missing` counts swaps that had no place to go (htmx drops those)."""

    def __init__(self, html: str) -> None:
        self.root = parse(html)
        self.missing: list[str] = []

    @property
    def cursor(self) -> dict[str, str]:
        element = self.root.find("cursor")
        assert element is not None
        return element.attributes

    def apply(self, html: str) -> None:
        for element in parse(html).children:
            if isinstance(element, Element):
                self._swap(element)

    def _swap(self, element: Element) -> None:
        how, _, target = element.attributes.pop("hx-swap-oob").partition(":#")
        place = self.root.find(target or element.id)
        if place is None:
            self.missing.append(target or element.id)
        elif how == "beforeend":
            place.children.extend(element.children)
        elif how == "innerHTML":
            place.children = list(element.children)
        else:
            assert how == "true"
            self._replace(place, element)

    def _replace(self, place: Element, element: Element) -> None:
        parent = next(each for each in self.root.walk() if place in each.children)
        parent.children[parent.children.index(place)] = element

    def doubled(self) -> list[str]:
        """Ids that stand more than once."""
        counts = Counter(element.id for element in self.root.walk() if element.id)
        return [name for name, times in counts.items() if times > 1]

    def articles(self) -> list[Element]:
        return [element for element in self.root.walk() if element.tag == "article"]

    def shown(self, message: object) -> str:
        """The body's text of a message, blanks folded."""
        body = self.root.find(f"message-{message}-body")
        assert body is not None
        return " ".join(body.text.split())

    def status(self, message: object) -> str:
        article = self.root.find(f"message-{message}")
        return article.attributes.get("data-status", "") if article else ""
