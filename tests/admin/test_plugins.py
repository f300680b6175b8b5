"""Plugins as staff see them: what is installed and how it goes, switching, setting, letting go on."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.utils.html import strip_tags

from sessions_app.actions.plugins import note_failure
from sessions_app.models import AuditEntry, PluginState, User
from sessions_app.sealing import unseal

pytestmark = pytest.mark.django_db
PAGE = "/admin/sessions_app/pluginstate/"
SPEAKER = f"{PAGE}speaker/change/"


@pytest.fixture(autouse=True)
def plugins(settings: Any) -> None:
    settings.PLUGINS = [
        "sessions_app.plugins.calculator.Calculator", "tests.commands.test_plugin.Speaker", "no.such.Plugin",
    ]  # fmt: skip


@pytest.fixture
def as_setter(staff: User) -> Client:
    for codename in ("view_pluginstate", "change_pluginstate"):
        staff.user_permissions.add(Permission.objects.get(codename=codename))
    client = Client()
    client.force_login(staff)
    return client


def words(answer: Any) -> str:
    return " ".join(strip_tags(answer.content.decode()).split())


def test_it_lists_what_is_installed_and_what_could_not_be_loaded(as_setter: Client) -> None:
    PluginState.objects.create(name="gone", enabled=True, last_error="of old")
    page = words(as_setter.get(PAGE))
    assert "Calculator 1.0 off 0" in page
    assert "no.such.Plugin: Loading it raised ModuleNotFoundError" in page
    assert "not installed any more" in page
    assert "Plugins" in words(as_setter.get("/admin/"))


def test_staff_switch_set_and_resume_it_on_record(as_setter: Client) -> None:
    as_setter.post(SPEAKER, {"deed": "on"})
    as_setter.post(SPEAKER, {"deed": "set", "count": "9", "key": "hush-hush", "must": "m"})
    state = PluginState.objects.get(name="speaker")
    assert (state.enabled, state.values["count"]) == (True, 9)
    assert "hush-hush" in unseal(state.secrets_sealed)
    note_failure(name="speaker", error="before_send raised ValueError (x.py, line 3).", pause=True)
    page = words(as_setter.get(SPEAKER))
    assert "paused until" in page
    assert "before_send raised ValueError (x.py, line 3)." in page
    as_setter.post(SPEAKER, {"deed": "resume"})
    as_setter.post(SPEAKER, {"deed": "off"})
    entries = list(AuditEntry.objects.order_by("pk").values_list("action", "detail"))
    assert [action for action, _ in entries] == [
        "switched plugin on", "set plugin", "resumed plugin", "switched plugin off",
    ]  # fmt: skip
    assert "key changed" in entries[1][1]
    shown = (
        as_setter.get(SPEAKER).content.decode()
        + as_setter.get("/admin/sessions_app/auditentry/").content.decode()
    )
    assert "hush" not in shown


def test_what_does_not_fit_is_said_beside_its_field(as_setter: Client) -> None:
    answer = as_setter.post(SPEAKER, {"deed": "set", "count": "none", "must": "kept as typed"})
    assert answer.status_code == 422
    assert "A whole number is needed." in words(answer)
    assert "kept as typed" in answer.content.decode()
    assert as_setter.get(f"{PAGE}nothing/change/").status_code == 404


def test_staff_without_the_right_and_others_see_nothing(staff: User, as_alice: Client) -> None:
    client = Client()
    client.force_login(staff)
    for address in (PAGE, SPEAKER):
        assert client.get(address).status_code == 403
        assert client.post(SPEAKER, {"deed": "on"}).status_code == 403
        assert as_alice.get(address).status_code == 302
    assert not PluginState.objects.exists()


def test_secrets_are_sealed_again_with_the_newest_key(as_setter: Client, settings: Any) -> None:
    as_setter.post(SPEAKER, {"deed": "set", "key": "hush-hush", "must": "m"})
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of enough length, made for this test"
    call_command("reseal", stdout=StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    assert "hush-hush" in unseal(PluginState.objects.get(name="speaker").secrets_sealed)
