"""What people choose for themselves: kept, checked, and honoured by the pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from sessions_app.actions.errors import Refused
from sessions_app.actions.people import set_preferences
from sessions_app.actions.tokens import make_token
from sessions_app.models import ApiToken, User
from tests.pages.test_workspace import HTMX, text_of

pytestmark = pytest.mark.django_db

PAGE = "/accounts/preferences/"


def kept(person: User) -> Any:
    return User.objects.get(pk=person.pk).preferences


def test_choices_are_kept_beside_the_others(as_alice: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(preferences={"other": 1})
    given = {"time_zone": "Europe/Zurich", "shortcuts": ["off", "on"]}
    assert as_alice.post(PAGE, given).status_code == 303
    assert kept(alice) == {"other": 1, "time_zone": "Europe/Zurich", "shortcuts": True}
    page = text_of(as_alice.get(PAGE))
    assert '<option value="Europe/Zurich" selected>' in page
    assert "Saved." in page


def test_the_workspaces_time_zone_is_chosen_by_choosing_none(as_alice: Client, alice: User) -> None:
    set_preferences(person=alice, time_zone="Europe/Zurich")
    as_alice.post(PAGE, {"time_zone": "", "shortcuts": "off"})
    assert kept(alice) == {"shortcuts": False}


@pytest.mark.parametrize(
    "given", [{"time_zone": "Mars/Olympus"}, {"shortcuts": "maybe"}, {"time_zone": "../../etc/passwd"}]
)
def test_what_is_no_choice_is_refused_with_a_sentence(
    as_alice: Client, alice: User, given: dict[str, str]
) -> None:
    answer = as_alice.post(PAGE, given)
    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)
    assert kept(alice) == {}


def test_only_known_choices_are_kept(alice: User) -> None:
    with pytest.raises(Refused):
        set_preferences(person=alice, plan="premium")
    assert kept(alice) == {}


def test_the_switch_in_the_list_of_keys_changes_only_itself(as_alice: Client, alice: User) -> None:
    set_preferences(person=alice, time_zone="Europe/Zurich")
    answer = as_alice.post(PAGE, {"shortcuts": "off"}, headers=HTMX)
    assert answer.status_code == 204
    told = json.loads(answer["HX-Trigger"])
    assert told["shortcuts-switched"] == {"on": False}
    assert told["show-toast"]["text"].startswith("Shortcuts are off.")
    assert kept(alice) == {"time_zone": "Europe/Zurich", "shortcuts": False}


def test_every_page_says_when_the_keys_are_off(as_alice: Client, alice: User) -> None:
    assert "data-shortcuts" not in text_of(as_alice.get("/")).partition(">")[0]
    set_preferences(person=alice, shortcuts=False)
    for page in ("/", "/search/", "/dashboard/", PAGE):
        html = text_of(as_alice.get(page))
        assert 'data-shortcuts="off"' in html.partition("<head>")[0]
    assert "checked" not in text_of(as_alice.get("/")).partition('role="switch"')[2].partition(">")[0]


def test_a_strange_store_of_preferences_breaks_nothing(as_alice: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(preferences=["strange"])
    assert as_alice.get("/").status_code == 200
    assert as_alice.post(PAGE, {"shortcuts": "off"}).status_code == 303
    assert kept(alice) == {"shortcuts": False}


def test_nobody_is_sent_to_the_login(client: Client) -> None:
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")


def test_every_page_tells_times_in_ones_own_zone(as_alice: Client, alice: User) -> None:
    make_token(user=alice, name="robot", scopes=["read"])
    ApiToken.objects.update(created=datetime(2026, 11, 2, 23, 30, tzinfo=UTC))
    assert "Made 2 Nov 2026, 23:30" in as_alice.get("/accounts/tokens/").content.decode()
    set_preferences(person=alice, time_zone="Asia/Tokyo")
    assert "Made 3 Nov 2026, 08:30" in as_alice.get("/accounts/tokens/").content.decode()
