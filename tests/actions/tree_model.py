"""A chat's tree as plainly as it can be told, and random steps that do the same to it and to the database."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from sessions_app.actions import replies, versions
from sessions_app.actions.branching import branch_session, duplicate_session, merge_session
from sessions_app.actions.errors import Refused
from sessions_app.actions.notifications import Notification, notify
from sessions_app.actions.organising import archive
from sessions_app.models import ChatSession, Message, Reply, User

from .steps import end, send


@dataclass
class Node:
    """One message; `children` in the order they came."""

    key: UUID
    role: str
    text: str
    children: list[Node] = field(default_factory=list)
    chosen: Node | None = None
    deleted_with: UUID | None = None
    former: list[str] = field(default_factory=list)

    @property
    def kept(self) -> list[Node]:
        return [child for child in self.children if child.deleted_with is None]

    def shown_child(self) -> Node | None:
        if self.chosen is not None and self.chosen.deleted_with is None:
            return self.chosen
        return self.kept[-1] if self.kept else None

    def all_below(self) -> list[Node]:
        return [self, *(each for child in self.children for each in child.all_below())]


@dataclass
class Plain:
    """A chat: a root above its first messages, and the path that is shown."""

    chat: ChatSession
    root: Node = field(default_factory=lambda: Node(UUID(int=0), "root", ""))
    path: list[Node] = field(default_factory=list)

    def nodes(self) -> list[Node]:
        return self.root.all_below()[1:]

    def above(self, node: Node) -> list[Node]:
        """From the root's child to `node`."""
        found: list[Node] = []
        waiting: list[tuple[Node, list[Node]]] = [(self.root, [])]
        while waiting:
            here, way = waiting.pop()
            if here is node:
                found = way
                break
            waiting += [(child, [*way, child]) for child in here.children]
        return found

    def go_on(self, way: list[Node]) -> None:
        """The shown path: this way, then on to a leaf."""
        self.path = list(way)
        last = self.path[-1] if self.path else self.root
        while (child := last.shown_child()) is not None:
            self.path.append(child)
            last = child

    def show(self, node: Node) -> None:
        way = self.above(node)
        for parent, child in zip([self.root, *way], way, strict=False):
            if parent is not self.root and parent.shown_child() is not child:
                parent.chosen = child
        self.go_on(way)

    def add(self, parent: Node, node: Node) -> Node:
        parent.children.append(node)
        parent.chosen = None
        return node


