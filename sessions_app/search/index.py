"""The index behind the search: an FTS5 table on SQLite, a column with a GIN index on PostgreSQL.

Both get the same words (`tokens`), so they find the same; neither stems: people look for names and codes as often as
for words, in any language. Beside the words stand marks: of the owner, the chat, the role, the model. They are terms
like words, so that the index itself leaves out what belongs to others. FTS5 keeps no text of its own, and an entry
is taken out by giving it the very words it was given.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from .language import Query, Term
from .tokens import for_fts, tokens

TABLE = "sessions_app_searchentry"
WORDS = "sessions_app_searchwords"
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
MISSES = 20  # draws of a key that was taken: the last is of 17 minutes, which hold 500 million
_FURTHEST = 16_000  # PostgreSQL tells no places beyond 16,383
_COLUMNS = ("id", "message_id", "session_id", "owner_id", "role", "model", "at", "told", "text")


# ---------------------------------------------------------------- keys


def new_key(at: datetime, answer: bool, missed: int = 0) -> int:
    """A key that sorts by time, an answer after its question. Two may be alike: `add` says so.

    A millisecond has 512 for questions and as many for answers, and copies share their origin's time: with each that
    was `missed` twice as many milliseconds from there on are drawn from. Before 2020 keys are negative."""
    later = random.getrandbits(missed)
    return ((_ms(at) + later) << 10) | (random.getrandbits(9) << 1) | answer


def first_key(at: datetime) -> int:
    """No message of this moment or later has a smaller key."""
    return _ms(at) << 10


def key_beyond(at: datetime) -> int:
    """Every message before this moment has a smaller key, however often it missed."""
    return (_ms(at) + (1 << MISSES)) << 10


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // _MS


# ---------------------------------------------------------------- marks


def owner_mark(owner: int) -> str:
    return f"o{owner}"


def chat_mark(chat: UUID | str) -> str:
    return f"c{UUID(str(chat)).hex}"


def role_mark(role: str) -> str:
    return f"r{role}"


def model_mark(model: str) -> str:
    return f"m{model.encode().hex()}"


def _marks(entry: Any) -> list[str]:
    of_model = [model_mark(entry.model)] if entry.model else []
    return [owner_mark(entry.owner_id), chat_mark(entry.session_id), role_mark(entry.role), *of_model]


# ---------------------------------------------------------------- writing


def add(entry: Any) -> bool:
    """Insert an entry (or what has its fields) with its words; False where its key or message is there already."""
    columns, values = list(_COLUMNS), [_prepared(getattr(entry, name)) for name in _COLUMNS]
    places = ["%s"] * len(columns)
    if connection.vendor == "postgresql":
        columns, places = [*columns, "words"], [*places, "%s::tsvector"]
        values.append(_vector(entry))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} ({', '.join(columns)}) VALUES ({', '.join(places)}) ON CONFLICT DO NOTHING",  # noqa: S608 - names of columns
            values,
        )
        if not cursor.rowcount:
            return False
        if connection.vendor == "sqlite":
            sql = f"INSERT INTO {WORDS} (rowid, marks, words, tools) VALUES (%s, %s, %s, %s)"  # noqa: S608
            cursor.execute(sql, _row(entry))
    return True


def forget(entry: Any) -> None:
    """Take an entry that is being deleted out of the index."""
    if connection.vendor == "sqlite":
        sql = f"INSERT INTO {WORDS} ({WORDS}, rowid, marks, words, tools) VALUES ('delete', %s, %s, %s, %s)"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, _row(entry))


def clear() -> None:
    """Empty the index; the entries are deleted beside it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('delete-all')")  # noqa: S608


def unmatched() -> list[int]:
    """Keys that stand only in the index or only among the entries."""
    if connection.vendor == "sqlite":
        kept = f"SELECT id FROM {WORDS}_docsize"  # noqa: S608
    else:
        kept = f"SELECT id FROM {TABLE} WHERE words IS NOT NULL"  # noqa: S608
    entries = f"SELECT id FROM {TABLE}"  # noqa: S608
    both = f"SELECT * FROM ({entries} EXCEPT {kept}) AS a UNION SELECT * FROM ({kept} EXCEPT {entries}) AS b"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(both)
        return [key for (key,) in cursor.fetchall()]


