"""POSTs of a conversation. With htmx they answer 204 and the messages arrive as frames; without, 303 to the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sessions_app.actions import approvals, replies
from sessions_app.actions import pending as waiting
from sessions_app.actions.drafts import keep_draft
from sessions_app.actions.errors import BudgetUsedUp, NotPossible, Refused
from sessions_app.actions.messages import send_message
from sessions_app.commands.registry import as_message
from sessions_app.models import ChatSession, Message

from .access import writable_or_404
from .attached import attached
from .commands import answer_command
from .session_actions import refused as by_toast
from .session_rows import current_of
from .toasts import toast
from .workspace import in_words, page

P = ParamSpec("P")
Post = Callable[Concatenate[HttpRequest, ChatSession, P], HttpResponse | None]


def post(
    view: Post[P], find: Callable[[HttpRequest, UUID], ChatSession] = writable_or_404
) -> Callable[..., HttpResponse]:
    """A POST on a chat this person may write in, or that `find` finds for them. Its refusals become the same page or
    fragment with a sentence; it may answer itself."""

    @wraps(view)
    def answered(request: HttpRequest, pk: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        chat = find(request, pk)
        try:
            answer = view(request, chat, *args, **kwargs)
        except Refused as refusal:
            return refused(request, chat, refusal)
        if answer is not None:
            return answer
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204)
        return HttpResponse(status=303, headers={"Location": reverse("session", args=[chat.pk])})

    return require_POST(answered)


def refused(request: HttpRequest, chat: ChatSession, refusal: Refused) -> HttpResponse:
    if current_of(request) not in ("", str(chat.pk)):
        return by_toast(request, refusal)  # the notice of this page is about another session
    content = request.POST.get("content", "")
    words = in_words(refusal, content)
    if request.headers.get("HX-Request"):
        inputs = {"sentence": words["notice"], "refusal": words["refusal"]}
        response = render(request, "sessions/_composer_notice.html", inputs, status=refusal.status)
        response.headers["HX-Retarget"] = "#composer-notice"
        response.headers["HX-Reswap"] = "innerHTML"
        if isinstance(refusal, BudgetUsedUp) and refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        return response
    context = page(request, chat) | words | {"draft": content}
    return render(request, "sessions/workspace_page.html", context, status=refusal.status)


def answering(request: HttpRequest, chat: ChatSession) -> HttpResponse | None:
    """What is said where something is answered in a session that was archived: it is in the list again."""
    if chat.archived_at is None or not request.headers.get("HX-Request"):
        return None
    return toast(_("“%(title)s” is back in the list") % {"title": chat})


@post
def send(request: HttpRequest, chat: ChatSession) -> HttpResponse | None:
    """Send what was typed, or, asked to `look` (a page without scripts, while an answer is written), only keep it."""
    if request.POST.get("look"):
        keep_draft(user=request.user, chat=chat, content=request.POST.get("content", ""))
        attached(request, chat)
        return None
    files = attached(request, chat)  # before a command: they stay for the next message
    told = answer_command(request, chat, page)
    if told is not None:
        return told
    send_message(
        chat=chat,
        author=request.user,
        content=as_message(request.POST.get("content", "")),
        client_id=request.POST.get("client_id", ""),
        model=request.POST.get("model", ""),
        parent=uuid_or_none(request.POST.get("parent", "")),
        seen=uuid_or_none(request.POST.get("seen", "")),
        attachments=files,
        drops_draft=bool(request.POST.get("draft")),
    )
    return answering(request, chat)


def uuid_or_none(text: str) -> UUID | None:
    """A message id from a form; one that is none is refused, not ignored."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotPossible("The message this answers is not in this session.") from None


@post
def stop(request: HttpRequest, chat: ChatSession) -> None:
    replies.request_stop(chat=chat)


def answer_of(chat: ChatSession, message: UUID) -> Message:
    """An assistant message, looked up through its chat."""
    rows = Message.objects.filter(session=chat, role=Message.Role.ASSISTANT, deleted_at__isnull=True)
    return get_object_or_404(rows.select_related("reply", "parent"), pk=message)


@post
def retry(request: HttpRequest, chat: ChatSession, message: UUID) -> HttpResponse | None:
    replies.retry_reply(message=answer_of(chat, message), by=request.user)
    return answering(request, chat)


@post
def go_on(request: HttpRequest, chat: ChatSession, message: UUID) -> HttpResponse | None:
    replies.continue_reply(message=answer_of(chat, message), by=request.user)
    return answering(request, chat)


@post
def regenerate(request: HttpRequest, chat: ChatSession, message: UUID) -> HttpResponse | None:
    model = request.POST.get("model", "")
    replies.regenerate_reply(message=answer_of(chat, message), model=model, by=request.user)
    return answering(request, chat)


@post
def answer(request: HttpRequest, chat: ChatSession, message: UUID) -> HttpResponse | None:
    rows = Message.objects.filter(session=chat, role=Message.Role.USER).kept()
    replies.answer_question(message=get_object_or_404(rows, pk=message), by=request.user)
    return answering(request, chat)


@post
def approve(request: HttpRequest, chat: ChatSession, message: UUID) -> None:
    try:
        call = UUID(request.POST.get("tool_call", ""))
    except ValueError:
        raise NotPossible(approvals.ANSWERED) from None
    approvals.answer_call(
        message=answer_of(chat, message),
        call=call,
        decision=request.POST.get("decision", ""),
        person=request.user,
    )


def pending_of(chat: ChatSession, pk: UUID) -> Any:
    return get_object_or_404(chat.pending.select_related("session"), pk=pk)


@post
def edit_pending(request: HttpRequest, chat: ChatSession, pending: UUID) -> None:
    content = request.POST.get("content", "")
    waiting.edit_pending(pending=pending_of(chat, pending), content=content, by=request.user)


@post
def send_pending(request: HttpRequest, chat: ChatSession, pending: UUID) -> None:
    waiting.hurry_pending(pending=pending_of(chat, pending), by=request.user)


@post
def remove_pending(request: HttpRequest, chat: ChatSession, pending: UUID) -> None:
    """Its text goes back into the message box: by the page itself, or as the draft that the page then shows."""
    drafter = None if request.headers.get("HX-Request") else request.user
    waiting.remove_pending(pending=pending_of(chat, pending), into_draft_of=drafter)
