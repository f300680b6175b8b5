"""Commands: what is one, what each does and refuses, and how others join."""

from __future__ import annotations

from typing import Any

import pytest

from sessions_app.actions.errors import NotNow, Refused
from sessions_app.actions.messages import send_message
from sessions_app.actions.replies import regenerate_reply
from sessions_app.commands import registry
from sessions_app.commands.base import Command, Context, NotRun, Outcome
from sessions_app.commands.registry import Typed, as_message, typed_command
from sessions_app.models import ChatSession, Message, User
from tests.actions.steps import begin, counts, end, send


@pytest.fixture
def context(alice: User, chat: ChatSession) -> Context:
    return Context(alice, chat)


def run(context: Context, text: str) -> Outcome:
    typed = typed_command(text)
    assert typed is not None
    return registry.run(typed, context)


def refusal(context: Context, text: str) -> str:
    with pytest.raises(Refused) as refused:
        run(context, text)
    return refused.value.sentence


def completed(context: Context, text: str) -> list[str]:
    typed = typed_command(text)
    assert typed is not None
    return [each.argument for each in registry.commands()[typed.name].complete(context, typed.argument)]


# ---------------------------------------------------------------- which texts are commands


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("/help", Typed("help", "")),
        ("/Help \n", Typed("help", "")),
        ("/title  Weekly costs ", Typed("title", "Weekly costs")),
        ("/title\nWeekly\ncosts", Typed("title", "Weekly\ncosts")),
        ("/no-such-word", None),
        ("/größe", Typed("größe", "")),
        ("/etc/hosts is a file", None),
        ("/v1.2 is out", None),
        ("/", None),
        ("/ help", None),
        ("//help", None),
        (" /help", None),
        ("see /help", None),
        ("", None),
    ],
)
def test_a_command_is_a_slash_and_letters_at_the_very_beginning(text: str, typed: Typed | None) -> None:
    assert typed_command(text) == typed


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("//help", "/help"),
        ("//x and more", "/x and more"),
        ("// a comment", "// a comment"),
        ("///", "///"),
        ("/etc/hosts", "/etc/hosts"),
        ("Hello", "Hello"),
    ],
)
def test_two_slashes_before_a_word_send_one(text: str, sent: str) -> None:
    assert as_message(text) == sent


# ---------------------------------------------------------------- what is refused


def test_an_unknown_command_says_where_the_known_ones_are(context: Context) -> None:
    assert refusal(context, "/foo bar") == "There is no command /foo. /help lists them."


def test_what_a_command_would_lose_is_not_lost(context: Context) -> None:
    assert "takes nothing after it" in refusal(context, "/clear and a long question")


@pytest.mark.parametrize(
    "text", ["/clear", "/branch", "/export json", "/model offline", "/title A", "/compare"]
)
def test_without_a_session_those_that_need_one_say_so(alice: User, text: str) -> None:
    assert "needs a session" in refusal(Context(alice, None), text)


# ---------------------------------------------------------------- what each does


def test_help_lists_them_all(alice: User) -> None:
    outcome = run(Context(alice, None), "/help")
    names = [name for name, words in outcome.rows if words]
    assert names == [command.usage for command in registry.commands().values()]
    assert {"/branch", "/clear", "/compare", "/context TIME", "/export FORMAT", "/help"} <= set(names)
    assert {"/model NAME", "/plugin VERB NAME", "/title TEXT"} <= set(names)


def test_clear_hides_what_was_said_from_the_model_and_can_be_taken_back(context: Context) -> None:
    end(send(context.session, "A question").reply)
    outcome = run(context, "/clear")
    context.session.refresh_from_db()
    assert context.session.context_from is not None
    assert outcome.undo == f"/sessions/{context.session.pk}/restore-context/"
    assert Message.objects.filter(session=context.session).shown().count() == 2


def test_clear_of_nothing_offers_no_undo(context: Context) -> None:
    outcome = run(context, "/clear")
    assert "Nothing to clear" in outcome.text
    assert not outcome.undo


def test_branch_leads_to_a_session_with_the_same_messages(context: Context) -> None:
    end(send(context.session, "A question").reply)
    outcome = run(context, "/branch")
    branch = ChatSession.objects.get(parent=context.session)
    assert outcome.address == branch.get_absolute_url()
    assert [each.content for each in Message.objects.filter(session=branch).shown()] == [
        "A question",
        "An answer",
    ]


def test_an_empty_session_has_nothing_to_branch_from(context: Context) -> None:
    assert "nothing to branch from" in refusal(context, "/branch")


