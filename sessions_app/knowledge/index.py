"""The index of passages: an FTS5 table on SQLite, a table with a tsvector and its GIN index on PostgreSQL.

Both get the same words (`words.stems`), so they find the same. Beside the words of a passage stand those of its video's
title, and marks: of the video, and of what is said twice and three times. A passage is taken out of FTS5 by giving it the
very words it was given, so a video's title and language are kept as they were: `refresh` brings new ones.
`knowledge_word` says how many passages hold a word, in their own words or their title.

Whoever calls these holds a transaction (`write()`). Passages are forgotten before their rows are deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection

from .models import Passage, Video
from .words import stems

WORDS = "knowledge_passagewords"
COUNTS = "knowledge_word"
VIDEOS = "knowledge_indexedvideo"
AT_ONCE = 500
_LOCK = 7_083_342_205  # PostgreSQL: those who change the index do it one after the other


@dataclass(frozen=True, slots=True)
class _Row:
    """What the index holds of one passage."""

    key: int
    marks: str
    words: str
    title: str

    @property
    def vector(self) -> str:
        """As PostgreSQL writes a tsvector: words as they are, marks behind @, those of the title behind =."""
        title = (f"={word}" for word in self.title.split())
        marks = (f"@{mark}" for mark in self.marks.split())
        return " ".join(f"'{each}'" for each in dict.fromkeys([*self.words.split(), *title, *marks]))


# ---------------------------------------------------------------- marks


def video_mark(video: UUID | str) -> str:
    return f"v{UUID(str(video)).hex}"


def often_mark(times: int, word: str) -> str:
    """Of a word that is said at least 2 or 3 times."""
    return f"{times}{word}"


# ---------------------------------------------------------------- writing


def add(passages: Iterable[Passage]) -> int:
    """Let these be found; how many were not there before."""
    return sum(_added(lot) for lot in _lots(passages))


def forget(passages: Iterable[Passage]) -> int:
    """Let these not be found any more; how many were there. Their rows are still as they were when they were added."""
    return sum(_forgotten(lot) for lot in _lots(passages))


def refresh(video: Video) -> int:
    """Bring the words of a video whose title or language changed; how many passages it has. Nothing where both are as
    they were."""
    _one_at_a_time()
    held = _held([video.pk]).get(video.pk)
    if held is None or held == (video.title, video.language):
        return 0
    rows = list(Passage.objects.filter(video=video))
    there = {key for lot in _lots(rows) for key in _there(lot)}  # also of a version that is being indexed
    rows = [row for row in rows if row.pk in there]
    forget(rows)
    return add(rows)


def clear() -> None:
    """Empty the index."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('delete-all')")  # noqa: S608 - a name of ours
        else:
            cursor.execute(f"DELETE FROM {WORDS}")  # noqa: S608 - a name of ours
        cursor.execute(f"DELETE FROM {COUNTS}")  # noqa: S608 - a name of ours
        cursor.execute(f"DELETE FROM {VIDEOS}")  # noqa: S608 - a name of ours


