"""Setting plugins: what staff and people give is looked at by the plugin, on a thread of its own, and then kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BaseModel

from sessions_app.actions.errors import Refused
from sessions_app.actions.plugins import secrets_of, set_own, set_plugin
from sessions_app.actions.settings import BadSetting
from sessions_app.models import PluginChoice, PluginState

from .calling import note_now
from .fields import SettingField, Unfit, as_text, changed, fields_of
from .finding import Installed
from .running import Fault, Job, call_now

Kept = tuple[dict[str, Any], dict[str, str]]


class UnfitSettings(BadSetting):
    """`problems` are whole sentences, of the settings as a whole under no name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(problems)
        self.sentence = " ".join(f"{name}: {said}" if name else said for name, said in problems.items())

    @property
    def sentences(self) -> dict[str, str]:
        return self.problems


class PluginFailed(Refused):
    kind = "plugin_failed"
    status = 502
    sentence = "The plugin failed while it looked at its settings. Nothing was changed."


def workspace_kept(name: str) -> Kept:
    """What is stored for the workspace; secrets opened."""
    row = PluginState.objects.filter(pk=name).first()
    return (dict(row.values), secrets_of(row.secrets_sealed)) if row else ({}, {})


def own_kept(person: Any, name: str) -> Kept:
    row = PluginChoice.objects.filter(user=person.pk, plugin=name).first()
    return (dict(row.values), secrets_of(row.secrets_sealed)) if row else ({}, {})


def set_workspace(*, plugin: Installed, changes: Mapping[str, Any], actor: Any) -> None:
    """Raises UnfitSettings, PluginFailed."""
    values, secrets = looked_at(plugin, plugin.settings, workspace_kept(plugin.name), changes)
    set_plugin(name=plugin.name, values=values, secrets=secrets, actor=actor)


def set_personal(*, plugin: Installed, changes: Mapping[str, Any], person: Any) -> None:
    """Raises UnfitSettings, PluginFailed."""
    values, secrets = looked_at(plugin, plugin.personal, own_kept(person, plugin.name), changes)
    set_own(person=person, name=plugin.name, values=values, secrets=secrets)


def looked_at(plugin: Installed, model: type[BaseModel], kept: Kept, changes: Mapping[str, Any]) -> Kept:
    def work(job: Job[Any]) -> Kept | Unfit:
        try:
            return changed(model, *kept, changes)
        except Unfit as problem:
            return problem

    try:
        found: Kept | Unfit = call_now(plugin.name, "Looking at its settings", work, settings.PLUGIN_SECONDS)
    except Fault as fault:
        note_now(plugin.name, fault)
        raise PluginFailed from None
    if isinstance(found, Unfit):
        raise UnfitSettings(found.problems)
    return found


def shown(model: type[BaseModel], kept: Kept) -> list[tuple[SettingField, str]]:
    """Each field with its value as it is typed: what is stored, else what is usual. Of a secret whether there is one."""
    values, secrets = kept
    return [
        (each, as_text(each, values.get(each.name, each.usual)))
        if each.kind != "secret"
        else (each, _("set") if each.name in secrets else "")
        for each in fields_of(model)
    ]
