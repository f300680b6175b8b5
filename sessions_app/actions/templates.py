"""Templates: what new sessions begin with. One's own; those of staff may be shared with everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sessions_app import offering
from sessions_app.models import ChatSession, Draft, SessionTemplate, User
from sessions_app.providers.base import ModelInfo
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .errors import NotPossible, PremiumModel, Refused, UnknownModel
from .paths import locked, raise_version
from .sessions import create_session
from .settings import BadSetting, checked_settings, dropped_words, fitting, refuse_clash

NAME, DESCRIPTION, OPENING = 80, 200, 20_000  # characters
MOST = 200


class MayNotShare(Refused):
    kind = "may_not_share"
    status = 403
    sentence = "Only staff can share a template with everyone."


class TooManyTemplates(Refused):
    kind = "too_many_templates"
    sentence = f"You have {MOST} templates. Delete one first."


@dataclass(frozen=True, slots=True)
class Contents:
    """What is entered. Without `model` the default one answers, whichever that is then."""

    name: str
    description: str = ""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    opening: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A session that began with a template; `note` says what of it could not be taken over."""

    chat: ChatSession
    note: str


@write()
def make_template(*, owner: User, contents: Contents) -> SessionTemplate:
    if contents.shared and not owner.is_staff:
        raise MayNotShare
    User.objects.select_for_update().get(pk=owner.pk)  # two of one name wait for each other here
    if SessionTemplate.objects.filter(owner=owner).count() >= MOST:
        raise TooManyTemplates
    values = checked(contents, owner)
    return SessionTemplate.objects.create(owner=owner, shared=contents.shared, **values)


@write()
def change_template(*, template: SessionTemplate, person: User, contents: Contents) -> None:
    """Sessions that began with it stay as they are. Whether it is shared, staff decide."""
    if contents.shared and not (person.is_staff or template.shared):
        raise MayNotShare
    User.objects.select_for_update().get(pk=template.owner_id)
    values = checked(contents, template.owner, template)
    for name, value in values.items():
        setattr(template, name, value)
    if person.is_staff:
        template.shared = contents.shared
    template.save()


@write()
def delete_template(*, template: SessionTemplate) -> None:
    template.delete()


@write()
def share_template(*, template: SessionTemplate, shared: bool) -> None:
    """Offer it to everyone, or to its owner alone; for staff."""
    SessionTemplate.objects.filter(pk=template.pk).update(shared=shared)


@write()
def duplicate_template(*, template: SessionTemplate, owner: User) -> SessionTemplate:
    """A copy of one's own, not shared."""
    User.objects.select_for_update().get(pk=owner.pk)  # two copies at once find two names
    copied = Contents(
        free_name(owner, template.name),
        template.description,
        template.model,
        template.settings,
        template.opening,
    )
    if SessionTemplate.objects.filter(owner=owner).count() >= MOST:
        raise TooManyTemplates
    values = {"description": copied.description, "model": copied.model, "settings": dict(copied.settings)}
    return SessionTemplate.objects.create(owner=owner, name=copied.name, opening=copied.opening, **values)


def free_name(owner: User, name: str) -> str:
    """The name with "copy", numbered where that is taken."""
    taken = set(SessionTemplate.objects.filter(owner=owner).values_list("name", flat=True))
    numbers = (f" copy {n}" if n > 1 else " copy" for n in range(1, MOST + 2))
    return next(made for end in numbers if (made := name[: NAME - len(end)] + end) not in taken)


def checked(contents: Contents, owner: User, template: SessionTemplate | None = None) -> dict[str, Any]:
    """The values of a row; refuses with a sentence for each that is wrong."""
    name = " ".join(clean_text(contents.name).split())
    description = " ".join(clean_text(contents.description).split())
    opening = clean_text(contents.opening).strip("\n")
    problems: dict[str, str] = {}
    if not 1 <= len(name) <= NAME:
        problems["name"] = f"must have 1 to {NAME} characters."
    elif others(owner, template).filter(name=name).exists():
        problems["name"] = "is taken: another template of yours has it."
    if len(description) > DESCRIPTION:
        problems["description"] = f"must have at most {DESCRIPTION} characters."
    if len(opening) > OPENING:
        problems["opening"] = f"must have at most {OPENING:,} characters."
    settings = checked_contents(contents, problems)
    if problems:
        raise BadSetting(problems)
    return {
        "name": name,
        "description": description,
        "model": contents.model,
        "settings": settings,
        "opening": opening,
    }


def others(owner: User, template: SessionTemplate | None) -> Any:
    rows = SessionTemplate.objects.filter(owner=owner)
    return rows.exclude(pk=template.pk) if template else rows


def checked_contents(contents: Contents, problems: dict[str, str]) -> dict[str, Any]:
    """Settings as its model takes them; what is wrong goes into `problems`."""
    values = {name: value for name, value in contents.settings.items() if value is not None}
    try:
        info = offering.choose(contents.model) if contents.model else None
        settings = checked_settings(values, info)
        if info is not None:
            refuse_clash(settings, info, settings)
        return settings
    except UnknownModel:
        problems["model"] = "is not offered by this workspace any more."
    except BadSetting as bad:
        problems.update(bad.problems)
    return {}


# ---------------------------------------------------------------- using one


@write()
def start_session(*, template: SessionTemplate, owner: User, chat: ChatSession | None = None) -> Started:
    """A new session of this person, or their empty one, with what the template says; its opening message is the
    draft."""
    info, gone = model_of(template, owner)
    settings, dropped = fitting(template.settings, info)
    if chat is None:
        chat = create_session(owner=owner, model=info.id, settings=settings)
    else:
        chat = locked(chat.pk)
        if chat.message_count:
            raise NotPossible("A template begins a session; this one has begun.")
    raise_version(
        chat.pk,
        active=False,
        settings=settings,
        model=info.id,
        provider=info.provider,
        template_id=template.pk,
    )
    if template.opening:
        Draft.objects.update_or_create(user=owner, session=chat, defaults={"content": template.opening})
    return Started(chat, " ".join(filter(None, [gone, dropped_words(dropped, info)])))


def model_of(template: SessionTemplate, person: User) -> tuple[ModelInfo, str]:
    """What answers, and a sentence where that is another than the template names."""
    try:
        return offering.choose(template.model, person=person), ""
    except PremiumModel:
        info = offering.default_model(person)
        gone = offering.label(template.model, "")
        return info, f"{gone} is part of the premium plan: {info.label} answers instead."
    except UnknownModel:
        info = offering.default_model(person)
        gone = offering.label(template.model, "")
        return info, f"{gone} is not offered any more: {info.label} answers instead."
