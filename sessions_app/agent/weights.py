"""How large stored messages are, measured by the database: no text is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, Func, IntegerField, QuerySet, Sum, TextField, Value, When
from django.db.models.functions import Cast

from sessions_app.models import Attachment, Message, ToolCall

from .passages import TOOL
from .shortening import LONG, SHORT
from .window import Held

IS_CARD = '"kind": "card"'  # in parts as both databases give them
BYTES_A_TOKEN = 3.0  # where nothing was counted yet: rather too many tokens than too few


class Bytes(Func):
    """How long a text is in UTF-8."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


# How long the words of the passages are that a JSON object keeps, whatever else may stand there.
PASSAGES_POSTGRES = (
    "(SELECT COALESCE(SUM(CASE jsonb_typeof(q->'size') WHEN 'number' "
    "THEN LEAST(GREATEST((q->>'size')::numeric, 0), 100000) ELSE 0 END), 0)::int FROM jsonb_array_elements("
    "CASE jsonb_typeof({0}->'passages') WHEN 'array' THEN {0}->'passages' ELSE '[]'::jsonb END) q)"
)
PASSAGES_SQLITE = (
    "(SELECT COALESCE(SUM(CASE typeof(q.value->>'size') WHEN 'integer' "
    "THEN MIN(MAX(q.value->>'size', 0), 100000) ELSE 0 END), 0) "
    "FROM json_each({0}, '$.passages') q WHERE q.type = 'object')"
)


class PassageBytes(Func):
    """How long the words of the passages are that a stored result of a tool keeps."""

    template = PASSAGES_POSTGRES.format("%(expressions)s")
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template=PASSAGES_SQLITE.format("%(expressions)s"))


class CardBytes(Func):
    """How long what cards among stored parts say is in UTF-8, about as a request tells it; words of passages with it."""

    template = (
        "(SELECT SUM(120 + OCTET_LENGTH(COALESCE(p->>'title', '')) + OCTET_LENGTH(COALESCE(p->>'text', '')) "
        "+ OCTET_LENGTH(COALESCE(p->>'link', '')) + {passages}) "
        "FROM jsonb_array_elements(%(expressions)s) p WHERE p->>'kind' = 'card')"
    ).replace("{passages}", PASSAGES_POSTGRES.format("p"))
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        words = " || ".join(f"COALESCE((value->>'{name}'), '')" for name in ("title", "text", "link"))
        sums = (
            f"SELECT SUM(120 + LENGTH(CAST({words} AS BLOB)) + {PASSAGES_SQLITE.format('json_each.value')})"
        )
        cards = "FROM json_each(%(expressions)s) WHERE value->>'kind' = 'card'"
        return self.as_sql(compiler, connection, template=f"({sums} {cards})")


def sizes(rows: QuerySet[Message]) -> list[Held]:
    """These messages in their order, with their cards, with what their tools were asked and answered; files as the bytes
    of a text of as many tokens. What comes while they are read is left out: only the first query says which they are."""
    texts = list(rows.annotate(size=Bytes("content")).values_list("position", "role", "size"))
    more, less = Counter[int](), Counter[int]()
    for place, size, short in [*called(rows), *attached(rows), *carded(rows)]:
        more[place] += size
        less[place] += size - short
    return [
        Held(place, role == Message.Role.USER, size + more[place], size + more[place] - less[place])
        for place, role, size in texts
    ]


def called(rows: QuerySet[Message]) -> Iterable[tuple[int, int, int]]:
    """Of the tool calls of these messages: position, bytes, bytes once they are shortened."""
    calls = ToolCall.objects.filter(message__in=rows.order_by().values("pk")).order_by()
    words = Case(When(tool_name=TOOL, then=PassageBytes("result")), default=Value(0))
    result = Bytes(Cast("result", TextField())) + words
    asked = calls.annotate(
        answered=result, short=Case(When(answered__gt=LONG, then=SHORT), default=F("answered"))
    )
    sums = asked.values_list("message__position").annotate(
        told=Sum(Bytes(Cast("input", TextField()))), whole=Sum("answered"), least=Sum("short")
    )
    return [
        (place, (told or 0) + (whole or 0), (told or 0) + (least or 0)) for place, told, whole, least in sums
    ]


def attached(rows: QuerySet[Message]) -> Iterable[tuple[int, int, int]]:
    files = Attachment.objects.filter(message__in=rows.order_by().values("pk")).order_by()
    for place, kind, tokens in files.values_list("message__position", "kind", "tokens"):
        size = int(tokens * BYTES_A_TOKEN)
        texts = kind not in (Attachment.Kind.PICTURE, Attachment.Kind.PDF)
        yield place, size, SHORT if texts and size > LONG else size


def carded(rows: QuerySet[Message]) -> Iterable[tuple[int, int, int]]:
    """Of the cards of these messages, which are never shortened."""
    told = rows.annotate(told=Cast("parts", TextField())).filter(told__contains=IS_CARD).order_by()
    for place, size in told.annotate(size=CardBytes("parts")).values_list("position", "size"):
        yield place, size or 0, size or 0
