from __future__ import annotations

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import JSONField, TextField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sessions_app.admin.base import StaffAdmin
from sessions_app.models import AuditEntry, ChatSession, Message, ToolCall, User

from .conftest import TITLE, client_of, permit
from .conversation import begin, process

NOUNS = (
    "chatsession",
    "mark",
    "message",
    "pendingmessage",
    "reply",
    "replychunk",
    "toolcall",
    "tokenusage",
    "modelprice",
    "runnerprocess",
)
CLOSED = ("user", "apitoken", "auditentry")
WORDS = ("harbour", "forty", "time_range", "ferry")


def index(noun: str) -> str:
    return reverse(f"admin:sessions_app_{noun}_changelist")


def page(noun: str, key: object) -> str:
    return reverse(f"admin:sessions_app_{noun}_change", args=[key])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def queries(client: Client, address: str) -> int:
    """How many queries a page takes, asked a second time."""
    text(client, address)
    with CaptureQueriesContext(connection) as taken:
        text(client, address)
    return len(taken)


def opened_pages(told: Message) -> list[str]:
    question, call = told.parent_id, ToolCall.objects.get()
    usage = told.usage.get()
    transcript = reverse("admin:sessions_app_chatsession_transcript", args=[told.session_id])
    chunk = told.reply.journal.earliest("pk")
    history = reverse("admin:sessions_app_chatsession_history", args=[told.session_id])
    return [
        page("chatsession", told.session_id), page("message", told.pk), page("message", question),
        page("mark", told.marks.earliest("pk").pk), page("reply", told.pk), page("replychunk", chunk.pk), page("toolcall", call.pk), page("tokenusage", usage.pk),
        transcript, history,
    ]  # fmt: skip


@pytest.mark.parametrize("noun", [*NOUNS, *CLOSED])
def test_a_normal_account_gets_no_admin_page(told: Message, as_bob: Client, noun: str) -> None:
    for address in (index(noun), reverse("admin:index")):
        assert as_bob.get(address, follow=True).status_code == 403


