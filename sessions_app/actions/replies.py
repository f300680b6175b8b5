"""What people may ask of a reply: stop it, try again, go on, answer anew. Nothing is overwritten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from sessions_app import gates, offering
from sessions_app.agent.whole import later
from sessions_app.models import ApiToken, ChatSession, Message, Reply
from sessions_app.providers.base import ModelInfo
from sessions_app.realtime import feed
from sessions_app.transactions import write

from . import running
from .errors import NotNow, NotPossible, PremiumModel, ShuttingDown
from .messages import listed_again, queue_reply, reply_runs
from .paths import Place, add_answer, choose_newest, cut_after, locked, raise_version, tell_pages


@write()
def request_stop(*, chat: ChatSession) -> Reply | None:
    """Ask the running reply to end; one nobody works on ends here. Returns it, or None where nothing runs."""
    reply = Reply.objects.filter(session=chat).unfinished().select_for_update().first()
    if reply is None:
        return None
    if reply.status == Reply.Status.RUNNING:
        Reply.objects.filter(pk=reply.pk, stop_requested_at__isnull=True).update(
            stop_requested_at=timezone.now()
        )
        transaction.on_commit(lambda: feed.stop_requested(reply.pk, chat.pk))
    else:
        running.end_unowned(reply=reply, status=Reply.Status.STOPPED, stop_reason="stopped")
    return reply


def retry_reply(*, message: Message, by: Any = None, token: ApiToken | None = None) -> Reply:
    """Another try at a reply that failed or was cut: a new version below the same question."""
    if message.reply.status not in (Reply.Status.FAILED, Reply.Status.INTERRUPTED, Reply.Status.STOPPED):
        raise NotPossible
    return new_version(message=message, by=by, token=token)


def regenerate_reply(
    *, message: Message, model: str = "", by: Any = None, token: ApiToken | None = None
) -> Reply:
    """Another answer to the same question, by the same or another model."""
    return new_version(message=message, model=model, by=by, token=token)


def continue_reply(*, message: Message, by: Any = None, token: ApiToken | None = None) -> Reply:
    """A new version that begins with the text kept so far; the model is asked to go on."""
    if not message.reply.can_continue or not message.content:
        raise NotPossible
    return new_version(message=message, continues=message, by=by, token=token)


def idle(key: UUID) -> ChatSession:
    """The chat, locked, in which a reply may begin: none runs there, and the server stays."""
    if feed.closing:
        raise ShuttingDown
    chat = locked(key)
    if reply_runs(chat):
        raise NotNow
    return chat


def admitted(
    chat: ChatSession, question: Message, by: Any, wanted: str, usual: str, token: UUID | None
) -> ModelInfo:
    """The model that answers. The answer is on the ledger of whoever asked the question and its tools have their
    rights, so their budgets and plan decide. Who presses, `by`, where another, needs a plan with that model too, and
    learns no amount. The limit of the `token` it is asked for with counts it too."""
    payer = question.author or chat.owner
    others = by is not None and by.pk != payer.pk
    info = offering.choose(wanted, usual, payer)
    if others and not offering.may_use(by, info):
        raise PremiumModel(info.label)
    gates.check(gates.Ask(payer, chat, info, others=others, token=token))
    return info


def answer_question(*, message: Message, by: Any = None, token: ApiToken | None = None) -> Reply:
    """The answer to the last question that is shown and has none: it was branched from, or its answer deleted."""
    with_token = token.public_id if token else None
    with write():
        chat = idle(message.session_id)
        question = Message.objects.filter(session=chat).shown().last()
        if question is None or question.pk != message.pk or question.role != Message.Role.USER:
            raise NotPossible("This question is answered already.")
        info = admitted(chat, question, by, "", chat.model, with_token)
        shown = question.position + 1  # positions have no gap
        version = raise_version(chat.pk, known=chat.version, message_count=shown, **listed_again(chat))
        Message.objects.filter(pk=question.pk).update(version=version)  # its button goes
        answer = add_answer(chat=chat, parent=question, version=version, model=info.id)
        return queue_reply(chat, answer, info, token=with_token)


def wanted_first(message: Message) -> str:
    """The model that was asked for this answer, though another one gave it."""
    fell_back = message.reply.model_config.get("fell_back")
    return str(fell_back["from"]) if fell_back else message.model


def new_version(
    *,
    message: Message,
    model: str = "",
    continues: Message | None = None,
    by: Any = None,
    token: ApiToken | None = None,
) -> Reply:
    """A sibling of `message` on the shown path, with a queued reply. Refuses while another reply runs. `by` is who
    presses, with a `token` or without; without `by`, whoever asked the question."""
    with_token = token.public_id if token else None
    with write():
        chat = idle(message.session_id)
        question = message.parent
        if message.role != Message.Role.ASSISTANT or question is None or not message.active:
            raise NotPossible
        usual = message.model if continues else wanted_first(message)
        info = admitted(chat, question, by, model, usual or chat.model, with_token)
        cut_after(chat, Place.of(question))
        choose_newest(question.pk)
        shown = question.position + 1  # positions have no gap
        version = raise_version(
            chat.pk, structure=True, known=chat.version, message_count=shown, **listed_again(chat)
        )
        answer = add_answer(chat=chat, parent=question, version=version, model=info.id)
        more = {"continues": str(continues.pk)} if continues else {}
        return queue_reply(chat, answer, info, token=with_token, again=True, **more)


@write()
def move_window(*, reply: Reply, counted: int) -> bool:
    """Let the request of a running reply begin later, which the provider counted and found too long; false where it
    cannot."""
    found = later(reply.session, reply.model_config, reply.message, counted)
    if found is None:
        return False
    chat = locked(reply.session_id)
    places = [reply.model_config.get("begins_at", 1) - 1, found.begins - 1]
    reply.model_config |= {"begins_at": found.begins, "shortened_below": found.shortened}
    Reply.objects.filter(pk=reply.pk).update(model_config=reply.model_config)
    version = raise_version(chat.pk, active=False, known=chat.version)
    Message.objects.filter(session=chat, position__in=places).shown().update(version=version)
    tell_pages(chat)
    return True
