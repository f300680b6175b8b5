"""The palette: what it finds, what it offers to do, and for whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone
from django.utils.html import strip_tags

from chatproject.urls import urlpatterns as project_urls
from sessions_app.actions.sessions import set_title
from sessions_app.actions.tabs import close_tab, open_tab
from sessions_app.models import ChatSession, SessionMember, User
from tests.actions.steps import end, send
from tests.pages.test_workspace import HTMX, text_of

pytestmark = pytest.mark.django_db

OPTION = re.compile(r'<(?:a|button)(?P<head>[^>]*role="option"[^>]*)>(?P<body>.*?)</(?:a|button)>', re.DOTALL)


def found(client: Client, typed: str = "", chat: ChatSession | None = None) -> dict[str, list[str]]:
    """The words of the rows, under the names of their groups."""
    page = asked(client, typed, chat)
    groups: dict[str, list[str]] = {}
    for group in page.split('<div class="palette__group"')[1:]:
        rows = [words(each["body"]) for each in OPTION.finditer(group)]
        groups[words(group.split("</div>")[0].partition('role="presentation"')[2][1:])] = rows
    return groups


def asked(client: Client, typed: str = "", chat: ChatSession | None = None) -> str:
    given = {"q": typed, "session": str(chat.pk) if chat else ""}
    answer = client.get("/palette/", given, headers=HTMX)
    assert answer.status_code == 200
    return text_of(answer)


def words(html: str) -> str:
    return " ".join(strip_tags(html).split())


def actions(client: Client, typed: str = "", chat: ChatSession | None = None) -> list[str]:
    return found(client, typed, chat)["Actions"]


def heads(page: str, label: str) -> str:
    """The attributes of the row with these words."""
    return next(each["head"] for each in OPTION.finditer(page) if label in words(each["body"]))


def test_import_is_found_by_what_it_imports(as_alice: Client) -> None:
    for typed in ("import", "chatgpt", "upload"):
        assert "Import" in actions(as_alice, typed)


# ---------------------------------------------------------------- sessions


def test_without_a_word_the_newest_others_are_offered(as_alice: Client, make_chat: Any) -> None:
    now = timezone.now()
    chats = [make_chat(title=f"No. {age}", last_activity_at=now - timedelta(days=age)) for age in range(9)]
    make_chat(title="Put away", archived_at=now)
    rows = found(as_alice, chat=chats[0])["Sessions"]
    assert [row.partition(". ")[2][0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert rows[0] == "No. 1 Yesterday Enter"


def test_sessions_are_found_by_their_titles_and_those_that_begin_so_come_first(
    as_alice: Client, make_chat: Any
) -> None:
    now = timezone.now()
    for age, title in enumerate(("Unretried", "The retry budget", "Costs", "Retry policy")):
        make_chat(title=title, last_activity_at=now - timedelta(minutes=age))
    rows = found(as_alice, "retr")["Sessions"]
    assert [row.removesuffix(" Today Enter") for row in rows] == [
        "The retry budget",
        "Retry policy",
        "Unretried",
    ]
    assert "<mark>Retr</mark>y policy" in asked(as_alice, "retr")
    assert found(as_alice, "BUDGET the")["Sessions"] == ["The retry budget Today Enter"]
    assert "Sessions" not in found(as_alice, "retr nothing")


def test_case_counts_for_no_letter(as_alice: Client, make_chat: Any) -> None:
    make_chat(title="Über Äpfel")
    for typed in ("über", "ÜBER", "äpfel"):
        assert len(found(as_alice, typed)["Sessions"]) == 1


@pytest.mark.parametrize("typed", ["100%", "_", "<b>", "\\", '"', "(", "[a", "\x00"])
def test_what_is_typed_is_taken_by_its_letters(as_alice: Client, make_chat: Any, typed: str) -> None:
    make_chat(title="Plain")
    make_chat(title='100% of <b>_\\"([a')
    page = asked(as_alice, typed)
    assert "<b>" not in page
    if typed.strip("\x00"):
        assert len(found(as_alice, typed)["Sessions"]) == 1


# ---------------------------------------------------------------- messages


def test_messages_are_found_while_their_word_is_typed(as_alice: Client, chat: ChatSession) -> None:
    set_title(chat=chat, title="Elsewhere", by_model=False)
    sent = send(chat, "A long beginning of it all, and then a delivery may be retried six times.")
    end(sent.reply, text="Nothing of the kind.")
    groups = found(as_alice, "retr")
    assert groups["Messages"] == ["“…and then a delivery may be retried six times.” Today Enter"]
    assert "<mark>retried</mark>" in asked(as_alice, "retr")
    assert groups["Actions"][-1] == "Search all messages for “retr” 1 found Ctrl Enter"
    page = asked(as_alice, "retr")
    assert (
        f"/sessions/{chat.pk}/?message={sent.message.pk if sent.message else ''}&amp;q=retr%2A#message-"
        in page
    )
    assert 'href="/search/?q=retr%2A"' in page


def test_at_most_five_messages_are_shown_and_all_are_counted(as_alice: Client, chat: ChatSession) -> None:
    for number in range(7):
        end(send(chat, f"Glacier {number}").reply)
    groups = found(as_alice, "glacier")
    assert len(groups["Messages"]) == 5
    assert "7 found" in groups["Actions"][-1]


def test_nothing_of_anyone_else_is_found(as_bob: Client, chat: ChatSession) -> None:
    set_title(chat=chat, title="Alices secret", by_model=False)
    end(send(chat, "Alices secret question").reply)
    groups = found(as_bob, "secret", chat)
    assert groups == {"Actions": ["Search all messages for “secret” 0 found Ctrl Enter"]}
    assert actions(as_bob, chat=chat) == actions(as_bob)


# ---------------------------------------------------------------- actions


def test_actions_are_those_possible_now(as_alice: Client, chat: ChatSession) -> None:
    for label in ("last message", "Retry", "Regenerate", "Stop"):
        assert not [row for row in actions(as_alice, chat=chat) if label in row]
    sent = send(chat, "A question")
    assert "Stop the answer Esc" in actions(as_alice, chat=chat)
    end(sent.reply)
    rows = actions(as_alice, chat=chat)
    assert "Regenerate the last answer" in rows
    assert "Retry the last answer Alt R" not in rows
    end(send(chat, "Another").reply, "failed", "")
    assert "Retry the last answer Alt R" in actions(as_alice, chat=chat)


def test_an_answer_is_retried_where_it_is(as_alice: Client, chat: ChatSession) -> None:
    sent = send(chat, "A question")
    end(sent.reply, "failed", "")
    assert sent.reply is not None
    head = heads(asked(as_alice, "retry", chat), "Retry the last answer")
    assert f'hx-post="/sessions/{chat.pk}/messages/{sent.reply.pk}/retry/"' in head


def test_actions_are_found_by_the_beginnings_of_their_words(as_alice: Client, chat: ChatSession) -> None:
    assert actions(as_alice, "dash")[0] == "Dashboard"
    assert actions(as_alice, "this sess ren", chat)[0] == "Rename this session"
    assert actions(as_alice, "sign")[0] == "Log out"
    assert actions(as_alice, "oard")[:-1] == []


def test_only_staff_are_led_to_the_admin(as_alice: Client, staff: User) -> None:
    client = Client()
    client.force_login(staff)
    assert "Admin" in actions(client)
    assert "Admin" not in actions(as_alice)


def test_a_reader_is_offered_nothing_that_writes(as_bob: Client, bob: User, chat: ChatSession) -> None:
    SessionMember.objects.create(session=chat, user=bob, role="reader")
    end(send(chat, "A question").reply)
    rows = actions(as_bob, chat=chat)
    assert "Go to the last message" in rows
    assert not {"Rename this session", "Regenerate the last answer", "Delete this session"}.intersection(rows)


def test_a_closed_tab_can_be_opened_again_where_there_is_one(
    as_alice: Client, alice: User, chat: ChatSession
) -> None:
    open_tab(person=alice, chat=chat)
    assert not [row for row in actions(as_alice) if "closed tab" in row]
    close_tab(person=alice, chat=chat)
    assert "Open the last closed tab Alt Shift T" in actions(as_alice)


class WithStar:
    """The product's addresses, and one more."""

    urlpatterns = [path("sessions/<uuid:pk>/star/", lambda request, pk: HttpResponse()), *project_urls]