def _prepared(value: Any) -> Any:
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _row(entry: Any) -> list[Any]:
    own, told = entry.text[: entry.told], entry.text[entry.told :]
    return [entry.pk, " ".join(_marks(entry)), for_fts(own), for_fts(told)]


def _vector(entry: Any) -> str:
    """The words with their places, and the marks, as PostgreSQL writes a tsvector."""
    places: dict[str, list[int]] = {}
    own = tokens(entry.text[: entry.told])
    for place, word in enumerate(own, 1):
        places.setdefault(word, []).append(min(place, _FURTHEST))
    # One place is left out between: no phrase reaches from the message into a result.
    for place, word in enumerate(tokens(entry.text[entry.told :]), len(own) + 2):
        places.setdefault(word, []).append(min(place, _FURTHEST))
    words = [f"'{word}':{','.join(map(str, at))}" for word, at in places.items()]
    return " ".join([*words, *(f"'@{mark}'" for mark in _marks(entry))])


# ---------------------------------------------------------------- asking


def matching(
    rows: QuerySet[Any],
    query: Query,
    marks: Sequence[str],
    one_of: Sequence[str],
    since: datetime | None,
    until: datetime | None,
) -> QuerySet[Any]:
    """Entries with these words, all of `marks`, one of `one_of` (where there are any), of this time; newest first."""
    low, high = since and first_key(since), until and key_beyond(until)
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until)
    if not (query.terms or marks or one_of):
        rows = rows.filter(pk__gte=low) if low is not None else rows
        return rows.order_by("-pk")
    if connection.vendor == "postgresql":
        rows = rows.extra(where=[f"{TABLE}.words @@ %s::tsquery"], params=[_tsquery(query, marks, one_of)])  # noqa: S610
        rows = rows.filter(pk__gte=low) if low is not None else rows
        return rows.order_by("-pk")
    where = [f"{WORDS}.rowid = {TABLE}.id", f"{WORDS} MATCH %s"]
    bounds = [(f"{WORDS}.rowid >= %s", low), (f"{WORDS}.rowid < %s", high)]
    where += [sql for sql, value in bounds if value is not None]
    params = [_fts_query(query, marks, one_of), *(value for _, value in bounds if value is not None)]
    return rows.extra(tables=[WORDS], where=where, params=params, order_by=[f"-{WORDS}.rowid"])  # noqa: S610


def _fts_query(query: Query, marks: Sequence[str], one_of: Sequence[str]) -> str:
    scope = [f'marks:"{mark}"' for mark in marks]
    if one_of:
        scope.append("(" + " OR ".join(f'marks:"{mark}"' for mark in one_of) + ")")
    if not query.terms:
        return " AND ".join(scope)
    wanted = " AND ".join(_fts_term(term) for term in query.terms)
    unwanted = "".join(f" NOT {_fts_term(term)}" for term in query.without)
    words = f"({wanted}){unwanted}" if unwanted else wanted
    return " AND ".join([*scope, f"{{words tools}}: ({words})"])


def _fts_term(term: Term) -> str:
    return f'"{" ".join(term.words)}"{" *" if term.begins else ""}'


def _tsquery(query: Query, marks: Sequence[str], one_of: Sequence[str]) -> str:
    parts = [_ts_term(term) for term in query.terms]
    parts += [f"!({_ts_term(term)})" for term in query.without]
    parts += [f"'@{mark}'" for mark in marks]
    if one_of:
        parts.append("(" + " | ".join(f"'@{mark}'" for mark in one_of) + ")")
    return " & ".join(parts)


def _ts_term(term: Term) -> str:
    words: Iterable[str] = (f"'{word}'" for word in term.words)
    return f"({' <-> '.join(words)}{':*' if term.begins else ''})"
