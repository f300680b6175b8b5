from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sessions_app.actions import ledger
from sessions_app.models import (
    ApiToken,
    AuditEntry,
    ChatSession,
    Message,
    ModelPrice,
    Reply,
    TokenUsage,
    ToolCall,
    User,
)
from sessions_app.providers.base import Counts

from .conftest import TITLE, client_of, permit
from .conversation import begin, call, own_price, process
from .test_who_sees_what import index, page, text

PRICES = "/admin/sessions_app/modelprice/add/"


@pytest.mark.parametrize("noun", ["tokenusage", "message", "reply", "toolcall", "replychunk", "chatsession"])
def test_nothing_that_happened_is_added_or_deleted_by_hand_not_even_by_a_superuser(
    told: Message, as_root: Client, noun: str
) -> None:
    keys = {
        "tokenusage": told.usage.get().pk, "message": told.pk, "reply": told.pk, "chatsession": told.session_id,
        "toolcall": ToolCall.objects.get().pk, "replychunk": told.reply.journal.earliest("pk").pk,
    }  # fmt: skip
    assert as_root.get(f"/admin/sessions_app/{noun}/add/").status_code == 403
    assert (
        as_root.post(
            reverse(f"admin:sessions_app_{noun}_delete", args=[keys[noun]]), {"post": "yes"}
        ).status_code
        == 403
    )
    as_root.post(index(noun), {"action": "delete_selected", "_selected_action": [keys[noun]], "post": "yes"})
    assert Message.objects.count() == 2
    assert TokenUsage.objects.count() == ToolCall.objects.count() == Reply.objects.count() == 1


def test_the_ledger_cannot_be_edited(told: Message, as_root: Client) -> None:
    row = told.usage.get()
    assert as_root.post(page("tokenusage", row.pk), {"output": 0, "cost": 0}).status_code == 403
    assert TokenUsage.objects.get() == row
    assert TokenUsage.objects.get().output == row.output


def test_money_has_four_decimals_and_all_digits_where_the_mouse_rests(
    told: Message, as_staff: Client
) -> None:
    TokenUsage.objects.update(cost=Decimal("0.0008245750"))
    ChatSession.objects.update(cost=Decimal("1234.5678900001"), unpriced_calls=2)
    key = told.session_id
    call = '<span title="$0.000824575">$0.0008</span>'
    sums = '<span title="$1,234.5678900001">$1,234.5679</span>'
    assert call in text(as_staff, index("tokenusage"))
    assert f"{sums} and 2 calls of unknown price" in text(as_staff, index("chatsession"))
    assert sums in text(as_staff, page("chatsession", key))
    review = text(as_staff, reverse("admin:sessions_app_chatsession_transcript", args=[key]))
    assert f"<dd>{call}</dd>" in review
    assert f"<dd>{sums} and 2 calls" in review
    assert "2 $0.0008</a>" in review


def test_an_unknown_price_is_named_and_an_open_call_has_none(told: Message, as_staff: Client) -> None:
    TokenUsage.objects.update(cost=None, price_source="unknown")
    assert "price unknown" in text(as_staff, index("tokenusage"))
    TokenUsage.objects.update(settled_at=None)
    assert "price unknown" not in text(as_staff, index("tokenusage"))


def test_a_chats_title_and_archive_are_changed_and_open_pages_hear_of_it(
    told: Message, as_root: Client
) -> None:
    before = told.session
    address = page("chatsession", before.pk)
    response = as_root.post(address, {"title": "Harbour", "archived": "on", "message_count": 99, "cost": 7})
    assert response.status_code == 302
    chat = ChatSession.objects.get()
    assert (chat.title, chat.title_source) == ("Harbour", "person")
    assert chat.archived_at is not None
    assert (chat.message_count, chat.cost) == (2, ChatSession.objects.get().cost)
    assert chat.version > before.version
    as_root.post(address, {"title": "Harbour"})
    assert ChatSession.objects.get().archived_at is None


def test_a_title_is_not_taken_away(told: Message, as_root: Client) -> None:
    response = as_root.post(page("chatsession", told.session_id), {"title": "  "})
    assert "A title can be replaced, but not taken away." in response.content.decode()
    assert ChatSession.objects.get().title


def test_staff_who_may_archive_but_not_read_keep_the_title_as_it_was(told: Message, staff: User) -> None:
    permit(staff, "change_chatsession")
    response = client_of(staff).post(
        page("chatsession", told.session_id), {"title": "Overwritten", "archived": "on"}
    )
    assert response.status_code == 302
    chat = ChatSession.objects.get()
    assert chat.title == TITLE
    assert chat.archived_at is not None