def test_what_answers_somewhere_is_offered(
    as_alice: Client, make_chat: Callable[..., ChatSession], settings: Any
) -> None:
    settings.ROOT_URLCONF = WithStar
    page = asked(as_alice, "star", make_chat(title="Plain"))
    assert 'hx-vals="{&quot;on&quot;: &quot;1&quot;}"' in heads(page, "Star this session")
    starred = asked(as_alice, "star", make_chat(title="Plain", starred=True))
    assert 'hx-vals="{&quot;on&quot;: &quot;0&quot;}"' in heads(starred, "Take the star off")


def test_every_row_is_an_option_with_a_name_of_its_own(as_alice: Client, chat: ChatSession) -> None:
    end(send(chat, "A question").reply)
    page = asked(as_alice, chat=chat)
    names = re.findall(r'id="(palette-\d+)"', page)
    assert len(names) == len(set(names)) == page.count('role="option"') > 10


@pytest.mark.parametrize("session", ["", "nonsense", "01890000-0000-7000-8000-000000000000"])
def test_a_session_that_is_not_there_is_as_good_as_none(as_alice: Client, session: str) -> None:
    answer = as_alice.get("/palette/", {"q": "new", "session": session}, headers=HTMX)
    assert "New session" in words(text_of(answer))


def test_without_htmx_it_leads_to_the_search(as_alice: Client) -> None:
    assert as_alice.get("/palette/")["Location"] == "/search/"
    assert as_alice.post("/palette/").status_code == 405


def test_it_asks_the_database_little(
    as_alice: Client, chat: ChatSession, django_assert_max_num_queries: Any
) -> None:
    end(send(chat, "A question").reply)
    with django_assert_max_num_queries(14):
        asked(as_alice, "question", chat)


def test_deleting_a_session_asks_first(as_alice: Client, chat: ChatSession) -> None:
    set_title(chat=chat, title="Kerning", by_model=False)
    asks = heads(asked(as_alice, "delete this", chat), "Delete this session")
    assert 'hx-confirm="Delete “Kerning”? It can be undone for 30 days.' in asks
    assert 'data-act="Delete"' in asks
    assert "hx-confirm" not in heads(asked(as_alice, "star", chat), "Star this session")


def test_another_session_is_chosen_to_compare_with(as_alice: Client, chat: ChatSession) -> None:
    row = heads(asked(as_alice, "compare with", chat), "Compare with another session")
    assert f'href="/compare/?left={chat.pk}"' in row