def test_branch_waits_for_the_end_of_the_answer(context: Context) -> None:
    begin(send(context.session, "A question").reply)
    with pytest.raises(NotNow):
        run(context, "/branch")


def test_model_chooses_by_id_name_or_what_is_like_it(context: Context, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    for named, chosen in [
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("Claude Opus 5", "claude-opus-5"),
        ("offl", "offline"),
    ]:
        outcome = run(context, f"/model {named}")
        context.session.refresh_from_db()
        assert context.session.model == chosen
        assert outcome.tells == {"model-chosen": {"model": chosen}}


def test_model_alone_says_which_one_answers(context: Context) -> None:
    assert run(context, "/model").text == "Offline assistant answers in this session."


def test_an_unknown_or_unclear_model_is_refused(context: Context, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    assert "does not offer" in refusal(context, "/model gpt")
    assert "claude-opus-4-7" in refusal(context, "/model opus")
    context.session.refresh_from_db()
    assert context.session.model == "offline"


def test_title_names_the_session(context: Context) -> None:
    run(context, "/title Weekly   costs")
    context.session.refresh_from_db()
    assert context.session.title == "Weekly costs"
    assert "Write the title" in refusal(context, "/title")


def test_compare_speaks_of_the_versions_there_are(context: Context) -> None:
    assert "no other version" in run(context, "/compare").text
    sent = send(context.session, "A question")
    end(sent.reply)
    assert "no other version" in run(context, "/compare").text
    answer = Message.objects.select_related("parent", "reply").get(session=context.session, role="assistant")
    end(regenerate_reply(message=answer))
    outcome = run(context, "/compare")
    assert outcome.text == "The last answer has 2 versions."
    assert outcome.link == (f"/sessions/{context.session.pk}/compare/", "Compare them")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/context 1h", "There was no activity in the last hour. Nothing was added."),
    ],
)
def test_what_is_not_there_yet_is_said(context: Context, text: str, says: str) -> None:
    assert says in run(context, text).text
    assert counts(context.session) == (0, 0, 0)


def test_export_opens_its_dialog(context: Context) -> None:
    assert run(context, "/export").dialog == f"/sessions/{context.session.pk}/export/"


@pytest.mark.parametrize("word", ["markdown", "MD", ".md"])
def test_export_with_a_format_brings_the_file_at_once(context: Context, word: str) -> None:
    context.session.title = "Weekly costs"
    outcome = run(context, f"/export {word}")
    assert outcome.text.startswith("weekly-costs.md, about ")
    assert outcome.link[0].startswith(f"/sessions/{context.session.pk}/export/file/?format=markdown&")
    assert outcome.tells["download-file"]["address"] == outcome.link[0]
    assert counts(context.session) == (0, 0, 0)


def test_export_knows_its_formats(context: Context) -> None:
    sentence = refusal(context, "/export xls")
    assert sentence.startswith("There is no format xls. Formats: markdown, json")


# ---------------------------------------------------------------- arguments


def test_arguments_are_completed(context: Context, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"
    assert completed(context, "/export mark") == ["markdown"]
    assert "claude-opus-5" in completed(context, "/model opus")
    assert all(name.startswith("claude") for name in completed(context, "/model cl"))
    assert completed(context, "/title We") == []


# ---------------------------------------------------------------- others join


class Echo(Command):
    name = "echo"
    argument = "TEXT"
    description = "Say it again"
    needs_session = False

    def run(self, context: Context, argument: str) -> Outcome:
        if not argument:
            raise NotRun("Nothing to say.")
        return Outcome(argument)


class OwnExport(Echo):
    name = "export"


def test_an_app_brings_its_own_and_takes_the_place_of_one(alice: User, settings: Any) -> None:
    here = "tests.commands.test_commands"
    settings.SLASH_COMMANDS = [*settings.SLASH_COMMANDS, f"{here}.Echo", f"{here}.OwnExport"]
    context = Context(alice, None)
    assert run(context, "/echo two words").text == "two words"
    assert run(context, "/export pdf").text == "pdf"
    assert refusal(context, "/echo") == "Nothing to say."
    names = [name for name, _words in run(context, "/help").rows]
    assert "/export TEXT" in names
    assert "/export FORMAT" not in names


def test_programs_send_text_as_it_is(alice: User, chat: ChatSession) -> None:
    sent = send_message(chat=chat, author=alice, content="/help")
    assert sent.message is not None
    assert sent.message.content == "/help"
