from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from sessions_app.management.commands.first_admin import save_first
from sessions_app.models import User

GIVEN = ("DJANGO_SUPERUSER_USERNAME", "DJANGO_SUPERUSER_EMAIL", "DJANGO_SUPERUSER_PASSWORD")


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("first_admin", *arguments, stdout=out)
    return out.getvalue()


def test_without_any_account_an_admin_is_made_and_told_how_to_log_in(db: None) -> None:
    words = said("--port", "8123")
    found = re.search(r"http://127\.0\.0\.1:8123/ as admin with the password (\S+)", words)
    assert found is not None, words
    admin = User.objects.get()
    assert (admin.is_superuser, admin.is_staff, admin.is_active) == (True, True, True)
    assert Client().login(username="admin", password=found[1])


def test_two_fresh_workspaces_never_share_a_password(db: None) -> None:
    first = said()
    User.objects.all().delete()
    assert said() != first


def test_the_environment_names_the_admin_and_its_password_is_not_printed(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in zip(GIVEN, ("harbourmaster", "master@example.org", "ferry-to-oslo-1"), strict=True):
        monkeypatch.setenv(name, value)
    words = said()
    assert "harbourmaster" in words
    assert "ferry-to-oslo-1" not in words
    assert User.objects.get().email == "master@example.org"
    assert Client().login(username="harbourmaster", password="ferry-to-oslo-1")


def test_with_any_account_nothing_is_made_or_said(alice: User) -> None:
    assert said() == ""
    assert list(User.objects.all()) == [alice]
    assert not User.objects.get().is_staff


def test_a_second_run_makes_and_says_nothing(db: None) -> None:
    assert said()
    assert said() == ""
    assert User.objects.count() == 1


@pytest.mark.parametrize(("name", "value"), [(GIVEN[0], "no spaces please"), (GIVEN[1], "not-an-address")])
def test_a_bad_name_or_address_is_refused_by_name(
    db: None, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CommandError, match=name):
        said()
    assert not User.objects.exists()


def test_of_two_that_found_no_account_only_the_first_is_stored(db: None) -> None:
    first, second = User(username="first"), User(username="second")
    assert save_first(first)
    assert not save_first(second)
    assert list(User.objects.all()) == [first]


def database_url() -> str:
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    place = f"{given['HOST']}:{given['PORT']}".rstrip(":")
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{place}/{given['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_of_three_runs_at_the_same_time_one_makes_the_admin_and_the_others_are_silent() -> None:
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "manage.py", "first_admin"]
    runs = [
        subprocess.Popen(
            command, cwd=Path(settings.BASE_DIR), env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    words = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sorted(bool(each) for each in words) == [False, False, True]
    assert User.objects.filter(is_superuser=True).count() == User.objects.count() == 1
