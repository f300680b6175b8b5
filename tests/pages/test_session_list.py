"""The list of sessions and what is done in it: pages, fragments, rights, and what the database is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.actions import organising
from sessions_app.models import ChatSession, SessionMember, SessionTag, User, Visit
from sessions_app.views.session_rows import day_words
from tests.actions.steps import begin, end, send

MakeChat = Callable[..., ChatSession]
HTMX = {"HX-Request": "true"}
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def listed(client: Client, query: str = "", **headers: str) -> str:
    return text_of(client.get(f"/sessions/{query}", headers=HTMX | headers))


def titles(html: str) -> list[str]:
    return re.findall(r'class="row__title" title="([^"]*)"', html)


def labels(html: str) -> list[str]:
    return re.findall(r'class="group__label"[^>]*>([^<]*)<', html)


def row_of(html: str, chat: ChatSession) -> str:
    found = re.search(rf'<a class="row[^>]*id="session-{chat.pk}".*?</a>', html, re.DOTALL)
    assert found, f"{chat} is not listed"
    return found[0]


@pytest.fixture
def many(alice: User) -> list[ChatSession]:
    """130 sessions, one an hour: some share their day with the page before."""
    start = timezone.now() - timedelta(minutes=1)
    rows = [
        ChatSession(
            owner=alice,
            title=f"Session {n}",
            last_activity_at=start - timedelta(hours=n),
            model="offline",
            provider="offline",
        )
        for n in range(130)
    ]
    return ChatSession.objects.bulk_create(rows)


# ---------------------------------------------------------------- pages


def test_pages_follow_each_other_without_a_gap_a_double_or_a_heading_twice(
    as_alice: Client, many: list[ChatSession]
) -> None:
    html, shown, heads = listed(as_alice), [], []
    for _ in range(5):
        shown += titles(html)
        heads += labels(html)
        more = re.search(r'class="sessions__more" hx-get="([^"]*)"', html)
        if not more:
            break
        html = text_of(as_alice.get(more[1].replace("&amp;", "&"), headers=HTMX))
    assert shown == [f"Session {n}" for n in range(130)]
    assert heads == list(dict.fromkeys(heads))
    assert heads[0] == "Today"


def test_rows_of_one_moment_are_told_apart_by_their_key(as_alice: Client, alice: User) -> None:
    at = timezone.now()
    ChatSession.objects.bulk_create(
        [ChatSession(owner=alice, title=f"Same {n}", last_activity_at=at) for n in range(60)]
    )
    first = listed(as_alice)
    more = re.search(r'class="sessions__more" hx-get="([^"]*)"', first)
    assert more
    second = text_of(as_alice.get(more[1], headers=HTMX))
    assert len(set(titles(first)) | set(titles(second))) == 60


def test_the_list_is_fetched_anew_as_far_as_it_was_read(as_alice: Client, many: list[ChatSession]) -> None:
    assert len(titles(listed(as_alice, "?rows=100"))) == 100
    assert len(titles(listed(as_alice, "?rows=9999999"))) == 50  # no number of ours
    whole = listed(as_alice, "?rows=400")
    assert len(titles(whole)) == 130
    assert "sessions__more" not in whole


def test_a_list_from_further_down_has_its_headings_and_a_way_to_the_newest(
    as_alice: Client, many: list[ChatSession]
) -> None:
    cursor = re.findall(r'data-cursor="([^"]*)"', listed(as_alice))[29]
    html = listed(as_alice, f"?after={cursor}&rows=50")
    assert titles(html)[0] == "Session 30"
    assert labels(html)
    assert "Newest sessions" in html


@pytest.mark.parametrize("query", ["?after=x", "?after=9999999999999999-" + "0" * 32, "?rows=-1", "?from=x&to=9999-12-31", "?q=%00", "?after=1-zz&rows=%F0"])  # fmt: skip
def test_an_address_that_makes_no_sense_gives_a_list(as_alice: Client, chat: ChatSession, query: str) -> None:
    assert as_alice.get(f"/sessions/{query}", headers=HTMX).status_code == 200
    assert as_alice.get(f"/sessions/{query}").status_code == 200


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "Today"), (1, "Yesterday"), (2, "Monday, 16 November"), (9, "Earlier in November"), (30, "October"), (400, "October 2025")],
)  # fmt: skip
def test_days_are_told_in_words(days: int, words: str) -> None:
    today = NOW.date()
    assert day_words(today - timedelta(days=days), today) == words


# ---------------------------------------------------------------- marks


def test_a_row_tells_what_runs_what_needs_one_and_what_failed(as_alice: Client, make_chat: MakeChat) -> None:
    runs, waits, failed, mended = (make_chat(title=name) for name in ("runs", "waits", "failed", "mended"))
    begin(send(runs, "A question").reply)
    begin(send(waits, "A question").reply)
    waits.replies.update(status="waiting", owner=None)
    for chat in (failed, mended):
        end(send(chat, "A question").reply, "failed", "", "error")
    end(send(mended, "Again").reply)
    html = listed(as_alice)
    assert "Running:" in row_of(html, runs)
    assert "needs you" in row_of(html, waits)
    assert "Running:" not in row_of(html, waits)
    assert "failed</span>" in row_of(html, failed)
    assert "failed</span>" not in row_of(html, mended)


def test_a_session_is_unread_until_its_person_looks(as_alice: Client, chat: ChatSession, alice: User) -> None:
    reply = send(chat, "A question").reply
    begin(reply)
    assert "unread</span>" not in row_of(listed(as_alice), chat)  # it runs
    end(reply)
    assert "unread</span>" in row_of(listed(as_alice), chat)
    here = {"HX-Current-URL": f"http://testserver/sessions/{chat.pk}/?before=3"}
    assert "unread</span>" not in row_of(listed(as_alice, **here), chat)
    assert 'aria-current="page"' in row_of(listed(as_alice, **here), chat)
    assert as_alice.post(f"/sessions/{chat.pk}/visit/", headers=HTMX).status_code == 204
    assert "unread</span>" not in row_of(listed(as_alice), chat)


def test_a_new_empty_session_is_not_unread(as_alice: Client, chat: ChatSession) -> None:
    assert "unread</span>" not in row_of(listed(as_alice), chat)


def test_looking_by_get_notes_no_visit(as_alice: Client, chat: ChatSession) -> None:
    as_alice.get(f"/sessions/{chat.pk}/")
    listed(as_alice)
    assert as_alice.get(f"/sessions/{chat.pk}/visit/").status_code == 405
    assert not Visit.objects.exists()


# ---------------------------------------------------------------- filters


def test_filters_narrow_the_list_and_show_as_chips_with_the_address_without_them(
    as_alice: Client, make_chat: MakeChat
) -> None:
    plain = make_chat(title="Plain")
    starred = make_chat(title="Weekly Costs", starred=True)
    archived = make_chat(title="Old", archived_at=timezone.now())
    old = make_chat(title="Long ago", last_activity_at=datetime(2026, 1, 5, 12, tzinfo=UTC))
    other = make_chat(title="Other", model="claude-x")
    organising.tag(chat=plain, name="q&a")
    for query, expected in {
        "": [other, starred, plain, old],
        "?starred=1": [starred],
        "?archived=1": [archived],
        "?tag=Q%26A": [plain],
        "?model=claude-x": [other],
        "?from=2026-01-05&to=2026-01-05": [old],
        "?q=weekly": [starred],
        "?q=COST&starred=1": [starred],
        "?q=100%25": [],
    }.items():
        assert sorted(titles(listed(as_alice, query))) == sorted(str(chat) for chat in expected), query
    html = listed(as_alice, "?tag=q%26a&starred=1")
    assert 'href="/sessions/?starred=1" data-filter-off="tag"' in html
    assert 'href="/sessions/?tag=q%26a" data-filter-off="starred"' in html
    assert "No session fits." in html


def test_a_title_search_offers_to_search_the_messages(as_alice: Client, chat: ChatSession) -> None:
    assert 'href="/search/?q=parser%20bug"' in listed(as_alice, "?q=parser+bug")


def test_the_next_page_of_a_filtered_list_keeps_its_filters(as_alice: Client, alice: User) -> None:
    ChatSession.objects.bulk_create(
        [ChatSession(owner=alice, title=f"{n}", starred=n % 2 == 0) for n in range(120)]
    )
    first = listed(as_alice, "?starred=1")
    more = re.search(r'class="sessions__more" hx-get="([^"]*)"', first)
    assert more
    assert "starred=1" in more[1]
    second = text_of(as_alice.get(more[1].replace("&amp;", "&"), headers=HTMX))
    assert len(titles(first)) + len(titles(second)) == 60


# ---------------------------------------------------------------- sessions of others


@pytest.fixture
def shared(bob: User, alice: User) -> ChatSession:
    chat = ChatSession.objects.create(owner=bob, title="Of Bob", starred=True)
    SessionMember.objects.create(session=chat, user=alice)
    SessionTag.objects.create(session=chat, owner=bob, name="his")
    return chat


def test_sessions_one_is_a_member_of_are_listed_but_not_by_their_owners_marks(
    as_alice: Client, shared: ChatSession
) -> None:
    html = listed(as_alice)
    assert "starred" not in row_of(html, shared)
    assert f'id="check-{shared.pk}"' not in html
    assert titles(listed(as_alice, "?starred=1")) == titles(listed(as_alice, "?tag=his")) == []


@pytest.mark.parametrize("act", ["star", "archive", "delete", "tags/edit"])
def test_a_member_may_not_put_someone_elses_session_in_order(
    as_alice: Client, shared: ChatSession, act: str
) -> None:
    answer = as_alice.post(f"/sessions/{shared.pk}/{act}/", {"name": "mine"}, headers=HTMX)
    assert answer.status_code == 403
    before = ChatSession.objects.values().get()
    many = as_alice.post("/sessions/many/", {"session": shared.pk, "act": "delete"})
    assert many.status_code == 403
    assert "Only its owner" in text_of(many)
    assert ChatSession.objects.values().get() == before
    assert SessionTag.objects.count() == 1


def test_the_menu_offers_a_member_only_what_they_may(as_alice: Client, shared: ChatSession) -> None:
    menu = text_of(as_alice.get(f"/sessions/{shared.pk}/menu/", headers=HTMX))
    assert "Duplicate" in menu
    assert not any(word in menu for word in ("Rename", "Star", "Archive", "Delete", "Tags"))
    SessionMember.objects.update(role="writer")
    assert "Rename" in text_of(as_alice.get(f"/sessions/{shared.pk}/menu/", headers=HTMX))


# ---------------------------------------------------------------- acts


def events(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 204, text_of(answer)
    told: dict[str, Any] = json.loads(answer["HX-Trigger"])
    return told


def test_a_toast_takes_an_archived_session_back(as_alice: Client, chat: ChatSession) -> None:
    organising.archive(chats=[ChatSession.objects.create(owner=chat.owner)], on=True)
    toast = events(as_alice.post(f"/sessions/{chat.pk}/archive/", headers=HTMX))["show-toast"]
    assert toast["text"] == "“New session” archived"
    assert titles(listed(as_alice)) == []
    events(as_alice.post(toast["undo"], headers=HTMX))
    assert titles(listed(as_alice)) == ["New session"]
    assert ChatSession.objects.filter(archived_at__isnull=False).count() == 1


def test_many_are_archived_deleted_tagged_and_taken_back(
    as_alice: Client, make_chat: MakeChat, bob: User
) -> None:
    chats = [make_chat(title=f"Number {n}") for n in range(3)]
    foreign = ChatSession.objects.create(owner=bob)
    named = {"session": [str(chat.pk) for chat in [*chats, foreign]] + ["nonsense"]}
    for act, left in (("archive", 0), ("delete", 0), ("tag", 3)):
        fields = named | {"act": act, "name": "Weekly"}
        toast = events(as_alice.post("/sessions/many/", fields, headers=HTMX))["show-toast"]
        assert toast["text"].startswith("3 sessions")
        assert len(titles(listed(as_alice))) == left
        if act == "tag":
            assert SessionTag.objects.count() == 3
        events(as_alice.post(toast["undo"], headers=HTMX))
        assert len(titles(listed(as_alice))) == 3
    assert not SessionTag.objects.exists()
    foreign.refresh_from_db()
    assert (foreign.version, foreign.deleted_at, foreign.archived_at) == (0, None, None)


def test_a_page_whose_session_is_deleted_goes_home_and_the_toast_follows(
    as_alice: Client, chat: ChatSession
) -> None:
    here = HTMX | {"HX-Current-URL": f"http://testserver/sessions/{chat.pk}/"}
    answer = as_alice.post(f"/sessions/{chat.pk}/delete/", headers=here)
    assert answer["HX-Redirect"] == "/"
    assert events(answer)["leave-toast"]["text"] == "“New session” deleted"
    assert as_alice.get(f"/sessions/{chat.pk}/").status_code == 404


def test_nobody_undoes_what_is_someone_elses(as_bob: Client, as_alice: Client, chat: ChatSession) -> None:
    toast = events(as_alice.post(f"/sessions/{chat.pk}/delete/", headers=HTMX))["show-toast"]
    as_bob.post(toast["undo"])
    assert not ChatSession.objects.for_user(chat.owner).exists()
    assert as_bob.post(f"/sessions/{chat.pk}/restore/").status_code == 404
    assert as_bob.post(f"/sessions/{chat.pk}/purge/").status_code == 404


def test_tags_are_edited_in_the_menu(as_alice: Client, chat: ChatSession) -> None:
    address = f"/sessions/{chat.pk}/tags/edit/"
    assert "New tag" in text_of(as_alice.get(address, headers=HTMX))
    assert "Remove the tag weekly" in text_of(as_alice.post(address, {"name": "Weekly"}, headers=HTMX))
    refused = as_alice.post(address, {"name": "a,b"}, headers=HTMX)
    assert "no comma" in text_of(refused)
    assert 'value="a,b"' in text_of(refused)
    assert '<option value="weekly">' in text_of(as_alice.get("/sessions/tags/"))
    as_alice.post(address, {"remove": "weekly"}, headers=HTMX)
    assert not chat.tags.exists()


# ---------------------------------------------------------------- the page of all


def test_the_page_works_by_plain_forms(as_alice: Client, chat: ChatSession) -> None:
    place = {"next": "/sessions/?q=new"}
    for act, fields in (("star", {"on": "1"}), ("tags/edit", {"name": "weekly"}), ("archive", {"on": "1"})):
        answer = as_alice.post(f"/sessions/{chat.pk}/{act}/", fields | place)
        assert (answer.status_code, answer["Location"]) == (303, place["next"])
    chat.refresh_from_db()
    assert chat.starred
    assert chat.archived_at
    page = text_of(as_alice.get("/sessions/?archived=1"))
    assert "New session" in page
    assert "weekly" in page
    renamed = as_alice.post(f"/sessions/{chat.pk}/settings/", {"title": "Renamed", "next": "sessions"})
    assert renamed["Location"] == "/sessions/"


@pytest.mark.parametrize("place", ["https://example.org/", "//example.org/", "\\\\example.org", "x"])
def test_a_form_leads_back_to_pages_of_ours_only(as_alice: Client, chat: ChatSession, place: str) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/star/", {"next": place})
    assert answer["Location"] == "/sessions/"


def test_deleted_sessions_wait_in_the_trash_and_go_for_good_after_a_question(
    as_alice: Client, make_chat: MakeChat
) -> None:
    kept, gone = make_chat(title="Kept"), make_chat(title="Gone")
    too_old = make_chat(title="Too old", deleted_at=timezone.now() - timedelta(days=31))
    organising.delete_sessions(chats=[kept, gone])
    trash = text_of(as_alice.get("/sessions/?deleted=1"))
    assert "Restore Kept" in trash
    assert "Delete “Gone” for good? Its costs stay in the ledger, without text." in trash
    assert "Too old" not in trash
    assert "30 days left" in trash
    assert as_alice.post(f"/sessions/{too_old.pk}/restore/").status_code == 404
    assert "Delete “Gone” for good?" in text_of(as_alice.get(f"/sessions/{gone.pk}/purge/"))
    assert ChatSession.objects.filter(pk=gone.pk).exists()
    answer = as_alice.post(f"/sessions/{gone.pk}/purge/", {"next": "/sessions/?deleted=1"})
    assert answer["Location"] == "/sessions/?deleted=1"
    assert not ChatSession.objects.filter(pk=gone.pk).exists()
    as_alice.post(f"/sessions/{kept.pk}/restore/")
    assert titles(listed(as_alice)) == ["Kept"]


# ---------------------------------------------------------------- what the database is asked


def queries(client: Client, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path, headers=HTMX).status_code == 200
    return [query["sql"] for query in caught.captured_queries]


def test_the_number_of_queries_hangs_on_nothing(as_alice: Client, alice: User, make_chat: MakeChat) -> None:
    end(send(make_chat(), "A question").reply)
    few = len(queries(as_alice, "/sessions/"))
    for _ in range(8):
        end(send(make_chat(starred=True), "A question").reply)
    assert len(queries(as_alice, "/sessions/")) == few


def test_the_rows_of_the_page_are_fetched_by_themselves(as_alice: Client, chat: ChatSession) -> None:
    page = text_of(as_alice.get("/sessions/?archived=1"))
    assert 'ws-connect="/ws/"' in page
    assert 'hx-get="/sessions/?archived=1"' in page
    rows = text_of(as_alice.get("/sessions/", headers=HTMX | {"HX-Target": "entries-rows"}))
    assert f'id="entry-{chat.pk}"' in rows
    assert "<html" not in rows
