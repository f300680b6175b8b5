"""The tabs on the page and their addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.actions.tabs import open_tab
from sessions_app.models import ChatSession, OpenTab, User, Visit
from tests.actions.steps import send
from tests.pages.test_workspace import HTMX, text_of

pytestmark = pytest.mark.django_db


def fragment(client: Client, shown: str = "") -> str:
    return text_of(client.get("/tabs/", headers={**HTMX, "HX-Current-URL": f"http://testserver{shown}"}))


def titles(page: str) -> list[str]:
    """Titles of the tabs in their order, the open one in brackets."""
    row = page.split('<ul class="tabs__row">')[1].split("</ul>")[0]
    found = re.findall(r'<(h1|span class="tab__title")[^>]*>([^<]*)<', row)
    return [f"[{title}]" if kind == "h1" else title for kind, title in found]


def test_an_open_session_is_a_tab_though_looking_at_it_changes_nothing(
    as_alice: Client, chat: ChatSession
) -> None:
    page = text_of(as_alice.get(chat.get_absolute_url()))
    assert titles(page) == ["[New session]"]
    assert page.count('id="chat-title"') == 1
    assert f'hx-vals=\'{{"session": "{chat.pk}"}}\' hx-trigger="load"' in page
    assert not OpenTab.objects.exists()


def test_a_page_opens_its_tab_and_need_not_do_so_again(as_alice: Client, chat: ChatSession) -> None:
    assert as_alice.post("/tabs/", {"session": str(chat.pk)}, headers=HTMX).status_code == 204
    assert OpenTab.objects.get().session == chat
    assert 'hx-trigger="load"' not in text_of(as_alice.get(chat.get_absolute_url()))
    OpenTab.objects.update(opened_at=timezone.now() - timedelta(hours=1))
    assert 'hx-trigger="load"' in text_of(as_alice.get(chat.get_absolute_url()))


def test_the_tabs_of_yesterday_are_there_after_a_new_login(
    client: Client, alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    for title in ("One", "Two"):
        open_tab(person=alice, chat=make_chat(title=title))
    client.force_login(alice)
    third = make_chat(title="Three")
    assert titles(text_of(client.get(third.get_absolute_url()))) == ["One", "Two", "[Three]"]


def test_the_fragment_knows_which_one_the_page_shows(
    as_alice: Client, alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    one, two = make_chat(title="One"), make_chat(title="Two")
    for chat in (one, two):
        open_tab(person=alice, chat=chat)
    assert titles(fragment(as_alice, one.get_absolute_url())) == ["[One]", "Two"]
    assert titles(fragment(as_alice, f"{two.get_absolute_url()}?message=1#message-1")) == ["One", "[Two]"]
    assert titles(fragment(as_alice, "/")) == ["One", "Two", "[New session]"]
    assert 'aria-label="Close Two"' in fragment(as_alice, "/")


def test_running_and_unread_ones_say_so(
    as_alice: Client, alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    running, unread = make_chat(title="Runs"), make_chat(title="News")
    for chat in (running, unread):
        open_tab(person=alice, chat=chat)
    send(running, "Go on.")
    Visit.objects.create(user=alice, session=unread, at=timezone.now() - timedelta(hours=1))
    page = fragment(as_alice, "/")
    assert page.count("Running:") == 1
    assert "tab--unread" in page
    assert "tab--unread" not in fragment(as_alice, unread.get_absolute_url())


def test_closing_the_open_one_goes_to_its_neighbour_and_others_stay(
    as_alice: Client, alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    one, two = make_chat(title="One"), make_chat(title="Two")
    for chat in (one, two):
        open_tab(person=alice, chat=chat)
    here = {**HTMX, "HX-Current-URL": f"http://testserver{two.get_absolute_url()}"}
    assert close(as_alice, one, here) == (204, None)
    assert close(as_alice, two, here) == (204, "/?welcome=1")


def close(client: Client, chat: ChatSession, headers: dict[str, str]) -> tuple[int, str | None]:
    answer = client.post(f"/tabs/{chat.pk}/close/", headers=headers)
    return answer.status_code, answer.headers.get("HX-Redirect")


def test_after_the_last_tab_comes_a_welcome_whose_message_makes_a_new_session(
    as_alice: Client, alice: User, chat: ChatSession
) -> None:
    page = as_alice.get("/?welcome=1")
    assert page.status_code == 200
    assert 'form="composer" name="fresh"' in text_of(page)
    answer = as_alice.post("/sessions/", {"content": "Begin anew.", "fresh": "1", "client_id": "once"})
    again = as_alice.post("/sessions/", {"content": "Begin anew.", "fresh": "1", "client_id": "once"})
    assert str(chat.pk) not in answer["Location"]
    assert again["Location"] == answer["Location"]


def test_without_htmx_closing_and_reopening_lead_to_pages(
    as_alice: Client, alice: User, make_chat: Callable[..., ChatSession]
) -> None:
    one, two = make_chat(), make_chat()
    for chat in (one, two):
        open_tab(person=alice, chat=chat)
    closed = as_alice.post(f"/tabs/{two.pk}/close/")
    assert (closed.status_code, closed["Location"]) == (303, one.get_absolute_url())
    reopened = as_alice.post("/tabs/reopen/")
    assert (reopened.status_code, reopened["Location"]) == (303, two.get_absolute_url())
    assert as_alice.post("/tabs/reopen/", headers=HTMX).status_code == 204


@pytest.mark.parametrize(("place", "order"), [("0", "ba"), ("x", "ab"), ("-1", "ab"), ("", "ab")])
def test_a_tab_is_moved_to_a_place(
    as_alice: Client, alice: User, make_chat: Callable[..., ChatSession], place: str, order: str
) -> None:
    chats = [make_chat(title=title) for title in "ab"]
    for chat in chats:
        open_tab(person=alice, chat=chat)
    assert as_alice.post(f"/tabs/{chats[1].pk}/move/", {"place": place}, headers=HTMX).status_code == 204
    assert "".join(titles(fragment(as_alice, chats[0].get_absolute_url()))).replace("[a]", "a") == order


@pytest.mark.parametrize("named", ["nonsense", "01890000-0000-7000-8000-000000000000"])
def test_what_is_not_there_is_not_opened(as_alice: Client, named: str) -> None:
    assert as_alice.post("/tabs/", {"session": named}, headers=HTMX).status_code == 404


def test_a_strangers_session_is_not_opened(as_bob: Client, chat: ChatSession) -> None:
    assert as_bob.post("/tabs/", {"session": str(chat.pk)}, headers=HTMX).status_code == 404
    assert not OpenTab.objects.exists()


def test_looking_changes_nothing(
    as_alice: Client, chat: ChatSession, django_assert_max_num_queries: Any
) -> None:
    assert as_alice.get("/tabs/")["Location"] == "/"
    assert as_alice.get(f"/tabs/{chat.pk}/close/").status_code == 405
    with django_assert_max_num_queries(5):
        fragment(as_alice, chat.get_absolute_url())
