"""No list walks through a whole table, nor does a message that goes for good: the indexes that SQLite uses."""

from __future__ import annotations

import re

import pytest
from django.conf import settings as config
from django.db import connection
from django.test import Client

from tests.pages.test_session_list import queries

pytestmark = pytest.mark.django_db
__test__ = config.SQLITE  # a plan of PostgreSQL hangs on how many rows there are


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "chat_list"),
        ("?after=1763740800000000-" + "0" * 32, "chat_list"),
        ("?rows=400", "chat_list"),
        ("?q=word", "chat_list"),
        ("?from=2026-01-01", "chat_list"),
        ("?starred=1", "chat_starred"),
        ("?archived=1", "chat_archived"),
        ("?tag=weekly", "tag_of_owner"),
        ("?deleted=1", "chat_deleted"),
    ],
)
def test_each_list_walks_its_index(as_alice: Client, query: str, index: str) -> None:
    plans = []
    for sql in queries(as_alice, f"/sessions/{query}"):
        if '"sessions_app_chatsession"."title"' in sql:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plans.append([row[3] for row in cursor.fetchall()])
    steps = plans[0]
    assert index in " ".join(steps)
    assert not [step for step in steps if re.match(r"SCAN (sessions_app|U0)", step)], steps
    if index.startswith("chat_"):
        assert "USE TEMP B-TREE FOR ORDER BY" not in steps


def test_a_message_that_goes_is_looked_for_in_indexes_only() -> None:
    """The database looks for rows that name it, in every column that may."""
    for column, table in (("chosen_child_id", "message"), ("context_from_id", "chatsession")):
        with connection.cursor() as cursor:
            cursor.execute(
                f"EXPLAIN QUERY PLAN SELECT rowid FROM sessions_app_{table} WHERE {column} = %s", ["x"]
            )
            assert "USING" in cursor.fetchall()[0][3], column
