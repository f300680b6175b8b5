"""What programs ask figures about: which days, and whose rows. Read strictly: nobody is shown other figures than asked
for."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from analytics_app.dashboard.question import Question, question
from sessions_app.api.authentication import must_administer, must_not_hold_back, person_of
from sessions_app.api.given import Asked, Words
from sessions_app.models import User

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
NOT_STAFF = "Only staff may see everyone's figures."
NOT_OTHERS = "Only staff may see the figures of others."
FOR_STAFF = "Only for staff, with the scope everyone."


def named(words: str, *names: str) -> BeforeValidator:
    """One of these names; any other is told `words`."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and value not in names:
            raise ValueError(words)
        return value

    return BeforeValidator(check)


def day(value: Any) -> Any:
    """Only as days are written: 20261130 and numbers are none."""
    if isinstance(value, str) and not DAY.match(value):
        raise ValueError("A day, written as 2026-11-30.")
    return value


Range = Annotated[
    Literal["today", "week", "month", "all", "dates"],
    named("One of today, week, month, all and dates.", "today", "week", "month", "all", "dates"),
    Field(
        description="week: the last 7 days with today; month: this month so far; dates: with `from` and `until`."
    ),
]
Period = Annotated[
    Literal["today", "week", "month", "all", "7d", "30d"],
    named("One of today, week, month, all, 7d and 30d.", "today", "week", "month", "all", "7d", "30d"),
    Field(description="The same as `time_range`; 7d is the week, 30d the last 30 days with today."),
]
Scope = Annotated[
    Literal["own", "everyone"],
    named("own or everyone.", "own", "everyone"),
    Field(description="everyone: for staff; a token needs the scope `admin` for that beside `read`."),
]
Day = Annotated[date, BeforeValidator(day, json_schema_input_type=date)]
Name = Annotated[Words, Field(max_length=150)]


class Figuring(Asked):
    """Without anything: one's own figures of this month."""

    time_range: Range | None = None
    period: Period | None = None
    first: Annotated[Day | None, Field(alias="from", description="The first day, in your time zone.")] = None
    until: Annotated[Day | None, Field(description="The last day, which counts too.")] = None
    scope: Scope | None = None
    user: Annotated[Name | None, Field(description="A username: with scope everyone, only theirs.")] = None
    creator_id: Annotated[
        Name | None,
        Field(
            description="Whose figures, by id or username, with those of their videos: of others for staff only."
        ),
    ] = None
    model: Annotated[Words, Field(max_length=120, description="Only calls of this model.")] = ""
    provider: Annotated[Words, Field(max_length=120, description="Only calls of this provider.")] = ""


def question_of(request: Request, wanted: Figuring) -> Question:
    """What is asked; raises 400 where that is not possible, 403 where a token may not ask for everyone's."""
    problems: dict[str, str] = {}
    given = _days(wanted, problems) | _whose(request, wanted, problems)
    if given.get("scope") == "everyone" and not problems:
        must_administer(request)
    found = question(person_of(request), given | {"model": wanted.model, "provider": wanted.provider})
    if found.problem and not problems:
        field = (
            "time_range"
            if not found.problem.startswith("Nobody")
            else "user"
            if wanted.user
            else "creator_id"
        )
        problems[field] = found.problem.partition(" These are ")[0]
    if problems:
        raise ValidationError({name: [words] for name, words in problems.items()})
    return found


def _days(wanted: Figuring, problems: dict[str, str]) -> dict[str, str]:
    period = "week" if wanted.period == "7d" else wanted.period
    if wanted.time_range and period and wanted.time_range != period:
        problems["period"] = "time_range says something else."
    days = {"from": wanted.first, "until": wanted.until}
    told = {name: each.isoformat() for name, each in days.items() if each is not None}
    span = wanted.time_range or period or ("dates" if told else "month")
    if told and span != "dates":
        problems |= dict.fromkeys(told, "Only with the time_range dates.")
    return {"time_range": span, **told}


def _whose(request: Request, wanted: Figuring, problems: dict[str, str]) -> dict[str, str]:
    """Scope and user as a question has them."""
    asker = person_of(request)
    everyone = wanted.scope == "everyone"
    if everyone or (wanted.creator_id is not None and not _is(asker, wanted.creator_id)):
        must_not_hold_back(request)
    if everyone and not asker.is_staff:
        problems["scope"] = NOT_STAFF
    if wanted.user is not None and not (everyone and asker.is_staff):
        problems["user"] = FOR_STAFF
    if wanted.creator_id is None:
        return {"scope": wanted.scope or "own", "user": wanted.user or ""}
    if wanted.user is not None:
        problems["creator_id"] = "user says whose already."
    if _is(asker, wanted.creator_id):
        return {"scope": "everyone", "user": asker.username} if everyone else {}
    if not asker.is_staff or wanted.scope == "own":
        problems["creator_id"] = NOT_OTHERS if not asker.is_staff else FOR_STAFF
        return {}
    return {"scope": "everyone", "user": _username(wanted.creator_id)}


def _is(person: User, words: str) -> bool:
    """Whether an id or a username is this person's."""
    return words in (str(person.pk), person.username)


def _username(words: str) -> str:
    """Of an id, where somebody has it; else the words are one. Nobody's stays nobody's."""
    found = User.objects.filter(pk=int(words)).first() if re.fullmatch("[0-9]{1,18}", words) else None
    return found.username if found else words or " "
