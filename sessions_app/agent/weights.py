"""How large stored messages are, measured by the database: no text is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, Func, IntegerField, QuerySet, Sum, TextField, When
from django.db.models.functions import Cast

from sessions_app.models import Attachment, Message, ToolCall

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


class CardBytes(Func):
    """How long what cards among stored parts say is in UTF-8, about as a request tells it."""

    template = (
        "(SELECT SUM(120 + OCTET_LENGTH(COALESCE(p->>'title', '')) + OCTET_LENGTH(COALESCE(p->>'text', '')) "
        "+ OCTET_LENGTH(COALESCE(p->>'link', ''))) FROM jsonb_array_elements(%(expressions)s) p "
        "WHERE p->>'kind' = 'card')"
    )
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        words = " || ".join(f"COALESCE((value->>'{name}'), '')" for name in ("title", "text", "link"))
        sums = f"SELECT SUM(120 + LENGTH(CAST({words} AS BLOB)))"
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
    result = Bytes(Cast("result", TextField()))
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
