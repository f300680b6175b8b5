"""The page of plugins: those that are on, using them or not, and one's own settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from sessions_app.actions.plugins import note_failure, switch_plugin
from sessions_app.models import PluginChoice, User
from sessions_app.sealing import unseal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plugins(settings: Any, staff: User) -> None:
    settings.PLUGINS = ["sessions_app.plugins.calculator.Calculator", "tests.commands.test_plugin.Speaker"]
    switch_plugin(name="speaker", enabled=True, actor=staff)


def words(answer: Any) -> str:
    return " ".join(strip_tags(answer.content.decode()).split())


def test_it_shows_what_is_on_and_takes_a_persons_choice(
    as_alice: Client, alice: User, as_bob: Client
) -> None:
    page = words(as_alice.get("/plugins/"))
    assert ("Speaker" in page, "Calculator" in page, "/say WORDS" in page) == (True, False, True)
    assert as_alice.post("/plugins/speaker/use/", {"use": "off"}).status_code == 302
    assert "Use it" in words(as_alice.get("/plugins/"))
    assert "Do not use it" in words(as_bob.get("/plugins/"))
    assert as_alice.post("/plugins/calculator/use/", {"use": "on"}).status_code == 404


def test_settings_are_kept_and_a_secret_is_never_shown_again(as_alice: Client, alice: User) -> None:
    given = {
        "count": "5",
        "pace": "fast",
        "colour": "blue",
        "lines": "a\r\nb",
        "key": "hush-hush",
        "must": "y",
        "name": "<b>",
    }
    assert as_alice.post("/plugins/speaker/", given).status_code == 302
    choice = PluginChoice.objects.get(user=alice)
    assert (choice.values["count"], choice.values["lines"]) == (5, ["a", "b"])
    assert "hush-hush" in unseal(choice.secrets_sealed)
    page = as_alice.get("/plugins/").content.decode()
    assert "hush" not in page
    assert "Set. Leave empty to keep it." in page
    assert "&lt;b&gt;" in page
    as_alice.post("/plugins/speaker/", {"count": "6"})
    assert "hush-hush" in unseal(PluginChoice.objects.get(user=alice).secrets_sealed)
    as_alice.post("/plugins/speaker/", {"forget_key": "on"})
    assert PluginChoice.objects.get(user=alice).secrets_sealed == ""


def test_what_does_not_fit_is_said_beside_its_field_and_stays_typed(as_alice: Client, alice: User) -> None:
    answer = as_alice.post("/plugins/speaker/", {"count": "0", "name": "typed by me"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "greater than or equal to 1" in page
    assert 'aria-invalid="true"' in page
    assert "typed by me" in page
    assert not PluginChoice.objects.filter(user=alice).exists()


def test_the_page_is_in_the_profile_menu(as_alice: Client) -> None:
    menu = as_alice.get("/").content.decode().partition('id="profile"')[2].partition("</form>")[0]
    assert f'href="{reverse("plugins")}"' in menu


def test_one_that_rests_is_said_to(as_alice: Client) -> None:
    note_failure(name="speaker", error="before_send raised ValueError", pause=True)
    page = words(as_alice.get("/plugins/"))
    assert "rests for some minutes" in page
    assert "ValueError" not in page
