"""What can be done with a message and with a session as a whole: by htmx, by plain forms, by those who may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sessions_app.actions import replies, versions
from sessions_app.actions.sessions import set_title
from sessions_app.models import ChatSession, Message, Reply, SessionMember, User
from tests.actions.steps import begin, end, send

HTMX = {"HX-Request": "true"}
NOWHERE = "01890000-0000-7000-8000-000000000000"


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def triggered(answer: Any, event: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(answer["HX-Trigger"])[event]
    return found


def say(chat: ChatSession, question: str, answer: str = "An answer") -> tuple[Message, Message]:
    reply = send(chat, question).reply
    end(reply, text=answer)
    assert reply is not None
    row = Message.objects.select_related("reply", "parent").get(pk=reply.pk)
    assert row.parent is not None
    return row.parent, row


def shown(chat: ChatSession) -> list[str]:
    return [row.content for row in Message.objects.filter(session=chat).shown()]


@pytest.fixture
def pair(chat: ChatSession) -> tuple[Message, Message]:
    return say(chat, "First thought", "One")


@pytest.fixture
def two_answers(chat: ChatSession, pair: tuple[Message, Message]) -> tuple[Message, Message]:
    reply = replies.regenerate_reply(message=pair[1])
    end(reply, text="Another one")
    return pair[1], Message.objects.get(pk=reply.pk)


def at(message: Message, verb: str) -> str:
    return f"/sessions/{message.session_id}/messages/{message.pk}/{verb}/"


# ---------------------------------------------------------------- edit


def test_a_save_over_one_from_elsewhere_says_where_that_is_kept(
    as_alice: Client, pair: tuple[Message, Message]
) -> None:
    for _tab in ("A", "B"):
        assert '<input type="hidden" name="revision" value="0">' in text_of(as_alice.get(at(pair[0], "edit")))
    first = as_alice.post(at(pair[0], "edit"), {"content": "From A", "revision": "0"}, headers=HTMX)
    assert "HX-Trigger" not in first
    second = as_alice.post(at(pair[0], "edit"), {"content": "From B", "revision": "0"}, headers=HTMX)
    assert "kept in the former texts" in triggered(second, "show-toast")["text"]
    pair[0].refresh_from_db()
    assert (pair[0].content, pair[0].revisions[-1]["content"]) == ("From B", "From A")
    assert 'name="revision" value="2"' in text_of(as_alice.get(at(pair[0], "edit")))
    for odd in ("", "x", "9" * 40):
        answer = as_alice.post(at(pair[0], "edit"), {"content": f"Odd {odd}", "revision": odd}, headers=HTMX)
        assert answer.status_code == 204


def test_the_form_is_a_fragment_for_htmx_and_a_page_for_others(
    as_alice: Client, pair: tuple[Message, Message]
) -> None:
    fragment, page = as_alice.get(at(pair[0], "edit"), headers=HTMX), as_alice.get(at(pair[0], "edit"))
    for answer in (fragment, page):
        assert answer.status_code == 200
        assert ">First thought</textarea>" in text_of(answer)
    assert "<html" not in text_of(fragment)
    assert "<html" in text_of(page)
    assert 'name="csrfmiddlewaretoken"' in text_of(page)


def test_save_keeps_the_place_and_says_nothing(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    fields = {"content": "Second thought", "send": "0"}
    answer = as_alice.post(at(pair[0], "edit"), fields, headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert shown(chat) == ["Second thought", "One"]


def test_send_again_is_one_new_version_however_often_it_is_repeated(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    fields = {"content": "Second thought", "send": "1", "client_id": "again"}
    for _ in range(2):
        assert as_alice.post(at(pair[0], "edit"), fields, headers=HTMX).status_code == 204
    assert shown(chat) == ["Second thought", ""]
    assert Message.objects.filter(session=chat, role="user").count() == 2
    assert Reply.objects.filter(session=chat).count() == 2


@pytest.mark.parametrize("send_again", ["0", "1"])
def test_a_plain_form_goes_back_to_the_page(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message], send_again: str
) -> None:
    answer = as_alice.post(at(pair[0], "edit"), {"content": "Second thought", "send": send_again})
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{chat.pk}/")
    assert shown(chat)[0] == "Second thought"


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["form", "htmx"])
@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"content": " ", "send": "0"}, 422, "The message is empty."),
        ({"content": "x" * 101, "send": "1"}, 413, "too long"),
        ({"content": "Kept by the form", "send": "2"}, 422, "either saved"),
        ({"content": "Kept by the form", "send": "1", "model": "no-such-model"}, 422, "does not offer"),
        ({"content": "Kept by the form", "send": "1", "client_id": "known"}, 409, "already sent under"),
    ],
)
def test_a_refused_edit_says_why_changes_nothing_and_keeps_the_text(
    as_alice: Client,
    chat: ChatSession,
    settings: Any,
    fields: dict[str, str],
    status: int,
    says: str,
    headers: dict[str, str],
) -> None:
    settings.MAX_MESSAGE_BYTES = 100
    sent = send(chat, "First thought", client_id="known")
    end(sent.reply, text="One")
    assert sent.message is not None
    answer = as_alice.post(at(sent.message, "edit"), fields, headers=headers)
    assert answer.status_code == status
    assert says in text_of(answer)
    if headers:
        assert answer["HX-Retarget"] == "#composer-notice"
    else:
        assert f"{fields['content']}</textarea>" in text_of(answer)
    assert shown(chat) == ["First thought", "One"]


def test_send_again_while_an_answer_is_written_is_refused(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    begin(send(chat, "Next").reply)
    fields = {"content": "Second thought", "send": "1"}
    answer = as_alice.post(at(pair[0], "edit"), fields, headers=HTMX)
    assert answer.status_code == 409
    assert "A reply is running." in text_of(answer)


def test_answers_are_not_edited(as_alice: Client, pair: tuple[Message, Message]) -> None:
    assert as_alice.get(at(pair[1], "edit")).status_code == 404
    assert as_alice.post(at(pair[1], "edit"), {"content": "Mine now"}).status_code == 404


def test_former_texts_are_shown_newest_first_with_time_and_person(
    as_alice: Client, alice: User, pair: tuple[Message, Message]
) -> None:
    for text in ("Second <b>thought</b>", "Third thought"):
        versions.edit_message(message=pair[0], person=alice, content=text)
    page = text_of(as_alice.get(at(pair[0], "revisions"), headers=HTMX))
    assert page.index("&lt;b&gt;thought") < page.index("First thought")
    assert "changed by alice" in page
    assert "Third thought" not in page
    assert "Show former texts" in text_of(as_alice.get(at(pair[0], "menu"), headers=HTMX))


# ---------------------------------------------------------------- versions


def test_the_page_says_which_version_it_shows_and_leads_to_the_others(
    as_alice: Client, chat: ChatSession, two_answers: tuple[Message, Message]
) -> None:
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert "2 / 2" in page
    assert at(two_answers[0], "switch") in page
    assert "Another one" in page


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)], ids=["htmx", "form"])
def test_switching_shows_the_other_version(
    as_alice: Client,
    chat: ChatSession,
    two_answers: tuple[Message, Message],
    headers: dict[str, str],
    status: int,
) -> None:
    assert as_alice.post(at(two_answers[0], "switch"), headers=headers).status_code == status
    assert shown(chat) == ["First thought", "One"]
    assert "1 / 2" in text_of(as_alice.get(f"/sessions/{chat.pk}/"))


def test_the_menu_offers_what_this_message_has(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    menu = text_of(as_alice.get(at(pair[1], "menu"), headers=HTMX))
    assert "Compare versions" not in menu
    assert "Show former texts" not in menu
    end(replies.regenerate_reply(message=pair[1]), text="Another one")
    other = Message.objects.get(content="Another one")
    for message in (pair[1], other):
        menu = text_of(as_alice.get(at(message, "menu"), headers=HTMX))
        assert f"/sessions/{chat.pk}/compare/?left={pair[1].pk}&amp;right={other.pk}" in menu
    assert "Answer with another model" in menu
    assert "<html" not in menu


def test_the_menu_without_scripts_is_a_page_of_forms(as_alice: Client, pair: tuple[Message, Message]) -> None:
    page = text_of(as_alice.get(at(pair[0], "menu")))
    assert f'action="{at(pair[0], "branch")}"' in page
    assert f'action="{at(pair[0], "delete")}"' in page
    assert 'name="csrfmiddlewaretoken"' in page
    assert "Answer with another model" not in page


def test_models_that_could_answer_are_offered_for_answers_only(
    as_alice: Client, pair: tuple[Message, Message]
) -> None:
    assert 'value="offline"' in text_of(as_alice.get(at(pair[1], "models"), headers=HTMX))
    assert as_alice.get(at(pair[0], "models"), headers=HTMX).status_code == 404


# ---------------------------------------------------------------- delete and restore


def test_delete_says_how_many_and_offers_the_way_back(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    say(chat, "Later", "Two")
    answer = as_alice.post(at(pair[1], "delete"), headers=HTMX)
    said = triggered(answer, "show-toast")
    assert (answer.status_code, said["text"]) == (204, "Deleted. 3 messages.")
    assert shown(chat) == ["First thought"]
    assert as_alice.post(said["undo"], headers=HTMX).status_code == 204
    assert shown(chat) == ["First thought", "One", "Later", "Two"]


def test_delete_without_scripts_leads_to_a_page_with_the_way_back(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    answer = as_alice.post(at(pair[0], "delete"))
    assert answer.status_code == 303
    assert "2 messages were deleted." in text_of(as_alice.get(answer["Location"]))
    back = as_alice.post(f"/sessions/{chat.pk}/messages/restore/", {"deletion": str(pair[0].pk)})
    assert (back.status_code, back["Location"]) == (303, f"/sessions/{chat.pk}/")
    assert shown(chat) == ["First thought", "One"]


@pytest.mark.parametrize("deletion", ["", "nonsense", NOWHERE])
def test_what_was_not_deleted_cannot_come_back(as_alice: Client, chat: ChatSession, deletion: str) -> None:
    say(chat, "First thought")
    for headers in (HTMX, {}):
        answer = as_alice.post(
            f"/sessions/{chat.pk}/messages/restore/", {"deletion": deletion}, headers=headers
        )
        assert answer.status_code == 409
    assert shown(chat) == ["First thought", "An answer"]


@pytest.mark.parametrize("verb", ["delete", "switch"])
def test_nothing_moves_while_an_answer_is_written(
    as_alice: Client, chat: ChatSession, two_answers: tuple[Message, Message], verb: str
) -> None:
    begin(send(chat, "Next").reply)
    answer = as_alice.post(at(two_answers[0], verb), headers=HTMX)
    assert answer.status_code == 409
    assert "A reply is running." in text_of(answer)
    assert shown(chat) == ["First thought", "Another one", "Next", ""]


def test_deleted_messages_are_listed_by_their_deletion_and_come_back(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    say(chat, "Second thought", "Two")
    second = Message.objects.filter(session=chat).shown()[2]
    replies_of_first = text_of(as_alice.get(at(pair[0], "menu"), headers=HTMX))
    assert "4 messages, all versions" in replies_of_first
    as_alice.post(at(second, "delete"))
    as_alice.post(at(pair[0], "delete"))
    here = f"/sessions/{chat.pk}/messages/deleted/"
    listed = text_of(as_alice.get(here, headers=HTMX))
    assert listed.index("First thought") < listed.index("Second thought")
    assert listed.count("2 messages") == 2
    assert "Comes back after the one above it." in listed
    assert f'value="{second.pk}"' not in listed
    assert "<h1" in text_of(as_alice.get(here))
    answer = as_alice.post(f"/sessions/{chat.pk}/messages/restore/", {"deletion": pair[0].pk}, headers=HTMX)
    assert triggered(answer, "show-toast")["text"] == "Restored."
    assert shown(chat) == ["First thought", "One"]
    assert f'value="{second.pk}"' in text_of(as_alice.get(here, headers=HTMX))


def test_a_question_without_an_answer_is_answered_by_its_button(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    button = f'action="{at(pair[0], "answer")}"'
    here = f"/sessions/{chat.pk}/"
    assert button not in text_of(as_alice.get(here))
    assert as_alice.post(at(pair[0], "answer"), headers=HTMX).status_code == 409
    as_alice.post(at(pair[1], "delete"))
    assert button in text_of(as_alice.get(here))
    assert as_alice.post(at(pair[1], "answer"), headers=HTMX).status_code == 404
    assert as_alice.post(at(pair[0], "answer"), headers=HTMX).status_code == 204
    assert as_alice.post(at(pair[0], "answer"), headers=HTMX).status_code == 409
    assert button not in text_of(as_alice.get(here))
    reply = Reply.objects.get(session=chat, status="queued")
    end(reply, text="Again")
    assert shown(chat) == ["First thought", "Again"]
    chat.refresh_from_db()
    assert chat.message_count == 2


# ---------------------------------------------------------------- sessions of sessions


def test_a_branch_opens_with_a_word(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    say(chat, "Later", "Two")
    answer = as_alice.post(at(pair[1], "branch"), headers=HTMX)
    branch = ChatSession.objects.get(parent=chat)
    assert answer["HX-Redirect"] == f"/sessions/{branch.pk}/"
    assert "Branched" in triggered(answer, "leave-toast")["text"]
    assert shown(branch) == ["First thought", "One"]
    plain = as_alice.post(at(pair[1], "branch"))
    assert plain.status_code == 303
    assert plain["Location"] != f"/sessions/{branch.pk}/"


def test_a_branch_tells_where_it_comes_from_and_each_has_a_name_of_its_own(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    set_title(chat=chat, title="Serifs", by_model=False)
    for _ in range(3):
        as_alice.post(at(pair[1], "branch"), headers=HTMX)
    names = ChatSession.objects.filter(parent=chat).order_by("pk").values_list("title", flat=True)
    assert list(names) == ["Serifs (branch)", "Serifs (branch 2)", "Serifs (branch 3)"]
    branch = ChatSession.objects.filter(parent=chat).latest("pk")
    page = text_of(as_alice.get(f"/sessions/{branch.pk}/"))
    log = page[page.index('id="log"') : page.index('id="messages"')]
    origin = f"/sessions/{chat.pk}/?message={pair[1].pk}#message-{pair[1].pk}"
    assert f'Branched from <a href="{origin}">“Serifs”</a>' in log
    assert page.index('id="branches"') < page.index('id="settings-name"')


def test_a_session_leads_to_a_comparison_with_the_ones_beside_it(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    as_alice.post(at(pair[1], "branch"), headers=HTMX)
    branch = ChatSession.objects.get(parent=chat)
    both = f"/compare/?left={chat.pk}&amp;right={branch.pk}"
    for one in (chat, branch):
        assert f'href="{both}"' in text_of(as_alice.get(f"/sessions/{one.pk}/"))
    nothing = text_of(as_alice.get(f"/sessions/{branch.pk}/compare/"))
    assert f'href="/compare/?left={branch.pk}"' in nothing


def test_a_duplicate_opens_with_a_word(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/duplicate/", headers=HTMX)
    copy = ChatSession.objects.exclude(pk=chat.pk).get()
    assert answer["HX-Redirect"] == f"/sessions/{copy.pk}/"
    assert shown(copy) == ["First thought", "One"]
    assert as_alice.post(f"/sessions/{chat.pk}/duplicate/").status_code == 303


@pytest.mark.parametrize("way", ["duplicate", "messages/{answer}/branch"])
def test_whoever_may_read_takes_a_copy_of_their_own(
    as_bob: Client, bob: User, chat: ChatSession, pair: tuple[Message, Message], way: str
) -> None:
    address = f"/sessions/{chat.pk}/{way.format(answer=pair[1].pk)}/"
    assert as_bob.post(address).status_code == 404
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.READER)
    menu = text_of(as_bob.get(at(pair[1], "menu"), headers=HTMX))
    assert "Branch from here" in menu
    assert "Delete" not in menu
    assert as_bob.post(address).status_code == 303
    assert shown(ChatSession.objects.get(owner=bob)) == ["First thought", "One"]
    assert shown(chat) == ["First thought", "One"]


def test_merging_finds_own_sessions_by_title_and_opens_the_target(
    as_alice: Client,
    bob: User,
    make_chat: Callable[..., ChatSession],
    chat: ChatSession,
    pair: tuple[Message, Message],
) -> None:
    target = make_chat(title="Release notes")
    make_chat(title="Something else")
    make_chat(title="Release of Bob", owner=bob)
    make_chat(title="Release, archived", archived_at=timezone.now())
    found = text_of(as_alice.get(f"/sessions/{chat.pk}/merge/", {"q": "release"}, headers=HTMX))
    assert found.count('name="target"') == 1
    assert f'value="{target.pk}"' in found
    assert "Something else" in text_of(as_alice.get(f"/sessions/{chat.pk}/merge/"))
    answer = as_alice.post(f"/sessions/{chat.pk}/merge/", {"target": str(target.pk)}, headers=HTMX)
    assert answer["HX-Redirect"] == f"/sessions/{target.pk}/"
    assert shown(target) == ["First thought", "One"]
    page = text_of(as_alice.get(f"/sessions/{target.pk}/"))
    assert "merged into this session" in page
    undo = json.loads(answer["HX-Trigger"])["leave-toast"]["undo"]
    assert "back in the list" in as_alice.post(undo, headers=HTMX)["HX-Trigger"]
    chat.refresh_from_db()
    assert (shown(target), chat.archived_at) == ([], None)


@pytest.mark.parametrize("typed", ["über", "ärger 100", "STRAßE Är", "[50%_?*]", "*]"])
def test_titles_are_found_in_whatever_case_here_and_in_the_list(
    as_alice: Client, chat: ChatSession, make_chat: Callable[..., ChatSession], typed: str
) -> None:
    make_chat(title="Über Straße ÄRGER 100 [50%_?*]")
    make_chat(title="Unter der Brücke [50%_xx]")
    merge = as_alice.get(f"/sessions/{chat.pk}/merge/", {"q": typed}, headers=HTMX)
    listed = as_alice.get("/sessions/", {"q": typed}, headers=HTMX)
    for answer in (merge, listed):
        assert "Über Straße" in text_of(answer)
        assert "Unter der" not in text_of(answer)


@pytest.mark.parametrize(("target", "status"), [("", 422), ("nonsense", 409), (NOWHERE, 404)])
def test_merging_into_nothing_is_refused(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message], target: str, status: int
) -> None:
    for headers in (HTMX, {}):
        answer = as_alice.post(f"/sessions/{chat.pk}/merge/", {"target": target}, headers=headers)
        assert answer.status_code == status
    assert not ChatSession.objects.exclude(archived_at=None).exists()


def test_merging_into_itself_or_a_strangers_session_is_refused(
    as_alice: Client, bob: User, make_chat: Callable[..., ChatSession], chat: ChatSession
) -> None:
    theirs = make_chat(owner=bob)
    assert as_alice.post(f"/sessions/{chat.pk}/merge/", {"target": str(chat.pk)}).status_code == 409
    assert as_alice.post(f"/sessions/{chat.pk}/merge/", {"target": str(theirs.pk)}).status_code == 404


def test_a_writer_may_edit_and_branch_but_not_merge_away_what_is_not_theirs(
    as_bob: Client, bob: User, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.WRITER)
    assert as_bob.post(at(pair[0], "edit"), {"content": "By Bob", "send": "0"}).status_code == 303
    assert as_bob.post(at(pair[1], "branch")).status_code == 303
    assert ChatSession.objects.get(parent=chat).owner == bob
    assert as_bob.get(f"/sessions/{chat.pk}/merge/").status_code == 404
    assert "Merge into" not in text_of(as_bob.get(f"/sessions/{chat.pk}/actions/", headers=HTMX))


def test_a_reader_sees_former_texts_and_changes_nothing(
    as_bob: Client, bob: User, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.READER)
    assert as_bob.get(at(pair[0], "revisions")).status_code == 200
    for verb in ("edit", "switch", "delete"):
        assert as_bob.post(at(pair[0], verb), {"content": "Mine"}).status_code in (403, 404)
    assert shown(chat) == ["First thought", "One"]


# ---------------------------------------------------------------- where the context starts anew


def test_the_line_is_drawn_once_and_taken_back(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]
) -> None:
    answer = as_alice.post(f"/sessions/{chat.pk}/clear-context/", headers=HTMX)
    said = triggered(answer, "show-toast")
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert page.count("What is above is not sent any more.") == 1
    assert (
        "nothing above"
        in text_of(answer)
        + triggered(as_alice.post(f"/sessions/{chat.pk}/clear-context/", headers=HTMX), "show-toast")["text"]
    )
    assert as_alice.post(said["undo"], headers=HTMX).status_code == 204
    assert "What is above" not in text_of(as_alice.get(f"/sessions/{chat.pk}/"))


def test_the_line_by_plain_forms(as_alice: Client, chat: ChatSession, pair: tuple[Message, Message]) -> None:
    for verb in ("clear-context", "restore-context"):
        answer = as_alice.post(f"/sessions/{chat.pk}/{verb}/")
        assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{chat.pk}/")


# ---------------------------------------------------------------- missing


@pytest.mark.parametrize("verb", ["edit", "switch", "delete", "branch"])
def test_a_missing_or_deleted_message_is_not_found(
    as_alice: Client, chat: ChatSession, pair: tuple[Message, Message], verb: str
) -> None:
    missing = f"/sessions/{chat.pk}/messages/{NOWHERE}/{verb}/"
    assert as_alice.post(missing, {"content": "Text"}, headers=HTMX).status_code == 404
    versions.delete_message(message=pair[0])
    assert as_alice.post(at(pair[0], verb), {"content": "Text"}, headers=HTMX).status_code == 404


@pytest.mark.parametrize("verb", ["switch", "delete", "branch"])
def test_looking_changes_nothing(as_alice: Client, pair: tuple[Message, Message], verb: str) -> None:
    assert as_alice.get(at(pair[0], verb)).status_code == 405


def test_a_message_of_another_session_is_not_found_in_this_one(
    as_alice: Client, make_chat: Callable[..., ChatSession], pair: tuple[Message, Message]
) -> None:
    other = make_chat(last_activity_at=timezone.now() - timedelta(hours=1))
    address = f"/sessions/{other.pk}/messages/{pair[0].pk}/edit/"
    assert as_alice.post(address, {"content": "Text"}).status_code == 404
