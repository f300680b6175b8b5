"""What a session is called, and what answers in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app import offering
from sessions_app.actions.sessions import set_model, set_title
from sessions_app.providers.base import ModelInfo

from .base import Command, Context, NotRun, Outcome, Suggestion


class Model(Command):
    name = "model"
    argument = "NAME"
    description = gettext_lazy("Choose what answers in this session")
    icon = "cpu-chip"

    def complete(self, context: Context, typed: str) -> Sequence[Suggestion]:
        return [Suggestion(model.id, model.label) for model in models_like(typed, context.user)]

    def run(self, context: Context, argument: str) -> Outcome:
        chat = context.session
        if not argument:
            label = offering.label(chat.model, chat.provider)
            return Outcome(_("%(model)s answers in this session.") % {"model": label})
        model = one_model(argument, context.user)
        set_model(chat=chat, model=model.id, person=context.user)
        return Outcome(
            _("From now on %(model)s answers in this session.") % {"model": model.label},
            tells={"model-chosen": {"model": model.id}},
        )


def models_like(typed: str, person: Any) -> list[ModelInfo]:
    """Offered models whose id or name holds what was typed."""
    wanted = typed.lower()
    return [
        model
        for model in offering.offered(person)
        if wanted in model.id.lower() or wanted in model.label.lower()
    ]


def one_model(named: str, person: Any) -> ModelInfo:
    """The model of exactly this id or name, else the only one that is like it."""
    like = models_like(named, person)
    exact = [model for model in like if named.lower() in (model.id.lower(), model.label.lower())]
    if len(exact or like) != 1:
        many = _("Several models are called like that: %(models)s.") % {
            "models": ", ".join(model.id for model in like)
        }
        raise NotRun(many if like else _("This workspace does not offer that model."))
    return (exact or like)[0]


class Title(Command):
    name = "title"
    argument = "TEXT"
    description = gettext_lazy("Name this session")
    icon = "tag"

    def run(self, context: Context, argument: str) -> Outcome:
        if not set_title(chat=context.session, title=argument, by_model=False):
            raise NotRun(_("Write the title after it, such as /title Weekly costs."))
        return Outcome(_("The session has its new title."))
