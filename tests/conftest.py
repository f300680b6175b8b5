"""People every test knows: alice owns things, bob is a stranger, staff may look after them."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from importlib import import_module
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils.module_loading import import_string

from sessions_app.models import ChatSession, User
from sessions_app.search import index
from sessions_app.transactions import write
from tests import quick_flush, thorough

# The same examples in every run, whatever the time they take. HYPOTHESIS_PROFILE=default looks for new and more ones.
hypothesis.settings.register_profile(
    "tests",
    deadline=None,
    max_examples=10 if os.environ.get("DATABASE_URL", "").startswith("postgres") else 30,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))


quick_flush.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="A skipped test is a failed one.")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before markers choose. On PostgreSQL only what asks a database is run again, but for what is SQLite's alone."""
    thorough.mark(items)
    if connection.vendor == "postgresql":
        kept = [item for item in items if asks_database(item) and not item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def asks_database(item: pytest.Item) -> bool:
    asked = {*getattr(item, "fixturenames", ()), *(mark.name for mark in item.iter_markers())}
    return bool(asked & {"db", "transactional_db", "django_db", "scale"})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and here nothing may be."
    return report


@pytest.fixture(autouse=True)
def empty_index(request: pytest.FixtureRequest) -> None:
    """Between tests that commit Django empties its tables; the words of SQLite's index are in none of them."""
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        with write():
            index.clear()
            if settings.KNOWLEDGE:
                import_string("sessions_app.knowledge.index.clear")()


@pytest.fixture(autouse=True, scope="session")
def nothing_remembered() -> None:
    """Whether there are passages of videos is asked each time: between two tests they come and go."""
    if settings.KNOWLEDGE:
        import_module("sessions_app.knowledge.tools").any_passages.seconds = 0.0


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "pw-alice-1")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", "bob@example.org", "pw-bob-1")


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("staff", "staff@example.org", "pw-staff-1", is_staff=True)


@pytest.fixture
def as_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def make_chat(alice: User) -> Callable[..., ChatSession]:
    def make(**values: Any) -> ChatSession:
        return ChatSession.objects.create(
            **{"owner": alice, "model": "offline", "provider": "offline", **values}
        )

    return make


@pytest.fixture
def chat(make_chat: Callable[..., ChatSession]) -> ChatSession:
    return make_chat()
