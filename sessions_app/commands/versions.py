"""The ways a session divides: into branches, and into versions of an answer."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.actions.branching import branch_session
from sessions_app.models import ChatSession, Message
from sessions_app.models.messages import MessageQuerySet

from .base import Command, Context, NotRun, Outcome


class Branch(Command):
    name = "branch"
    description = gettext_lazy("Go on from here in a session of its own")
    icon = "arrow-turn-down-right"

    def run(self, context: Context, argument: str) -> Outcome:
        last = shown_of(context).last()
        if last is None:
            raise NotRun(_("There is nothing to branch from yet."))
        return Outcome(address=branch_session(message=last, owner=context.user).get_absolute_url())


class Compare(Command):
    name = "compare"
    description = gettext_lazy("Two answers side by side")
    icon = "view-columns"

    def run(self, context: Context, argument: str) -> Outcome:
        answer = shown_of(context).filter(role=Message.Role.ASSISTANT).last()
        count = versions_of(answer) if answer else 0
        if answer is None or count < 2:
            return Outcome(_("The last answer has no other version. Regenerate makes one to compare."))
        address = comparison(context.session)
        words = _("The last answer has %(count)s versions.") % {"count": count}
        return Outcome(words, link=(address, _("Compare them")) if address else ("", ""))


def shown_of(context: Context) -> MessageQuerySet:
    return Message.objects.for_user(context.user).filter(session=context.session).shown()


def versions_of(answer: Message) -> int:
    """How many answers to the same question there are."""
    return Message.objects.filter(parent=answer.parent_id, role=answer.role).kept().count()


def comparison(chat: ChatSession) -> str:
    """The page that shows them side by side, where there is one."""
    try:
        return reverse("compare_versions", args=[chat.pk])
    except NoReverseMatch:
        return ""
