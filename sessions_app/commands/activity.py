"""Recent activity, chosen and added to a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.activity.finding import Filters, is_any, recent_names
from sessions_app.activity.spans import TODAY, NoSpan, Wanted, length_of, since, wanted, words_of
from sessions_app.activity.values import WORDS

from .base import Command, Context, NotRun, Outcome, Suggestion, beginning

SPANS = ("15m", "1h", "6h", "24h", "7d", "today")
SEVERITIES = ("warning", "error")


class Activity(Command):
    """The choice opens above the page; what is chosen becomes a message of the session, or begins one."""

    name = "context"
    argument = "TIME"
    description = gettext_lazy("Add recent activity, such as 1h")
    icon = "bolt"
    needs_session = False

    def complete(self, context: Context, typed: str) -> Sequence[Suggestion]:
        span, space, _rest = typed.partition(" ")
        if not space:
            return beginning(
                [Suggestion(each, _("Activity of %(span)s") % {"span": words_of(each)}) for each in SPANS],
                typed,
            )
        try:
            length_of(span.lower())
        except NoSpan:
            return []
        found = [
            Suggestion(f"{span} {word}", _("%(severity)s and worse") % {"severity": word.capitalize()})
            for word in SEVERITIES
        ]
        found += [
            Suggestion(f"{span} {source}", _("From this source")) for source in recent_names(context.user)[0]
        ]
        return beginning(found, typed)

    def run(self, context: Context, argument: str) -> Outcome:
        try:
            asked = wanted(argument)
        except NoSpan:
            raise NotRun(_("Say how far back, such as /context 30m, 1h, 2d or today.")) from None
        began = since(asked.span, timezone.now(), context.user.zone)
        if not is_any(context.user, Filters(source=asked.source, severity=asked.severity, since=began)):
            return Outcome(nothing(asked), link=(reverse("activity"), _("All activity")))
        session = {"session": str(context.chat.pk)} if context.chat else {}
        query = urlencode({"ask": asked.typed, **session})
        return Outcome(dialog=f"{reverse('activity_context')}?{query}")


def nothing(asked: Wanted) -> str:
    """That there is nothing of what was asked for."""
    span = words_of(asked.span)
    when = span if span == TODAY else _("in %(span)s") % {"span": span}
    least = WORDS.get(asked.severity, "")
    of = asked.source and _("of %(source)s") % {"source": asked.source}
    worse = least and _("(%(severity)s or worse)") % {"severity": least}
    said = " ".join(filter(None, [_("There was no activity"), of, worse, when]))
    return _("%(said)s. Nothing was added.") % {"said": said}
