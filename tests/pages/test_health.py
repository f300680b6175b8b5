"""Whether the process lives and can serve, for whoever watches it."""

from __future__ import annotations

from django.test import Client

from sessions_app.realtime import feed


def test_a_living_process_says_so_to_anybody(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}


def test_it_is_ready_while_its_database_answers(client: Client, db: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (200, True)


def test_it_is_not_ready_while_it_shuts_down(client: Client, db: None) -> None:
    feed.close()
    try:
        answer = client.get("/readyz")
    finally:
        feed.reopen()
    assert (answer.status_code, answer.json()["accepting"]) == (503, False)


def test_neither_changes_on_a_post(client: Client, db: None) -> None:
    assert client.post("/healthz").status_code == client.post("/readyz").status_code == 405
