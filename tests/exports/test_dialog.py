"""Exporting from the page: what can be chosen, the preview, what is remembered, the file, one message alone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from export_app.dialog import preview as previews
from export_app.dialog.preview import coloured_markdown
from export_app.leaving import as_file, together
from export_app.models import ExportJob
from sessions_app.models import ChatSession, Message, SessionMember, User
from tests.actions.steps import begin, end, send
from tests.exports.fakes import FORMATS, Paper
from tests.exports.test_transcript import said

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def all_kinds(settings: Any) -> None:
    settings.EXPORT_FORMATS = FORMATS


@pytest.fixture
def talk(chat: ChatSession) -> ChatSession:
    chat.title = "Weekly <cost> review"
    chat.save()
    end(send(chat, "Where did <b>the tokens</b> go?").reply, text="To *Opus*.")
    return chat


def at(chat: ChatSession, rest: str = "") -> str:
    return f"/sessions/{chat.pk}/export/{rest}"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def dialog(client: Client, chat: ChatSession, **query: str) -> str:
    answer = client.get(at(chat), query, headers=HTMX)
    assert answer.status_code == 200
    return text(answer)


def look(client: Client, chat: ChatSession, **query: str) -> str:
    answer = client.get(at(chat, "preview/"), query, headers=HTMX)
    assert answer.status_code == 200
    return text(answer)


# ---------------------------------------------------------------- the dialog


def test_every_format_is_a_card_and_the_chosen_one_brings_its_options(
    as_alice: Client, talk: ChatSession
) -> None:
    html = dialog(as_alice, talk)
    assert "<html" not in html
    for name in ("markdown", "json", "page", "paper", "broken"):
        assert f'name="format" value="{name}"' in html
    assert 'value="markdown" checked' in html
    assert "Messages start at heading" in html
    assert "Margin" not in html
    assert "<bdi>weekly-cost-review.md</bdi>, about" in html
    assert "Margin" in dialog(as_alice, talk, format="pdf")


def test_without_scripts_it_is_a_page(as_alice: Client, talk: ChatSession) -> None:
    html = text(as_alice.get(at(talk)))
    assert "<html" in html
    assert "Where did &lt;b&gt;the tokens&lt;/b&gt; go?" in html
    shown = text(as_alice.post(at(talk), {"format": "json", "look": "1"}))
    assert "Contents of files" in shown
    assert "Weekly &lt;cost&gt; review</bdi>, 2 messages" in shown
    assert User.objects.get(username="alice").preferences == {}


def test_a_stranger_finds_nothing_and_a_reader_may_export(
    as_bob: Client, bob: User, talk: ChatSession
) -> None:
    assert as_bob.get(at(talk)).status_code == 404
    assert as_bob.get(at(talk, "file/"), {"format": "markdown"}).status_code == 404
    SessionMember.objects.create(session=talk, user=bob, role=SessionMember.Role.READER)
    assert as_bob.get(at(talk)).status_code == 200
    assert b"To *Opus*." in as_bob.get(at(talk, "file/"), {"format": "markdown"}).content


def test_whoever_loses_the_right_while_a_heavy_file_is_made_gets_nothing(
    as_bob: Client, bob: User, talk: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    SessionMember.objects.create(session=talk, user=bob, role=SessionMember.Role.READER)
    assert as_bob.get(at(talk, "file/"), {"format": "paper"}).content.startswith(b"%PDF")
    monkeypatch.setattr(Paper, "while_made", staticmethod(SessionMember.objects.all().delete))
    assert as_bob.get(at(talk, "file/"), {"format": "paper"}).status_code == 404


def test_a_reply_that_is_still_written_is_mentioned(as_alice: Client, talk: ChatSession) -> None:
    assert "still being written" not in dialog(as_alice, talk)
    begin(send(talk, "And now?").reply)
    assert "still being written" in dialog(as_alice, talk)


# ---------------------------------------------------------------- the preview


def test_the_preview_is_escaped_and_bounded(as_alice: Client, talk: ChatSession) -> None:
    last = Message.objects.filter(session=talk).order_by("-position")[0]
    for number in range(previews.FIRST):
        last = said(talk, f"number {number} " + "<i>x</i>\n" * 90, last)
    html = look(as_alice, talk, format="markdown")
    assert "&lt;b&gt;the tokens" in html
    assert "<i>x" not in html
    assert html.partition("<pre")[2].partition("</pre>")[0].count("\n") == previews.MOST_LINES
    assert "number 7" not in html
    assert "and the rest of it" in html


def test_the_preview_says_how_many_messages_follow(as_alice: Client, chat: ChatSession) -> None:
    last = None
    for number in range(previews.FIRST + 3):
        last = said(chat, f"number {number}", last)
    html = look(as_alice, chat, format="markdown")
    assert "… and 3 more messages." in html
    assert "number 7" in html
    assert "number 8" not in html


def test_a_change_brings_name_size_and_other_options(as_alice: Client, talk: ChatSession) -> None:
    same = look(as_alice, talk, format="json", shown="json")
    assert "weekly-cost-review.json" in same
    assert 'id="export-options"' not in same
    other = look(as_alice, talk, format="paper", shown="markdown", thinking="on", level="3")
    assert 'id="export-options"' in other
    assert 'name="thinking" value="on" checked' in other


def test_what_was_chosen_for_another_format_is_there_again(as_alice: Client, talk: ChatSession) -> None:
    other = look(as_alice, talk, format="json", shown="markdown", usage="off", level="3")
    kept = unescape(other.partition('name="kept" value="')[2].partition('"')[0])
    back = look(as_alice, talk, format="markdown", shown="json", indent="on", kept=kept)
    assert 'name="level" value="3" checked' in back
    assert 'name="usage" value="on">' in back
    assert "indent" in back


@pytest.mark.parametrize("kept", ["[", "[1]", '{"markdown": 3}', '{"markdown": {"level": "9"}}', "[" * 9_000])
def test_a_form_that_was_changed_by_hand_is_read_with_care(
    as_alice: Client, talk: ChatSession, kept: str
) -> None:
    html = look(as_alice, talk, format="markdown", shown="json", kept=kept)
    assert 'name="level" value="2" checked' in html


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"format": "paper", "margin": "99"}, "Margin: a whole number from 5 to 60."),
        ({"format": "paper", "margin": ""}, "Margin: a whole number from 5 to 60."),
        ({"format": "markdown", "level": "<7>"}, "Messages start at heading: choose one of 1, 2, 3."),
        ({"format": "xls"}, "There is no format xls."),
    ],
)
def test_what_is_no_option_is_said(
    as_alice: Client, talk: ChatSession, query: dict[str, str], sentence: str
) -> None:
    assert sentence in look(as_alice, talk, **query)
    assert as_alice.get(at(talk, "file/"), query).status_code == 422
    answer = as_alice.post(at(talk), query, headers=HTMX)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#export-refused"
    assert sentence in text(answer)


def test_a_refused_value_is_marked_where_it_was_entered(as_alice: Client, talk: ChatSession) -> None:
    query = {"format": "paper", "shown": "paper", "margin": "99", "usage": "off"}
    for answer in (look(as_alice, talk, **query), text(as_alice.post(at(talk), query, headers=HTMX))):
        note = answer.partition('id="export-margin-help"')[2].partition("</p>")[0]
        assert 'hx-swap-oob="true"' in note
        assert "A whole number from 5 to 60." in note
    right = look(as_alice, talk, **{**query, "margin": "30"})
    assert ">5 to 60. In millimetres.<" in right.partition('id="export-margin-help"')[2]
    page = text(as_alice.post(at(talk), query))
    field = page.partition('name="margin"')[2].partition(">")[0]
    assert 'value="99"' in field
    assert 'aria-invalid="true" aria-describedby="export-margin-help"' in field
    assert 'name="usage" value="on">' in page


def test_notes_come_only_to_a_form_that_has_their_fields(as_alice: Client, talk: ChatSession) -> None:
    assert look(as_alice, talk, format="paper", shown="json").count('id="export-margin-help"') == 1
    assert "export-margin-help" not in look(as_alice, talk, format="json", shown="paper")
    bad = look(as_alice, talk, format="markdown", shown="json", language="no such!")
    assert "export-language-help" in bad


def test_a_page_is_shown_in_a_frame_without_rights(as_alice: Client, talk: ChatSession) -> None:
    html = look(as_alice, talk, format="page")
    assert f'src="{at(talk)}preview.html?format=page' in html
    assert re.search(r'height="\d{3,5}" tabindex="-1" sandbox', html)
    page = as_alice.get(at(talk, "preview.html"), {"format": "page", "theme": "dark"})
    assert "<body class=dark>" in text(page)
    assert page["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "SAMEORIGIN"


def test_what_is_set_later_is_previewed_as_a_light_page(as_alice: Client, talk: ChatSession) -> None:
    assert "Pages are set when it is exported." in look(as_alice, talk, format="paper")
    assert "<body class=light>" in text(as_alice.get(at(talk, "preview.html"), {"format": "paper"}))


def test_rows_of_tables_stay_lines() -> None:
    html = coloured_markdown("| a | <b> |\n```\n| c |\n```\n")
    assert html == '<span class="export-row">| a | &lt;b&gt; |</span>\n```\n| c |\n```\n'


def test_headings_are_coloured_outside_of_code() -> None:
    html = coloured_markdown("# A & B\n## You 09:12\n```\n# not <this>\n```\n## Claude, 09:12, 4.9 s\n")
    assert '<span class="export-head"># A &amp; B</span>' in html
    assert '<span class="export-you">## You</span><span class="export-facts"> 09:12</span>' in html
    assert "\n# not &lt;this&gt;\n" in html
    assert '<span class="export-head">## Claude</span>' in html


# ---------------------------------------------------------------- what is remembered


def test_format_and_options_are_remembered(as_alice: Client, talk: ChatSession) -> None:
    as_alice.post(at(talk), {"format": "paper", "margin": "31", "usage": "off"}, headers=HTMX)
    html = dialog(as_alice, talk)
    assert 'value="paper" checked' in html
    assert 'value="31"' in html
    assert 'name="usage" value="on">' in html
    assert 'value="1"' in dialog(as_alice, talk, format="markdown")


@pytest.mark.parametrize(
    "stored",
    [
        "pdf",
        {"format": 3, "options": []},
        {"format": "gone", "options": {"markdown": 1}},
        {"format": "markdown", "options": {"markdown": {"level": "9", "times": {}, "gone": True}}},
    ],
)
def test_what_was_remembered_and_is_gone_falls_back(
    as_alice: Client, alice: User, talk: ChatSession, stored: Any
) -> None:
    alice.preferences = {"export": stored}
    alice.save()
    html = dialog(as_alice, talk)
    assert 'value="markdown" checked' in html
    assert 'name="level" value="2" checked' in html


# ---------------------------------------------------------------- the file


def test_a_light_format_is_told_to_the_page_and_leaves_as_a_download(
    as_alice: Client, talk: ChatSession
) -> None:
    answer = as_alice.post(at(talk), {"format": "markdown", "level": "3"}, headers=HTMX)
    assert answer.status_code == 204
    told = json.loads(answer["HX-Trigger"])["download-file"]
    assert (told["name"], told["waits"]) == ("weekly-cost-review.md", False)
    file = as_alice.get(told["address"])
    assert b"\n### You" in file.content
    assert b"To *Opus*." in file.content
    assert file["Content-Disposition"].startswith('attachment; filename="weekly-cost-review.md"')
    assert file["Content-Type"] == "text/markdown; charset=utf-8"
    assert file["Cache-Control"] == "no-store"
    assert file["X-Content-Type-Options"] == "nosniff"
    plain = as_alice.post(at(talk), {"format": "markdown", "level": "3"})
    assert (plain.status_code, plain["Location"]) == (303, told["address"])


def test_a_heavy_format_is_made_while_its_person_waits(as_alice: Client, talk: ChatSession) -> None:
    answer = as_alice.post(at(talk), {"format": "paper", "paper": "letter"}, headers=HTMX)
    assert answer.status_code == 202
    told = json.loads(answer["HX-Trigger"])["download-file"]
    assert told["waits"]
    assert as_alice.get(told["address"]).content == b"%PDF letter 20 2"


def test_what_cannot_be_made_is_said(as_alice: Client, talk: ChatSession) -> None:
    answer = as_alice.get(at(talk, "file/"), {"format": "broken"}, headers=HTMX)
    assert (answer.status_code, text(answer)) == (422, "The file took longer than 120 s to make.")
    plain = as_alice.get(at(talk, "file/"), {"format": "broken"})
    assert plain.status_code == 422
    assert "The file took longer than 120 s to make." in text(plain)
    assert 'value="broken" checked' in text(plain)


def test_a_long_heavy_one_becomes_a_job(as_alice: Client, talk: ChatSession, alice: User) -> None:
    said(talk, "x" * 200_000, Message.objects.filter(session=talk).order_by("-position")[0])
    assert "Made in the background" in look(as_alice, talk, format="paper")
    answer = as_alice.post(at(talk), {"format": "paper", "margin": "7"}, headers=HTMX)
    assert answer.status_code == 204
    assert "show-toast" in answer["HX-Trigger"]
    job = ExportJob.objects.for_user(alice).get()
    assert job.formats == ["paper"]
    assert job.options["paper"]["margin"] == 7
    assert as_alice.get(at(talk, "file/"), {"format": "paper"}).status_code == 422


def test_volumes_are_told_before_they_are_made(
    as_alice: Client, talk: ChatSession, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Paper, "volume", 1)
    html = look(as_alice, talk, format="paper")
    assert "<bdi>weekly-cost-review.zip</bdi>, 2 numbered Paper volumes, about" in html
    as_alice.post(at(talk), {"format": "paper"}, headers=HTMX)
    assert ExportJob.objects.for_user(alice).get().title == "“Weekly <cost> review” as Paper, 2 volumes"


def test_a_long_file_is_written_as_it_is_taken() -> None:
    asked, closed = [], []

    def pieces() -> Iterator[bytes]:
        try:
            for number in range(100):
                asked.append(number)
                yield bytes(40_000)
        finally:
            closed.append(True)

    response: Any = as_file(pieces(), name="a.md", media_type="text/markdown")
    assert response.streaming
    assert len(asked) <= 4
    assert "Content-Length" not in response

    async def take() -> tuple[int, int]:
        body = response.streaming_content
        first = len(await anext(body))
        await anext(body)
        await body.aclose()
        return first, len(asked)

    first, read = asyncio.run(take())
    assert first == 80_000
    assert read <= 6
    assert closed


def test_small_pieces_leave_together() -> None:
    assert list(together(iter([b"ab", b"c", b"def", b"g"]), 3)) == [b"abc", b"def", b"g"]


# ---------------------------------------------------------------- one message


def test_one_message_alone(as_alice: Client, talk: ChatSession) -> None:
    answer = Message.objects.get(session=talk, role="assistant")
    html = dialog(as_alice, talk, message=str(answer.pk))
    assert "Export message" in html
    assert "Other versions" not in html
    assert "weekly-cost-review-message-2.md" in html
    file = as_alice.get(at(talk, "file/"), {"format": "markdown", "message": str(answer.pk)})
    assert b"To *Opus*." in file.content
    assert b"the tokens" not in file.content


@pytest.mark.parametrize("key", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_a_message_of_elsewhere_is_not_there(as_alice: Client, talk: ChatSession, key: str) -> None:
    assert as_alice.get(at(talk, "file/"), {"format": "markdown", "message": key}).status_code == 404


def test_menus_lead_to_it(as_alice: Client, talk: ChatSession) -> None:
    answer = Message.objects.get(session=talk, role="assistant")
    menu = text(as_alice.get(f"/sessions/{talk.pk}/messages/{answer.pk}/menu/", headers=HTMX))
    assert f'hx-get="{at(talk)}?message={answer.pk}"' in menu
    copied = unescape(menu.partition('data-file="')[2].partition('"')[0])
    assert as_alice.get(copied).content == b"To *Opus*.\n"
    assert at(talk) in text(as_alice.get(f"/sessions/{talk.pk}/menu/", headers=HTMX))
    assert f'href="{at(talk)}"' in text(as_alice.get(f"/sessions/{talk.pk}/"))
