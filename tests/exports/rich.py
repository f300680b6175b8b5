"""One session with everything in it, and what must be found in whatever it becomes."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from PIL import Image, ImageDraw

from sessions_app.files import storage
from sessions_app.models import (
    Attachment,
    ChatSession,
    Mark,
    Message,
    Reply,
    SessionTag,
    TokenUsage,
    ToolCall,
    uuid7,
)
from tests.rendering import results

TITLE = "A/B \\ \"C\" <d> & 'e' *f* _g_ `h` #i | j: k? l% $m ; {n} [o] ~p ^é 日本 مرحبا 🙂 .. -"
BEGAN = datetime(2026, 11, 20, 9, 12, 4, 120_000, tzinfo=UTC)
MODEL = "claude-opus-4-7"

LISTS = """\
Three things, then the steps:

- Outer one
    - Inner one
        - Innermost one
    - Inner two
- Outer two, with **bold**, *italic*, ~~struck~~ and `inline code`

1. First step
2. Second step
    1. Second step, first part
    2. Second step, second part
3. Third step

Another list that begins anew:

1. Anew one
2. Anew two

- [x] Done already
- [ ] Not done yet
"""

TABLE = """\
| Model | Tokens | Cost | Remark |
| :--- | ---: | ---: | :---: |
| Sonnet | 5,085,280 | $11.2836 | usual |
| Opus | 2,702,950 | $10.0750 | `dear` |
| A long name of a model that has to be broken into several lines | 376,600 | $0.1965 | [link](https://example.org/a?b=1&c=2) |
"""

CODES = {
    "python": 'def greet(name: str) -> str:\n    """Say hello."""\n    return f"Hello, {name}!"  # python-end\n',
    "javascript": "const sum = (a, b) => a + b; // javascript-end\nconsole.log(`${sum(1, 2)} <b>`);\n",
    "sql": "SELECT model, SUM(cost) AS cost\nFROM usage -- sql-end\nWHERE at >= '2026-11-01'\nGROUP BY model;\n",
    "rust": 'fn main() {\n    let v: Vec<&str> = vec!["a", "b"];\n    println!("{:?}", v); // rust-end\n}\n',
    "bash": 'for f in *.md; do\n  wc -l "$f" | sort -n # bash-end\ndone\n',
    "html": '<p class="x">Bold &amp; <b>brave</b></p> <!-- html-end -->\n',
}

FENCED = "A fence in a fence:\n\n````markdown\n```python\nprint('inner')\n```\nafter the inner fence\n````\n\n~~~\ntilde ``` fence\n~~~\n"
MATHS = "Inline $e^{i\\pi} + 1 = 0$ and alone:\n\n$$\\int_0^1 x^2\\,dx = \\frac{1}{3}$$\n"
SCRIPTS = (
    "Chinese: 你好，世界。Japanese: こんにちは世界。 Korean: 안녕하세요 세계. "
    "Emoji: 🙂👍🏽👨‍👩‍👧🇨🇭. Greek: Καλημέρα. Cyrillic: Доброе утро.\n\nمرحبا بالعالم، هذه فقرة بالعربية.\n\nשלום עולם\n"
)
QUOTED = "> A quote\n>\n> > within a quote\n\n---\n\nA footnote[^1] and a link to <https://example.org/page>.\n\n[^1]: What the footnote says.\n"
LONG_LINES = 2_000
LONG = "".join(
    f"line_{number:04d} = compute({number})  # of the long block\n" for number in range(1, LONG_LINES + 1)
)

IN_ORDER = [
    "What did this week cost",
    "Innermost one",
    "Second step, second part",
    "Anew two",
    "Not done yet",
    "5,085,280",
    "A long name of a model",
    "python-end",
    "javascript-end",
    "sql-end",
    "rust-end",
    "bash-end",
    "html-end",
    "after the inner fence",
    "within a quote",
    "What the footnote says",
    "你好，世界",
    "こんにちは世界",
    "안녕하세요",
    "Show me a long file",
    "line_0001",
    "line_1000",
    "line_2000",
    "That is all of it",
    "The last question",
    "This answer was stop",
]
"""Words of the shown path, in the order in which every format has them."""

HIDDEN = ["Another answer to the first question", "An edited question"]
"""Words of the versions that are not shown."""


def picture() -> bytes:
    made = Image.new("RGB", (320, 180), "#0E87A0")
    drawn = ImageDraw.Draw(made)
    drawn.rectangle((20, 20, 300, 160), outline="white", width=4)
    drawn.line((20, 160, 300, 20), fill="white", width=4)
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


class Telling:
    """Adds messages to a chat, one below the other."""

    def __init__(self, chat: ChatSession) -> None:
        self.chat = chat
        self.at = BEGAN
        self.last: Message | None = None

    def add(
        self, role: str, parts: list[dict[str, Any]], *, below: Message | None, shown: bool = True
    ) -> Message:
        self.at += timedelta(seconds=37)
        text = "\n\n".join(str(part["text"]) for part in parts if part["kind"] == "text")
        row = Message.objects.create(
            session=self.chat,
            author=self.chat.owner if role == "user" else None,
            parent=below,
            role=role,
            parts=parts,
            content=text,
            active=shown,
            position=below.position + 1 if below else 1,
            model="" if role == "user" else MODEL,
            created_at=self.at,
            version=1,
            born=1,
        )
        if shown:
            self.last = row
        return row

    def ask(self, text: str, *, below: Message | None = None, shown: bool = True, files: int = 0) -> Message:
        parts: list[dict[str, Any]] = [{"kind": "text", "turn": 0, "text": text}]
        row = self.add("user", parts, below=below or self.last, shown=shown)
        for number in range(files):
            self._attach(row, number)
        return row

    def answer(
        self,
        *parts: dict[str, Any],
        below: Message | None = None,
        shown: bool = True,
        status: str = "complete",
        calls: list[dict[str, Any]] | None = None,
    ) -> Message:
        row = self.add("assistant", list(parts), below=below or self.last, shown=shown)
        Reply.objects.create(
            message=row,
            session=self.chat,
            status=status,
            stop_reason="stopped" if status == "stopped" else "end",
            turns=1 + bool(calls),
            started_at=self.at,
            first_token_at=self.at + timedelta(milliseconds=400),
            finished_at=self.at + timedelta(milliseconds=4_900),
            model_config={"provider": "anthropic", "model": MODEL, "temperature": None},
        )
        for call in calls or []:
            ToolCall.objects.create(message=row, **call)
        self._pay(row)
        return row

    def _pay(self, row: Message) -> None:
        spent: dict[str, Any] = {"cost": Decimal("0.0534"), "price_source": "table"}
        TokenUsage.objects.create(
            user=self.chat.owner,
            session=self.chat,
            session_key=self.chat.pk,
            message=row,
            provider="anthropic",
            model=MODEL,
            input=1_200,
            cache_read=8_000,
            output=640,
            **spent,
            duration_ms=4_900,
            first_token_ms=400,
            ok=True,
            at=self.at,
            settled_at=self.at + timedelta(seconds=5),
        )

    def _attach(self, row: Message, number: int) -> None:
        data = picture()
        with storage.received([data]) as path:
            digest = storage.digest(path)
            stored = storage.keep(path)
        file = Attachment.objects.create(
            owner=self.chat.owner,
            session=self.chat,
            message=row,
            position=number,
            name=f"chart {number + 1} <ä>.png",
            kind="picture",
            media_type="image/png",
            size=len(data),
            width=320,
            height=180,
            tokens=77,
            digest=digest,
            stored=stored,
        )
        part = {"kind": "attachment", "turn": 0, "id": str(file.pk), "name": file.name, "media": file.kind}
        row.parts = [part, *row.parts]
        row.save(update_fields=["parts"])


def words(text: str, turn: int = 1) -> dict[str, Any]:
    return {"kind": "text", "turn": turn, "text": text}


def tool(
    name: str, given: dict[str, Any], result: Any, turn: int = 1
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A part and the row it names."""
    key = uuid7()
    part = {
        "kind": "tool_call",
        "turn": turn,
        "id": str(key),
        "name": name,
        "input": given,
        "tool_use_id": f"toolu_{turn}",
    }
    row = {
        "id": key,
        "turn": turn,
        "tool_name": name,
        "tool_use_id": f"toolu_{turn}",
        "input": given,
        "result": result,
        "status": "success",
        "duration_ms": 340,
        "created_at": BEGAN,
    }
    return part, row


def rich_session(owner: Any, *, title: str = TITLE) -> ChatSession:
    """Tables, nested lists, code in six languages, formulas, scripts of the world, 2,000 lines of code, tool calls,
    versions, pictures, marks; nine messages, six of them on the shown path."""
    chat = ChatSession.objects.create(
        owner=owner,
        title=title[:120],
        title_source="person",
        provider="anthropic",
        model=MODEL,
        settings={"max_tokens": 4096},
        last_activity_at=BEGAN,
        version=5,
        message_count=6,
    )
    ChatSession.objects.filter(pk=chat.pk).update(created_at=BEGAN)
    chat.refresh_from_db()
    for name in ("costs", "weekly"):
        SessionTag.objects.create(session=chat, owner=owner, name=name)
    told = Telling(chat)
    asked = told.ask("What did this week cost? Split it by **model**.\nAnd show lists.", files=1)
    part, row = tool("analyze_token_usage", {"period": "week"}, results.tokens())
    code = "\n".join(f"```{language}\n{text}```\n" for language, text in CODES.items())
    body = "\n\n".join(("### A heading in an answer", LISTS, TABLE, code, FENCED, MATHS, QUOTED, SCRIPTS))
    first = told.answer(
        {"kind": "thinking", "turn": 1, "text": "I should look at the ledger first."},
        words("I look at the figures."),
        part,
        words(body, 2),
        calls=[row],
    )
    told.answer(words("Another answer to the first question."), below=asked, shown=False)
    told.ask("Show me a long file.", below=first)
    told.answer(words(f"Here it is:\n\n```python\n{LONG}```\n\nThat is all of it."))
    before = told.last
    told.ask("The last question, with a picture of another host: ![pixel](https://tracker.example/p.png)")
    told.answer(words("This answer was stop"), status="stopped")
    edited = told.ask("An edited question", below=before, shown=False)
    told.answer(words("Its answer."), below=edited, shown=False)
    Mark.objects.create(message=first, user=owner, kind="rating", value=1, stars=5, comment="Just right")
    Mark.objects.create(message=first, user=owner, kind="reaction", emoji="🎉")
    return chat
