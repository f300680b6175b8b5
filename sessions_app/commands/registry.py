"""Which commands there are, and which one a text asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from sessions_app.models import User
from sessions_app.plugins.typed import plugin_commands

from .base import Command, Context, NotRun, Outcome

_COMMAND = re.compile(r"/([^\W\d_]+)(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that is a command: its word and what stands behind it."""

    name: str
    argument: str


def typed_command(text: str) -> Typed | None:
    """The command a text is: a slash and letters at its very beginning, alone or before a space. A path is text."""
    found = _COMMAND.fullmatch(text.rstrip())
    return Typed(found[1].lower(), (found[2] or "").strip()) if found else None


def as_message(text: str) -> str:
    """The text to send: of "//word" one slash goes, so that what looks like a command can be said."""
    return text[1:] if text.startswith("//") and _COMMAND.match(text, 1) else text


def commands(user: User | None = None) -> dict[str, Command]:
    """All of them by name, in the order of their names; for `user` with those of the plugins they use. A plugin never
    takes the place of one of ours."""
    own = _loaded(tuple(settings.SLASH_COMMANDS))
    if user is None:
        return own
    found: dict[str, Command] = {**plugin_commands(user), **own}
    return {name: found[name] for name in sorted(found)}


@cache
def _loaded(paths: tuple[str, ...]) -> dict[str, Command]:
    found: dict[str, Command] = {}
    for path in paths:
        command = import_string(path)()
        found[command.name] = command
    return {name: found[name] for name in sorted(found)}


def run(typed: Typed, context: Context) -> Outcome:
    """Run what was typed; refuses what there is not, and what would be lost."""
    command = commands(context.user).get(typed.name)
    if command is None:
        raise NotRun(_("There is no command /%(name)s. /help lists them.") % {"name": typed.name[:40]})
    if typed.argument and not command.argument:
        sentence = _("/%(name)s takes nothing after it. Begin with // to send this as a message.")
        raise NotRun(sentence % {"name": command.name})
    if command.needs_session and context.chat is None:
        raise NotRun(
            _("/%(name)s needs a session. One begins with its first message.") % {"name": command.name}
        )
    return command.run(context, typed.argument)
