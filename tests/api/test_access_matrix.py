"""Every operation, by its owner, a stranger, nobody, an expired token, a token of another scope, and staff. An operation
without a line in `tests/api/lines` fails."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from sessions_app.actions.tokens import make_token
from sessions_app.api.operations import SCOPES, Operation, operation_of
from sessions_app.models import ApiToken, ChatSession, User

from . import lines
from .lines import Line

AREAS = [
    importlib.import_module(f"{lines.__name__}.{each.name}") for each in pkgutil.iter_modules(lines.__path__)
]
LINES: dict[str, Line] = {name: line for area in AREAS for name, line in area.LINES.items()}


def operations() -> dict[str, tuple[str, str, Operation | None]]:
    """Method, address and what the view says of itself, of everything that is an operation; by its id."""
    found = {}
    generator = SchemaGenerator()
    generator._initialise_endpoints()
    for path, _regex, method, view in generator._get_paths_and_endpoints():
        what = operation_of(view, method)
        found[what.id if what else f"{method} {path}"] = (method, path, what)
    return found


OPERATIONS = operations()
pytestmark = pytest.mark.sqlite  # the same on every database
PARTS = 6
SCOPED = [name for name in LINES if (OPERATIONS.get(name) or ("", "", None))[2]]


def test_every_operation_says_what_it_is_and_has_a_line() -> None:
    assert [name for name, (_, _, what) in OPERATIONS.items() if what is None] == []
    assert set(LINES) == set(OPERATIONS)
    assert len(LINES) == sum(len(area.LINES) for area in AREAS)


def test_no_two_operations_have_one_id() -> None:
    generator = SchemaGenerator()
    generator._initialise_endpoints()
    assert len(OPERATIONS) == len(list(generator._get_paths_and_endpoints()))


@pytest.fixture
def keys(alice: User, chat: ChatSession, media: None) -> dict[str, str]:
    found: dict[str, str] = {}
    for area in AREAS:
        if hasattr(area, "things"):
            found |= area.things(alice, chat)
    return found


def filled(value: Any, keys: dict[str, str]) -> Any:
    """With its keys in place of their names."""
    if isinstance(value, dict):
        return {name: filled(each, keys) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, keys) for each in value]
    return value.format(**keys) if isinstance(value, str) else value


def asked(client: Client, line: Line, keys: dict[str, str]) -> int:
    path = filled(line.path, keys)
    headers = filled(dict(line.headers or {}), keys) or None
    url = path if path.startswith("/") else f"/api/{path}"
    if line.form is not None:
        form = {name: again(value, keys) for name, value in line.form.items()}
        return int(getattr(client, line.method.lower())(url, form, headers=headers).status_code)
    body = None if line.body is None else filled(line.body, keys)
    call = getattr(client, line.method.lower())
    if body is None:
        return int(call(url, headers=headers).status_code)
    return int(call(url, body, content_type="application/json", headers=headers).status_code)


def again(value: Any, keys: dict[str, str]) -> Any:
    """A file that can be sent once more."""
    if isinstance(value, SimpleUploadedFile):
        value.seek(0)
        return SimpleUploadedFile(str(value.name), value.read(), value.content_type or "text/plain")
    return filled(value, keys)


def bearing(user: User, *scopes: str, **changes: Any) -> Client:
    token, secret = make_token(user=user)
    ApiToken.objects.filter(pk=token.pk).update(scopes=scopes, **changes)  # also those they could not make
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize("part", range(PARTS))
def test_others_get_what_each_line_says(
    keys: dict[str, str], alice: User, bob: User, staff: User, part: int
) -> None:
    """They change nothing of Alice's: what is hers is made once for many lines."""
    over = {"expiry": timezone.now() - timedelta(minutes=1)}
    expired = bearing(alice, *SCOPES, **over)
    without = {scope: bearing(alice, *(each for each in SCOPES if each != scope)) for scope in SCOPES}
    bobs = {scope: bearing(bob, scope) for scope in SCOPES}
    staffs = {scope: bearing(staff, scope) for scope in SCOPES}
    for name in SCOPED[part::PARTS]:
        line, what = LINES[name], OPERATIONS[name][2]
        assert what is not None
        if not what.scope:
            continue
        found = {
            "nobody": asked(Client(), line, keys),
            "expired": asked(expired, line, keys),
            "scope": asked(without[what.scope], line, keys),
            "stranger": asked(bobs[what.scope], line, keys),
            "staff": asked(staffs[what.scope], line, keys),
        }
        assert found == {
            "nobody": 401,
            "expired": 401,
            "scope": 403,
            "stranger": line.stranger,
            "staff": line.stranger if line.staff is None else line.staff,
        }, name


@pytest.mark.parametrize("name", SCOPED)
def test_its_owner_gets_what_its_line_says(name: str, keys: dict[str, str], alice: User) -> None:
    line, what = LINES[name], OPERATIONS[name][2]
    assert what is not None
    assert asked(bearing(alice, *([what.scope] if what.scope else SCOPES)), line, keys) == line.owner
    if not what.scope:
        assert asked(Client(), line, keys) == line.owner
