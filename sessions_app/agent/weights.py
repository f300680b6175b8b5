"""How large stored messages are, measured by the database: no text is read."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, Func, IntegerField, QuerySet, Sum, TextField, When
from django.db.models.functions import Cast

from sessions_app.models import Attachment, Message, ToolCall

from .shortening import LONG, SHORT
from .window import Held

BYTES_A_TOKEN = 3.0  # where nothing was counted yet: rather too many tokens than too few


class Bytes(Func):
    """How long a text is in UTF-8."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


# Cards stand before a person's words.
CARDS = Case(
    When(
        role=Message.Role.USER,
        parts__0__kind="card",
        then=Bytes(Cast("parts", TextField())) - Bytes("content"),
    ),
    default=0,
    output_field=IntegerField(),
)


def sizes(rows: QuerySet[Message]) -> list[Held]:
    """These messages in their order, with what their tools were asked and answered; files as the bytes of a text of as
    many tokens; cards as they are stored, a few tokens more than they are told in."""
    texts = list(rows.annotate(size=Bytes("content") + CARDS).values_list("position", "role", "size"))
    places = [place for place, _, _ in texts]
    more, less = Counter[int](), Counter[int]()
    for place, size, short in [*called(rows), *attached(rows)]:
        at = places[bisect_left(places, place)]
        more[at] += size
        less[at] += size - short
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
