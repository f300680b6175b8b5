"""`/plugin`: which there are, what they can do, running and setting them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.actions.plugins import choose_plugin, switch_plugin
from sessions_app.models import User
from sessions_app.plugins.fields import SettingField, fields_of, from_text
from sessions_app.plugins.finding import Installed, shelf
from sessions_app.plugins.setting import own_kept, set_personal, set_workspace, shown, workspace_kept
from sessions_app.plugins.state import paused, switched_on_here, used_by
from sessions_app.plugins.typed import FromPlugin

from .base import Command, Context, NotRun, Outcome, Suggestion, beginning

PAIR = re.compile(r'(\w+)=("[^"]*"|\S*)')
EVERYONE = "everyone"
RIGHT = "sessions_app.change_pluginstate"


class Plugin(Command):
    name = "plugin"
    argument = "VERB NAME"
    description = gettext_lazy("List, run and set plugins")
    icon = "puzzle-piece"
    needs_session = False

    def complete(self, context: Context, typed: str) -> Sequence[Suggestion]:
        words = typed.split(" ")
        if len(words) == 1:
            return beginning([Suggestion(verb, str(about)) for verb, about in VERBS.items()], typed)
        verb, name, rest = words[0], words[1], " ".join(words[2:])
        if verb not in VERBS or verb == "list":
            return ()
        seen = known(context.user)
        if len(words) == 2:
            found = [Suggestion(f"{verb} {each.name}", each.label) for each in seen.values()]
            return beginning(found, typed)
        if name not in seen:
            return ()
        return beginning(
            [
                Suggestion(f"{verb} {name} {more}", about)
                for more, about in MORE[verb](context, seen[name], rest)
            ],
            typed,
        )

    def run(self, context: Context, argument: str) -> Outcome:
        verb, _space, rest = argument.partition(" ")
        name, _space, more = rest.strip().partition(" ")
        if verb in ("", "list"):
            return listed(context)
        if verb not in VERBS:
            raise NotRun(_("Write one of these after /plugin: %(verbs)s.") % {"verbs": ", ".join(VERBS)})
        seen = known(context.user)
        if name not in seen:
            raise NotRun(_("There is no plugin of that name here. /plugin list shows which there are."))
        return RUN[verb](context, seen[name], more.strip())


def is_set_by(user: User) -> bool:
    return user.has_perm(RIGHT)


def known(user: User) -> dict[str, Installed]:
    """Those a person may know of: that are on, paused ones too; for staff who set them all."""
    if is_set_by(user):
        return dict(shelf().installed)
    return switched_on_here()


def listed(context: Context) -> Outcome:
    on, resting = switched_on_here(), paused()
    mine = {each.name for each in used_by(context.user)}
    rows = []
    for name, plugin in known(context.user).items():
        used = _("on") if name in mine else _("you do not use it")
        state = _("off") if name not in on else _("paused after failures") if name in resting else used
        rows.append((name, f"{plugin.label} {plugin.version}: {state}. {plugin.description}"))
    sentence = _("Plugins of this workspace.") if rows else _("No plugin is switched on in this workspace.")
    return Outcome(sentence, rows=rows, link=(reverse("plugins"), _("Plugins")))


def helped(context: Context, plugin: Installed, more: str) -> Outcome:
    rows = [(f"/{each.name} {each.argument}".rstrip(), each.description) for each in plugin.commands.values()]
    rows += [(tool.label, tool.description.partition(". ")[0]) for tool in plugin.tools]
    rows += [(f"config {each.name}", said(each, value)) for each, value in settings_of(context.user, plugin)]
    return Outcome(f"{plugin.label} {plugin.version}. {plugin.description}".strip(), rows=rows)


def settings_of(user: User, plugin: Installed) -> list[tuple[SettingField, str]]:
    """What this person can set, with its value; of two of one name that of the workspace."""
    found = {each.name: (each, value) for each, value in shown(plugin.personal, own_kept(user, plugin.name))}
    if is_set_by(user):
        found |= {
            each.name: (each, value) for each, value in shown(plugin.settings, workspace_kept(plugin.name))
        }
    return list(found.values())


def said(field: SettingField, value: str) -> str:
    words = value.replace("\n", ", ") or _("not set")
    return f"{field.label}: {words[:200]}. {field.help}".strip()


def run_command(context: Context, plugin: Installed, more: str) -> Outcome:
    word, _space, argument = more.partition(" ")
    on = next((each for each in used_by(context.user) if each.name == plugin.name), None)
    if on is None:
        raise NotRun(_("You do not use this plugin, or it is paused. /plugin enable switches it on for you."))
    if word not in plugin.commands:
        words = ", ".join(plugin.commands) or _("none")
        raise NotRun(_("It has no such command. It has: %(commands)s.") % {"commands": words})
    return FromPlugin(on, plugin.commands[word]).run(context, argument.strip())


def configure(context: Context, plugin: Installed, more: str) -> Outcome:
    if not more:
        rows = [(each.name, said(each, value)) for each, value in settings_of(context.user, plugin)]
        return Outcome(_("What can be set. Write key=value behind it."), rows=rows)
    pairs = PAIR.findall(more)
    if " ".join(f"{key}={value}" for key, value in pairs) != " ".join(more.split(" ")):
        raise NotRun(_('Write key=value, and "…" around a value with spaces.'))
    everyones = {each.name: each for each in fields_of(plugin.settings)} if is_set_by(context.user) else {}
    own = {each.name: each for each in fields_of(plugin.personal)}
    changes: dict[bool, dict[str, Any]] = {True: {}, False: {}}
    for key, value in pairs:
        field = everyones.get(key) or own.get(key)
        if field is None:
            raise NotRun(_("There is nothing called %(key)s to set.") % {"key": key[:40]})
        if field.kind == "secret":
            raise NotRun(secret_sentence(plugin, everyone=key in everyones))
        changes[key in everyones][key] = from_text(field, value.strip('"').replace(";", "\n"))
    if changes[True]:
        set_workspace(plugin=plugin, changes=changes[True], actor=context.user)
    if changes[False]:
        set_personal(plugin=plugin, changes=changes[False], person=context.user)
    return Outcome(_("%(name)s has its new settings.") % {"name": plugin.label})


def secret_sentence(plugin: Installed, *, everyone: bool) -> str:
    """What is typed here is kept as a draft, where a secret must not be."""
    where = (
        reverse("admin:sessions_app_pluginstate_change", args=[plugin.name])
        if everyone
        else reverse("plugins")
    )
    return _("A secret is not set here, where what is typed is kept. Set it on the page %(page)s.") % {
        "page": where
    }


def enable(context: Context, plugin: Installed, more: str) -> Outcome:
    if more == EVERYONE:
        return for_everyone(context, plugin, enabled=True)
    choose_plugin(person=context.user, name=plugin.name, enabled=True)
    if plugin.name not in switched_on_here():
        raise NotRun(
            _("It is off in this workspace. /plugin enable %(name)s everyone switches it on.")
            % {"name": plugin.name}
        )
    if plugin.name in paused():
        return Outcome(_("You use %(name)s, but it failed too often and rests.") % {"name": plugin.label})
    return Outcome(_("You use %(name)s from now on.") % {"name": plugin.label})


def disable(context: Context, plugin: Installed, more: str) -> Outcome:
    if more == EVERYONE:
        return for_everyone(context, plugin, enabled=False)
    choose_plugin(person=context.user, name=plugin.name, enabled=False)
    return Outcome(_("You do not use %(name)s any more.") % {"name": plugin.label})


def for_everyone(context: Context, plugin: Installed, *, enabled: bool) -> Outcome:
    if not is_set_by(context.user):
        raise NotRun(_("Only staff who may set plugins can do that."))
    switch_plugin(name=plugin.name, enabled=enabled, actor=context.user)
    on, off = _("%(name)s is on in this workspace."), _("%(name)s is off in this workspace.")
    return Outcome((on if enabled else off) % {"name": plugin.label})


# ---------------------------------------------------------------- what may follow

More = list[tuple[str, str]]


def more_commands(context: Context, plugin: Installed, rest: str) -> More:
    word, space, argument = rest.partition(" ")
    if not space:
        return [(each.name, each.description) for each in plugin.commands.values()]
    on = next((each for each in used_by(context.user) if each.name == plugin.name), None)
    if on is None or word not in plugin.commands:
        return []
    found = FromPlugin(on, plugin.commands[word]).complete(context, argument)
    return [(f"{word} {each.argument}", each.description) for each in found]


def more_keys(context: Context, plugin: Installed, rest: str) -> More:
    *before, last = rest.split(" ")
    begun = " ".join([*before, ""]).lstrip()
    fields = [each for each, _value in settings_of(context.user, plugin) if each.kind != "secret"]
    key, equals, _value = last.partition("=")
    if not equals:
        return [(f"{begun}{each.name}=", each.label) for each in fields]
    values = next((values_of(each) for each in fields if each.name == key), ())
    return [(f"{begun}{key}={value}", "") for value in values]


def values_of(field: SettingField) -> Sequence[str]:
    return ("on", "off") if field.kind == "switch" else field.choices


def more_people(context: Context, plugin: Installed, rest: str) -> More:
    return [(EVERYONE, str(_("In the whole workspace")))] if is_set_by(context.user) else []


def nothing(context: Context, plugin: Installed, rest: str) -> More:
    return []


VERBS: dict[str, Any] = {
    "list": gettext_lazy("Which there are"),
    "help": gettext_lazy("What one can do"),
    "run": gettext_lazy("Run a command of one"),
    "config": gettext_lazy("Set one"),
    "enable": gettext_lazy("Use one"),
    "disable": gettext_lazy("Use one no more"),
}
RUN: dict[str, Callable[[Context, Installed, str], Outcome]] = {
    "help": helped,
    "run": run_command,
    "config": configure,
    "enable": enable,
    "disable": disable,
}
MORE: dict[str, Callable[[Context, Installed, str], More]] = {
    "help": nothing,
    "run": more_commands,
    "config": more_keys,
    "enable": more_people,
    "disable": more_people,
}
