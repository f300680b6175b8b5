"""Writers of a process take turns, and a turn ends with its commit."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from sessions_app.models import User
from sessions_app.transactions import write


def rename(name: str) -> None:
    """On a thread of its own, as another request would."""
    try:
        with write():
            User.objects.update(first_name=name)
    finally:
        connection.close()


def renamed_beside(name: str) -> bool:
    """Whether another thread gets its turn now."""
    other = threading.Thread(target=rename, args=(name,), daemon=True)
    other.start()
    other.join(timeout=30)
    return not other.is_alive()


@pytest.mark.django_db(transaction=True)
def test_what_follows_a_commit_holds_up_no_writer(alice: User) -> None:
    seen: list[bool] = []
    with write():
        User.objects.update(first_name="first")
        transaction.on_commit(lambda: seen.append(renamed_beside("second")))
    assert seen == [True]
    assert User.objects.get(pk=alice.pk).first_name == "second"


@pytest.mark.django_db(transaction=True)
def test_what_follows_a_commit_may_write_in_a_turn_of_its_own(alice: User) -> None:
    with write():
        transaction.on_commit(lambda: rename_here("after"))
    assert User.objects.get(pk=alice.pk).first_name == "after"
    assert renamed_beside("last")


def rename_here(name: str) -> None:
    with write():
        User.objects.update(first_name=name)


@pytest.mark.django_db(transaction=True)
def test_a_writer_that_fails_gives_its_turn_back(alice: User) -> None:
    with pytest.raises(ZeroDivisionError):
        rename_and_fail("never")
    assert renamed_beside("next")
    assert User.objects.get(pk=alice.pk).first_name == "next"


@write()
def rename_and_fail(name: str) -> None:
    User.objects.update(first_name=name)
    raise ZeroDivisionError