def test_nobody_is_sent_to_the_accounts_login_that_has_rate_limits(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("noun", NOUNS)
def test_lists_show_staff_figures_and_no_word_anyone_wrote(
    told: Message, as_staff: Client, noun: str
) -> None:
    shown = text(as_staff, index(noun))
    assert not [word for word in WORDS if word in shown]


def test_pages_show_staff_figures_and_no_word_anyone_wrote(told: Message, as_staff: Client) -> None:
    for address in opened_pages(told):
        shown = text(as_staff, address)
        assert not [word for word in WORDS if word in shown], address


def test_without_the_permission_nothing_is_recorded_as_opened(told: Message, as_staff: Client) -> None:
    for address in opened_pages(told):
        as_staff.get(address)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("noun", CLOSED)
def test_accounts_tokens_and_the_audit_take_a_permission_of_their_own(as_staff: Client, noun: str) -> None:
    assert as_staff.get(index(noun)).status_code == 403


def test_a_search_for_words_of_a_title_or_message_tells_staff_nothing(
    told: Message, as_staff: Client
) -> None:
    for noun in ("chatsession", "mark", "message", "toolcall"):
        missed, found = (text(as_staff, f"{index(noun)}?q={word}") for word in ("harbour", "nowhere"))
        assert ("0 results" in missed) == ("0 results" in found), noun


@pytest.mark.parametrize(
    ("noun", "lookup"),
    [
        ("chatsession", "title__startswith=Plans"),
        ("chatsession", "settings__system_prompt=x"),
        ("message", "content__contains=harbour"),
        ("message", "session__title__startswith=Plans"),
        ("message", "html__contains=harbour"),
        ("message", "revisions__0__content__startswith=What"),
        ("toolcall", "input__time_range=week"),
        ("replychunk", "chunks__contains=harbour"),
        ("mark", "comment__contains=ferry"),
        ("mark", "quote__startswith=coins"),
        ("mark", "message__content__contains=harbour"),
        ("tokenusage", "session__title__startswith=Plans"),
        ("reply", "message__content__startswith=The"),
    ],
)
def test_a_lookup_in_the_address_is_refused_as_it_would_answer_like_a_search(
    told: Message, as_staff: Client, noun: str, lookup: str
) -> None:
    assert as_staff.get(f"{index(noun)}?{lookup}").status_code == 400


def test_what_a_page_can_be_narrowed_by_in_the_address_holds_no_texts() -> None:
    """JSON and long texts of pages for all staff: those of no person are named here."""
    harmless = {"model_config", "people", "figures", "fallbacks"}
    for page in admin.site._registry.values():
        if isinstance(page, StaffAdmin) and page.open_to_staff:
            texts = {f.name for f in page.opts.fields if isinstance(f, (JSONField, TextField))}
            assert texts <= {*page.text_fields, *harmless}, page


@pytest.mark.parametrize(
    "asked", ["owner=99999999999999999999999", "created_at__gte=0001-01-01T00:00:00%2B14:00", "created_at__year=99999999999999999999"]
)  # fmt: skip
def test_a_lookup_that_no_column_holds_finds_nothing_or_leads_back_to_the_list(
    told: Message, as_root: Client, asked: str
) -> None:
    answer = as_root.get(f"{index('chatsession')}?{asked}")  # databases differ in what they can compare
    assert answer.status_code == 200 or answer["Location"] == f"{index('chatsession')}?e=1"


def test_autocompletion_tells_no_titles(told: Message, as_staff: Client, as_root: Client) -> None:
    asked = "/admin/autocomplete/?app_label=sessions_app&model_name=message&field_name=session&term="
    for client in (as_staff, as_root):
        assert client.get(asked).status_code == 404


def test_a_digest_or_password_cannot_be_guessed_by_lookups(as_root: Client, alice: User) -> None:
    for address in (f"{index('apitoken')}?digest__startswith=a", f"{index('user')}?password__startswith=m"):
        assert as_root.get(address).status_code == 400


def test_with_the_permission_titles_and_texts_are_there_and_can_be_searched(
    told: Message, as_reader: Client
) -> None:
    assert TITLE in text(as_reader, f"{index('chatsession')}?q=harbour")
    assert "forty" in text(as_reader, page("message", told.pk))
    assert "time_range" in text(as_reader, page("toolcall", ToolCall.objects.get().pk))


def test_each_opening_by_a_reader_is_recorded_with_actor_action_and_subject(
    told: Message, as_reader: Client, reader: User
) -> None:
    transcript = reverse("admin:sessions_app_chatsession_transcript", args=[told.session_id])
    for address in (page("message", told.pk), transcript, transcript, page("chatsession", told.session_id)):
        text(as_reader, address)
    chat = f"chatsession {told.session_id}"
    entries = AuditEntry.objects.order_by("pk").values_list("actor", "action", "subject")
    assert list(entries) == [
        (reader.pk, "opened message", f"message {told.pk}"),
        (reader.pk, "opened transcript", chat),
        (reader.pk, "opened transcript", chat),
        (reader.pk, "opened chat session", chat),
    ]


def test_the_audit_itself_cannot_be_changed_or_deleted(
    told: Message, as_reader: Client, as_root: Client
) -> None:
    text(as_reader, page("message", told.pk))
    entry = AuditEntry.objects.get()
    address = page("auditentry", entry.pk)
    assert "opened message" in text(as_root, address)
    assert as_root.post(address, {"action": "nothing"}).status_code == 403
    assert as_root.post(reverse("admin:sessions_app_auditentry_delete", args=[entry.pk])).status_code == 403


def test_lists_take_as_many_queries_for_many_rows_as_for_one(
    told: Message, alice: User, as_root: Client
) -> None:
    before = {noun: queries(as_root, index(noun)) for noun in NOUNS}
    for number in range(4):
        chat = ChatSession.objects.create(owner=alice, model="offline", provider="offline")
        begin(chat, alice, f"question {number}", process().pk)
    assert {noun: queries(as_root, index(noun)) for noun in NOUNS} == before


def test_staff_with_the_right_cannot_raise_themselves_or_touch_other_staff(
    staff: User, alice: User, root: User
) -> None:
    permit(staff, "view_user", "change_user", "change_group")
    client = client_of(staff)
    kept = {"username": "alice", "plan": "premium", "email": "alice@example.org", "is_active": "on"}
    response = client.post(page("user", alice.pk), kept | {"is_staff": "on", "is_superuser": "on"})
    assert response.status_code == 302
    alice.refresh_from_db()
    assert (alice.plan, alice.is_staff, alice.is_superuser) == ("premium", False, False)
    for target in (staff, root):
        assert client.post(page("user", target.pk), kept | {"username": "taken"}).status_code == 403
        assert client.post(f"/admin/sessions_app/user/{target.pk}/password/", {}).status_code == 403
    assert client.get("/admin/auth/group/").status_code == 403


def test_a_superuser_gives_roles(as_root: Client, alice: User) -> None:
    kept = {
        "username": "alice",
        "plan": "free",
        "email": "alice@example.org",
        "is_active": "on",
        "is_staff": "on",
    }
    assert as_root.post(page("user", alice.pk), kept).status_code == 302
    alice.refresh_from_db()
    assert alice.is_staff


def test_an_address_belongs_to_one_account(as_root: Client, alice: User) -> None:
    fields = {"username": "second", "email": "ALICE@example.org", "usable_password": "true"}
    response = as_root.post(
        "/admin/sessions_app/user/add/",
        fields | {"password1": "ferry-to-oslo-1", "password2": "ferry-to-oslo-1"},
    )
    assert "Another account has this address." in response.content.decode()
    assert (
        as_root.post(
            "/admin/sessions_app/user/add/",
            fields
            | {"email": "second@example.org", "password1": "ferry-to-oslo-1", "password2": "ferry-to-oslo-1"},
        ).status_code
        == 302
    )
    assert not User.objects.get(username="second").is_staff