class Walk:
    """Random steps over a few chats of one person; `check` compares everything."""

    def __init__(self, seed: int, chats: list[ChatSession], person: User) -> None:
        self.random = random.Random(seed)
        self.plain = [Plain(chat) for chat in chats]
        self.person = person
        self.counted = 0
        self.refused = 0

    STEPS: tuple[tuple[str, int], ...] = (
        ("send", 6), ("regenerate", 4), ("ask_again", 4), ("save", 3), ("switch", 5), ("delete", 2),
        ("bring_back", 2), ("post", 2), ("clear", 1), ("branch", 1), ("duplicate", 1), ("merge", 1),
    )  # fmt: skip

    def step(self) -> None:
        names, weights = zip(*self.STEPS, strict=True)
        act: Callable[[Plain], None] = getattr(self, self.random.choices(names, weights)[0])
        act(self.random.choice(self.plain))
        self.counted += 1

    def text(self) -> str:
        return f"words {self.random.randrange(10_000_000)}"

    def any_of(self, nodes: list[Node]) -> Node | None:
        return self.random.choice(nodes) if nodes else None

    # ------------------------------------------------------------ steps

    def send(self, plain: Plain) -> None:
        text = self.text()
        parent = self.any_of(plain.path) if plain.path and self.random.random() < 0.2 else None
        sent = send(plain.chat, text, parent=parent.key if parent else None)
        way = plain.above(parent) if parent else plain.path
        self.answered(plain, list(way), sent.message, sent.reply, text)

    def answered(
        self, plain: Plain, way: list[Node], asked: Message | None, reply: Reply | None, text: str
    ) -> None:
        assert asked is not None
        parent = way[-1] if way else plain.root
        question = plain.add(parent, Node(asked.pk, "user", text))
        self.ends(plain, [*way, question], reply)

    def ends(self, plain: Plain, way: list[Node], reply: Reply | None) -> None:
        assert reply is not None
        text, status = self.text(), self.random.choice(("complete", "complete", "stopped", "failed"))
        end(reply, status, text, "end" if status == "complete" else status)
        answer = plain.add(way[-1], Node(reply.pk, "assistant", text))
        plain.path = [*way, answer]

    def regenerate(self, plain: Plain) -> None:
        node = self.any_of([each for each in plain.path if each.role == "assistant"])
        if node is not None:
            row = Message.objects.select_related("reply", "parent").get(pk=node.key)
            self.ends(plain, plain.above(node)[:-1], replies.regenerate_reply(message=row))

    def ask_again(self, plain: Plain) -> None:
        node = self.any_of([each for each in plain.nodes() if each.role == "user" and not each.deleted_with])
        if node is None:
            return
        text = self.text()
        if node not in plain.path:
            plain.show(node)
        sent = versions.send_again(message=self.row(node), author=self.person, content=text)
        self.answered(plain, plain.above(node)[:-1], sent.message, sent.reply, text)

    def save(self, plain: Plain) -> None:
        node = self.any_of([each for each in plain.nodes() if each.role == "user" and not each.deleted_with])
        if node is not None:
            text = self.text()
            versions.edit_message(message=self.row(node), person=self.person, content=text)
            node.former.append(node.text)
            node.text = text

    def switch(self, plain: Plain) -> None:
        node = self.any_of([each for each in plain.nodes() if not each.deleted_with])
        if node is not None:
            versions.switch_version(message=self.row(node))
            if node not in plain.path:
                plain.show(node)

    def delete(self, plain: Plain) -> None:
        node = self.any_of([each for each in plain.nodes() if not each.deleted_with])
        if node is None:
            return
        versions.delete_message(message=self.row(node))
        for each in node.all_below():
            each.deleted_with = each.deleted_with or node.key
        if node in plain.path:
            plain.go_on(plain.path[: plain.path.index(node)])

    def bring_back(self, plain: Plain) -> None:
        node = self.any_of([each for each in plain.nodes() if each.deleted_with == each.key])
        if node is None:
            return
        above = plain.above(node)
        possible = len(above) == 1 or above[-2].deleted_with is None
        try:
            versions.restore_messages(chat=plain.chat, deletion=node.key)
        except Refused:
            self.refused += 1
            assert not possible
            return
        assert possible
        for each in node.all_below():
            if each.deleted_with == node.key:
                each.deleted_with = None
        plain.show(node)

    def post(self, plain: Plain) -> None:
        said = Notification("CI", "deploy", self.text())
        sent = notify(chat=plain.chat, author=self.person, notification=said)
        assert sent.message is not None
        parent = plain.path[-1] if plain.path else plain.root
        plain.path.append(plain.add(parent, Node(sent.message.pk, "posted", "")))

    def clear(self, plain: Plain) -> None:
        versions.clear_context(chat=plain.chat)

    def branch(self, plain: Plain) -> None:
        node = self.any_of([each for each in plain.nodes() if not each.deleted_with])
        if node is not None:
            new = branch_session(message=self.row(node), owner=self.person)
            self.compare_texts(new, [each.text for each in plain.above(node)])

    def duplicate(self, plain: Plain) -> None:
        if len(plain.nodes()) < 60:
            new = duplicate_session(chat=plain.chat, owner=self.person)
            self.compare_texts(new, [each.text for each in plain.path])

    def merge(self, plain: Plain) -> None:
        source = self.random.choice(self.plain)
        if source is plain or len(plain.path) > 60 or len(source.path) > 30:
            return
        first = merge_session(source=source.chat, target=plain.chat, person=self.person)
        archive(chats=[source.chat], on=False)
        copies = list(Message.objects.filter(session=plain.chat).shown())[len(plain.path) :]
        assert (first is None) == (not copies)
        for row, origin in zip(copies, list(source.path), strict=True):
            parent = plain.path[-1] if plain.path else plain.root
            plain.path.append(
                plain.add(parent, Node(row.pk, origin.role, origin.text, former=[*origin.former]))
            )

    # ------------------------------------------------------------ comparing

    def row(self, node: Node) -> Message:
        return Message.objects.select_related("session").get(pk=node.key)

    def compare_texts(self, chat: ChatSession, texts: list[str]) -> None:
        assert [row.content for row in Message.objects.filter(session=chat).shown()] == texts

    def check(self) -> None:
        for plain in self.plain:
            shown = Message.objects.filter(session=plain.chat).shown()
            assert [row.pk for row in shown] == [node.key for node in plain.path]
            rows = {row.pk: row for row in Message.objects.filter(session=plain.chat)}
            nodes = {node.key: node for node in plain.nodes()}
            assert set(rows) == set(nodes)
            for key, node in nodes.items():
                told = (
                    rows[key].content,
                    rows[key].deletion,
                    [each["content"] for each in rows[key].revisions],
                )
                assert told == (node.text, node.deleted_with, node.former)