def price(**values: Any) -> dict[str, Any]:
    kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    return {
        "provider": "anthropic", "model": "claude-haiku-4-5", "valid_from_0": "2026-01-01", "valid_from_1": "00:00:00",
        "valid_until_0": "2026-07-01", "valid_until_1": "00:00:00", **dict.fromkeys(kinds, "3.75"), **values,
    }  # fmt: skip


def test_a_price_is_entered_as_usd_for_a_million_tokens(as_root: Client) -> None:
    assert as_root.post(PRICES, price(input="0.0000000001")).status_code == 302
    own = ModelPrice.objects.get()
    assert (own.input, own.output) == (Decimal("0.0000000001"), Decimal("3.75"))
    shown = text(as_root, index("modelprice"))
    assert "$3.75" in shown
    assert "$0.0000000001" in shown
    assert 'value="3.75"' in text(as_root, page("modelprice", own.pk))


@pytest.mark.parametrize(
    ("begin", "end"),
    [("2026-03-01", "2026-04-01"), ("2025-01-01", "2026-01-02"), ("2026-06-30", ""), ("2025-01-01", "")],
)
def test_an_overlapping_price_is_refused_and_the_other_one_named(
    as_root: Client, begin: str, end: str
) -> None:
    as_root.post(PRICES, price())
    later = price(valid_from_0=begin, valid_until_0=end, valid_until_1="00:00:00" if end else "")
    response = as_root.post(PRICES, later)
    words = (
        "This overlaps the price of anthropic claude-haiku-4-5 from 2026-01-01 00:00 until 2026-07-01 00:00."
    )
    assert words in response.content.decode()
    assert ModelPrice.objects.count() == 1


def test_a_price_may_begin_when_another_ends_and_other_models_do_not_matter(as_root: Client) -> None:
    as_root.post(PRICES, price())
    as_root.post(PRICES, price(valid_from_0="2026-07-01", valid_until_0="", valid_until_1=""))
    as_root.post(PRICES, price(model="claude-opus-5"))
    assert ModelPrice.objects.count() == 3


def test_a_price_can_be_changed_without_overlapping_itself(as_root: Client) -> None:
    as_root.post(PRICES, price())
    own = ModelPrice.objects.get()
    assert as_root.post(page("modelprice", own.pk), price(output="4")).status_code == 302
    assert ModelPrice.objects.get().output == 4


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"valid_until_0": "2025-01-01"}, "A price ends after it begins."),
        ({"input": "-1"}, "greater than or equal to 0"),
        ({"input": "0.00000000001"}, "no more than 10 decimal places"),
        ({"output": "much"}, "Enter a number."),
    ],
)
def test_a_bad_price_gets_a_clear_error(as_root: Client, values: dict[str, Any], words: str) -> None:
    assert words in as_root.post(PRICES, price(**values)).content.decode()
    assert not ModelPrice.objects.exists()


def test_staff_see_prices_but_only_permitted_ones_set_them(as_staff: Client) -> None:
    assert as_staff.get(index("modelprice")).status_code == 200
    assert as_staff.post(PRICES, price()).status_code == 403


def test_a_price_set_here_prices_the_next_call(chat: ChatSession, alice: User, db: None) -> None:
    ModelPrice.objects.create(**own_price("2.5"))
    runner = process()
    reply = begin(chat, alice, "hello", runner.pk)
    usage = call(reply, runner.pk)
    ledger.settle_call(ledger.Settlement(usage, Counts(output=1_000_000), ok=True))
    assert TokenUsage.objects.get().cost == Decimal("2.5")


def test_a_token_is_revoked_after_a_question_and_its_digest_is_shown_nowhere(
    as_root: Client, alice: User
) -> None:
    token, _ = ApiToken.objects.create(alice, name="backup", scopes=["read"])
    address = reverse("admin:sessions_app_apitoken_revoke", args=[token.token_key])
    pages = text(as_root, index("apitoken")) + text(as_root, address)
    assert "backup" in pages
    assert token.digest not in pages
    assert token.digest not in as_root.get(page("apitoken", token.digest), follow=True).content.decode()
    assert ApiToken.objects.exists()
    assert as_root.post(address).status_code == 302
    assert not ApiToken.objects.exists()
    assert AuditEntry.objects.get().action == "revoked token"


def test_a_token_is_revoked_only_with_the_permission(as_reader: Client, alice: User) -> None:
    token, _ = ApiToken.objects.create(alice, name="backup")
    address = reverse("admin:sessions_app_apitoken_revoke", args=[token.token_key])
    assert as_reader.post(address).status_code == 403
    assert ApiToken.objects.exists()