def left(since: datetime | None = None) -> list[int]:
    """Keys of passages out of use that stand in it: a process ended before it took them out. With `since` only of videos of
    which something was indexed since then."""
    sql, values = "", []
    if since is not None:
        sql = "AND p.video_id IN (SELECT video_id FROM knowledge_transcript WHERE beat_at >= %s) "
        values = [connection.ops.adapt_datetimefield_value(since)]
    sql = (
        f"SELECT p.id FROM {_keys()} AS k JOIN knowledge_passage AS p ON p.id = k.id "  # noqa: S608 - names of ours
        "JOIN knowledge_transcript AS t ON t.id = p.transcript_id "
        f"WHERE NOT p.current AND t.status NOT IN ('waiting', 'indexing') {sql}ORDER BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [key for (key,) in cursor.fetchall()]


def unmatched() -> list[int]:
    """Keys that stand only in the index or only among the passages that can be found. A version that is being indexed
    has some in the index before they are."""
    kept = f"SELECT id FROM {_keys()}"  # noqa: S608 - a name of ours
    wanted = "SELECT id FROM knowledge_passage WHERE current"
    coming = (
        "SELECT p.id FROM knowledge_passage AS p JOIN knowledge_transcript AS t ON t.id = p.transcript_id "
        "WHERE t.status IN ('waiting', 'indexing')"
    )
    missing = f"SELECT * FROM ({wanted} EXCEPT {kept}) AS a"  # noqa: S608 - names of ours
    strange = f"SELECT * FROM ({kept} EXCEPT {wanted} EXCEPT {coming}) AS b"  # noqa: S608 - names of ours
    both = f"{missing} UNION {strange}"
    with connection.cursor() as cursor:
        cursor.execute(both)
        return sorted(key for (key,) in cursor.fetchall())


def _added(lot: Sequence[Passage]) -> int:
    _one_at_a_time()
    there = _there(lot)
    new = {each.pk: each for each in lot if each.pk not in there}
    if not new:
        return 0
    numbers = Counter(each.video_id for each in new.values())
    held = _held(numbers)
    fresh = Video.objects.filter(pk__in=numbers.keys() - held.keys()).values_list("pk", "title", "language")
    described = held | {video: (title, language) for video, title, language in fresh}
    rows = [_row(each, *described[each.video_id]) for each in new.values()]
    with connection.cursor() as cursor:
        _count(cursor, rows, 1)
        if connection.vendor == "sqlite":
            sql = f"INSERT INTO {WORDS} (rowid, marks, words, title) VALUES (%s, %s, %s, %s)"  # noqa: S608
            cursor.executemany(sql, [(row.key, row.marks, row.words, row.title) for row in rows])
        else:
            sql = f"INSERT INTO {WORDS} (id, words) SELECT unnest(%s::bigint[]), unnest(%s::text[])::tsvector"
            cursor.execute(sql, [[row.key for row in rows], [row.vector for row in rows]])
        sql = (
            f"INSERT INTO {VIDEOS} (video_id, title, language, passages) VALUES (%s, %s, %s, %s) "  # noqa: S608
            f"ON CONFLICT (video_id) DO UPDATE SET passages = {VIDEOS}.passages + excluded.passages"
        )
        videos = [(_prepared(video), *described[video], count) for video, count in sorted(numbers.items())]
        cursor.executemany(sql, videos)
    return len(rows)


def _forgotten(lot: Sequence[Passage]) -> int:
    _one_at_a_time()
    there = _there(lot)
    old = {each.pk: each for each in lot if each.pk in there}
    if not old:
        return 0
    numbers = Counter(each.video_id for each in old.values())
    described = _held(numbers)
    rows = [_row(each, *described[each.video_id]) for each in old.values()]
    with connection.cursor() as cursor:
        _count(cursor, rows, -1)
        if connection.vendor == "sqlite":
            sql = (
                f"INSERT INTO {WORDS} ({WORDS}, rowid, marks, words, title) VALUES ('delete', %s, %s, %s, %s)"  # noqa: S608
            )
            cursor.executemany(sql, [(row.key, row.marks, row.words, row.title) for row in rows])
        else:
            cursor.execute(f"DELETE FROM {WORDS} WHERE id = ANY(%s)", [[row.key for row in rows]])  # noqa: S608
        fewer = [(count, _prepared(video)) for video, count in sorted(numbers.items())]
        cursor.executemany(f"UPDATE {VIDEOS} SET passages = passages - %s WHERE video_id = %s", fewer)  # noqa: S608
        cursor.execute(f"DELETE FROM {VIDEOS} WHERE passages <= 0")  # noqa: S608 - a name of ours
    return len(rows)


def _row(passage: Passage, title: str, language: str) -> _Row:
    words = stems(passage.text, language)
    often = [
        often_mark(least, word)
        for word, times in Counter(words).items()
        for least in (2, 3)
        if times >= least
    ]
    marks = " ".join([video_mark(passage.video_id), *often])
    return _Row(passage.pk, marks, " ".join(words), " ".join(dict.fromkeys(stems(title, language))))


def _count(cursor: Any, rows: Sequence[_Row], sign: int) -> None:
    counted = Counter(word for row in rows for word in {*row.words.split(), *row.title.split()})
    words = sorted(counted)
    ending = f"ON CONFLICT (word) DO UPDATE SET passages = {COUNTS}.passages + excluded.passages"
    if connection.vendor == "sqlite":
        sql = f"INSERT INTO {COUNTS} (word, passages) VALUES (%s, %s) {ending}"  # noqa: S608 - names of ours
        cursor.executemany(sql, [(word, sign * counted[word]) for word in words])
        return
    sql = f"INSERT INTO {COUNTS} (word, passages) SELECT unnest(%s::text[]), unnest(%s::bigint[]) {ending}"
    cursor.execute(sql, [words, [sign * counted[word] for word in words]])


def _one_at_a_time() -> None:
    """Until the transaction ends nobody else changes the index: what is read of it now stays as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _there(lot: Sequence[Passage]) -> set[int]:
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(lot))
        cursor.execute(f"SELECT id FROM {_keys()} WHERE id IN ({places})", [each.pk for each in lot])  # noqa: S608
        return {key for (key,) in cursor.fetchall()}


def _held(videos: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """Title and language of videos as the index knows them."""
    keys = list(videos)
    places = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        sql = f"SELECT video_id, title, language FROM {VIDEOS} WHERE video_id IN ({places})"  # noqa: S608
        cursor.execute(sql, [_prepared(key) for key in keys])
        return {UUID(str(video)): (title, language) for video, title, language in cursor.fetchall()}


def _keys() -> str:
    return f"{WORDS}_docsize" if connection.vendor == "sqlite" else WORDS


def _prepared(video: UUID) -> UUID | str:
    return video if connection.features.has_native_uuid_field else video.hex


def _lots(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    source = iter(passages)
    while lot := list(islice(source, AT_ONCE)):
        yield lot


# ---------------------------------------------------------------- asking


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look for: passages of which `one_of` holds (a word, `title` words, a mark), each worth `weight`; no
    more than `most` of them."""

    one_of: tuple[str, ...]
    weight: float
    where: str = "words"
    most: int = 0


def languages(videos: Sequence[UUID] | None) -> dict[str, int]:
    """How many passages there are by language, most first; of these videos, or of all."""
    sql, keys = f"SELECT language, SUM(passages) FROM {VIDEOS}", []  # noqa: S608 - a name of ours
    if videos is not None:
        sql += f" WHERE video_id IN ({', '.join(['%s'] * len(videos)) or 'NULL'})"
        keys = [_prepared(key) for key in videos]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} GROUP BY language ORDER BY 2 DESC, 1", keys)
        return {language: int(number) for language, number in cursor.fetchall()}


