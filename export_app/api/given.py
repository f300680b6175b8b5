"""What programs ask of exports, imports and links."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, model_validator

from export_app.actions.exporting import MOST
from export_app.actions.sharing import ABOUT, TITLE
from export_app.bulk.choice import WHICH
from sessions_app.api.given import Asked, Flag, Given, Paged, Text, Whole, number

Which = Literal["all", "active", "archived", "starred"]
State = Literal["new", "changed", "here", "broken"]
assert set(get_args(Which)) == set(WHICH)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")


def day(value: Any) -> Any:
    """pydantic would take the seconds of an epoch, too."""
    if not isinstance(value, str):
        return value
    if not DAY.fullmatch(value):
        raise ValueError("A day, as 2026-11-30.")
    return date.fromisoformat(value)


def moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not MOMENT.fullmatch(value):
        raise ValueError("A moment with its offset, as 2026-11-30T12:00:00Z.")
    return datetime.fromisoformat(value.upper())


Day = Annotated[date, BeforeValidator(day, json_schema_input_type=date)]
Moment = Annotated[AwareDatetime, BeforeValidator(moment, json_schema_input_type=AwareDatetime)]
OptionValue = bool | int | Text
Options = Annotated[
    dict[Text, OptionValue],
    Field(
        description="Options of the format by name, as `GET chat/formats` lists them; others have their default."
    ),
]
Format = Annotated[Text, Field(max_length=40, description="A name of `GET chat/formats`.")]


# ---------------------------------------------------------------- files


class Export(Given):
    format: Format
    options: Options = {}
    message: Annotated[
        UUID | None, Field(description="Only this message; without it the whole shown path.")
    ] = None
    download: Annotated[bool, Field(description="false: `Content-Disposition` says inline.")] = True
    background: Annotated[bool, Field(description="true: always a job. Not for a single message.")] = False


class FileWish(Asked):
    """What else stands in the address are options of the format, by name."""

    model_config = ConfigDict(extra="allow", frozen=True)

    format: Annotated[Text, Field(max_length=40, description="A name of `GET chat/formats`.")] = "json"
    message: Annotated[UUID, Field(description="Only this message.")] | None = None


# ---------------------------------------------------------------- many sessions


class Filter(Given):
    """As the page offers it. Days are those of the person's time zone, both included."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)

    which: Annotated[
        Which,
        Field(description="active: without the archive. archived, starred and tagged ones are one's own."),
    ] = "all"
    tag: Annotated[Text, Field(max_length=200)] = ""
    first: Annotated[Day | None, Field(alias="from", description="Last used on this day or later.")] = None
    last: Annotated[Day | None, Field(alias="to", description="Last used on this day or earlier.")] = None


def either(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [{"required": ["sessions"]}, {"required": ["filter"]}]


class Bulk(Given):
    """`sessions`, in this order, or those that `filter` finds, the newest first."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, json_schema_extra=either)

    sessions: Annotated[list[UUID], Field(min_length=1, max_length=MOST, default_factory=list)]
    filter: Annotated[Filter, Field(default_factory=Filter)]
    formats: Annotated[list[Format], Field(min_length=1, max_length=20)]
    options: Annotated[
        dict[Text, dict[Text, OptionValue]], Field(description="Options by the name of their format.")
    ] = {}
    title: Annotated[
        Text, Field(max_length=160, description="What the job is called; else what it holds.")
    ] = ""

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if len({"sessions", "filter"} & self.model_fields_set) != 1:
            raise ValueError("Name either sessions or a filter.")
        return self


# ---------------------------------------------------------------- imports

TAKE = "all: what is new or changed is taken in as soon as the file is read, without a second request."


class ImportWish(Asked):
    take: Annotated[Literal["all"], Field(description=TAKE)] | None = None
    name: Annotated[
        Text, Field(max_length=200, description="Of the file, where the body is the file itself.")
    ] = ""


class PiecesWish(Asked):
    at: Annotated[
        int,
        Field(ge=0, le=10**15, description="At which byte of the file the body begins."),
        BeforeValidator(number),
    ]
    take: Annotated[Literal["all"], Field(description=f"{TAKE} It counts with the last piece.")] | None = None


class LargeFile(Given):
    """A file that comes in pieces."""

    size: Annotated[int, Field(ge=1, le=10**15, description="Bytes of the file."), Whole]
    name: Annotated[Text, Field(max_length=200)] = ""


class ItemsWish(Paged):
    state: Annotated[State, Field(description="Only sessions of this state.")] | None = None
    taken: Annotated[Flag, Field(description="true: only what was taken in, or could not be.")] = False


class Chosen(Given):
    """What of a file to take in. Without `items` and `states` it is as it was: at first all that is new or changed."""

    items: Annotated[
        list[Annotated[int, Field(ge=0, le=10**9), Whole]],
        Field(max_length=10_000, description="Sessions of the file by their `item`: these and no others."),
    ] = []
    states: Annotated[
        list[Literal["new", "changed", "here"]],
        Field(
            max_length=3,
            description="All of these states, beside `items`. A `new` one becomes a session, a `changed` one adds what is "
            "new to the session it came as before, one that is `here` is made a second time.",
        ),
    ] = []
    take: Annotated[bool, Field(description="false: the choice is only noted.")] = True


# ---------------------------------------------------------------- links

ShareTitle = Annotated[Text, Field(max_length=TITLE)]
About = Annotated[Text, Field(max_length=ABOUT, description="A sentence for the gallery.")]
Expires = Annotated[Moment | None, Field(description="When the link ends; null: never.")]


class NewShare(Given):
    """What readers see: the words, and beside them what is chosen here."""

    snapshot: Annotated[
        bool, Field(description="true: as the session is now. false: the session as it is when it is read.")
    ] = True
    title: Annotated[ShareTitle, Field(description="Without one that of the session.")] = ""
    about: About = ""
    tools: Annotated[bool, Field(description="Tool calls and results.")] = False
    thinking: bool = False
    names: Annotated[bool, Field(description="Who shared it, and who wrote what.")] = False
    costs: Annotated[bool, Field(description="Tokens and cost.")] = False
    files: Annotated[bool, Field(description="Files, with all that is in them.")] = False
    download: Annotated[bool, Field(description="It may be downloaded, and continued as a copy.")] = False
    listed: Annotated[bool, Field(description="In the gallery of this workspace.")] = False
    expires_at: Expires = None


class ShareChange(Given):
    """What is left out stays. A snapshot can show less than it was made with, never more."""

    title: ShareTitle = ""
    about: About = ""
    tools: bool = False
    thinking: bool = False
    names: bool = False
    costs: bool = False
    files: bool = False
    download: bool = False
    listed: bool = False
    expires_at: Expires = None