def counts(words: Iterable[str]) -> dict[str, int]:
    """How many passages hold each word; those that none holds are left out."""
    keys = list(words)
    if not keys:
        return {}
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(keys))
        cursor.execute(f"SELECT word, passages FROM {COUNTS} WHERE word IN ({places})", keys)  # noqa: S608
        return {word: number for word, number in cursor.fetchall() if number > 0}


def beginning_with(start: str, most: int) -> dict[str, int]:
    """Words that begin so, the most frequent first, and how many passages hold them."""
    with connection.cursor() as cursor:
        sql = (
            f"SELECT word, passages FROM {COUNTS} WHERE word >= %s AND word < %s AND passages > 0 "  # noqa: S608
            "ORDER BY passages DESC LIMIT %s"
        )
        cursor.execute(sql, [start, f"{start}\U0010ffff", most])
        return dict(cursor.fetchall())


def weighed(
    looks: Sequence[Look], videos: Sequence[UUID] | None, most: int, seen: Any = None
) -> list[tuple[int, float]]:
    """The passages with the highest sum of what holds of them, with it. Only those of `videos`, where named; with `seen`
    (a query of keys of videos) only passages that can be found of those."""
    marks = [] if videos is None else [video_mark(video) for video in videos]
    branch = _fts_branch if connection.vendor == "sqlite" else _gin_branch
    branches, params = [], []
    for look in looks:
        sql, values = branch(look, marks)
        branches.append(sql)
        params += values
    grouped = f"SELECT id, SUM(weight) AS total FROM ({' UNION ALL '.join(branches)}) AS found GROUP BY id"  # noqa: S608
    if seen is not None:
        inner, values = seen.query.get_compiler(connection=connection).as_sql()
        grouped = (
            f"SELECT g.id, g.total FROM ({grouped}) AS g JOIN knowledge_passage AS p ON p.id = g.id "  # noqa: S608
            f"WHERE p.current AND p.video_id IN ({inner})"
        )
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"{grouped} ORDER BY 2 DESC, 1 LIMIT %s", [*params, most])
        return [(key, float(total)) for key, total in cursor.fetchall()]


def _fts_branch(look: Look, marks: Sequence[str]) -> tuple[str, list[Any]]:
    query = f"{look.where} : ({' OR '.join(_quoted(look.one_of))})"
    if marks:
        query = f"marks : ({' OR '.join(_quoted(marks))}) AND {query}"
    sql = f"SELECT rowid AS id, {look.weight:.6f} AS weight FROM {WORDS} WHERE {WORDS} MATCH %s"  # noqa: S608
    # A limit of a part of a UNION needs a query of its own around it.
    return (f"SELECT * FROM ({sql} LIMIT %s)", [query, look.most]) if look.most else (sql, [query])  # noqa: S608


def _gin_branch(look: Look, marks: Sequence[str]) -> tuple[str, list[Any]]:
    sign = {"marks": "@", "title": "=", "words": ""}[look.where]
    query = _either(f"{sign}{word}" for word in look.one_of)
    if marks:
        query = f"{_either(f'@{mark}' for mark in marks)} & {query}"
    sql = f"SELECT id, {look.weight:.6f}::float8 AS weight FROM {WORDS} WHERE words @@ %s::tsquery"  # noqa: S608
    return (f"(SELECT * FROM ({sql} LIMIT %s) AS l)", [query, look.most]) if look.most else (sql, [query])  # noqa: S608


def _either(lexemes: Iterable[str]) -> str:
    return "(" + " | ".join(f"'{lexeme}'" for lexeme in lexemes) + ")"


def _quoted(words: Iterable[str]) -> Iterator[str]:
    return (f'"{word}"' for word in words)
