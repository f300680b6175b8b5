"""What programs get of exports, imports and links. Lists take a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from pydantic import Field
from typing_extensions import TypedDict

from export_app.importers import uploads
from export_app.models import ExportJob, ImportItem, ImportJob, ShareLink
from export_app.options import Option
from export_app.renderers import Renderer
from export_app.shares.links import told
from sessions_app.api.operations import Listed

Value = bool | int | str


class OptionChoice(TypedDict):
    value: str
    label: str


class OptionShape(TypedDict):
    """`choices` of a choice, `least` and `most` of a number, `pattern` of a text."""

    name: str
    label: str
    type: Literal["switch", "choice", "number", "text"]
    default: Value
    choices: list[OptionChoice]
    least: int | None
    most: int | None
    pattern: str | None
    meaning: Annotated[str, Field(description="What may be given, in words; may be empty.")]


class FormatShape(TypedDict):
    name: str
    label: str
    media_type: str
    extension: str
    aliases: Annotated[list[str], Field(description="Other names that are understood.")]
    heavy: Annotated[
        bool,
        Field(
            description="Made by a child process: of a long session it is made by a job in the background."
        ),
    ]
    volume: Annotated[
        int | None, Field(description="Messages of one file at the most; more are numbered files of one ZIP.")
    ]
    options: list[OptionShape]


def format_shape(renderer: Renderer) -> FormatShape:
    return {
        "name": renderer.name,
        "label": renderer.label,
        "media_type": renderer.media_type,
        "extension": renderer.extension,
        "aliases": list(renderer.aliases),
        "heavy": renderer.heavy,
        "volume": renderer.volume or None,
        "options": [option_shape(each) for each in renderer.options],
    }


def option_shape(option: Option) -> OptionShape:
    number = option.kind == "number"
    return {
        "name": option.name,
        "label": option.label,
        "type": option.kind,
        "default": option.default,
        "choices": [{"value": value, "label": str(label)} for value, label in option.choices],
        "least": option.least if number else None,
        "most": option.most if number else None,
        "pattern": option.pattern if option.kind == "text" else None,
        "meaning": option.limits,
    }


# ---------------------------------------------------------------- export jobs


class JobShape(TypedDict):
    """`done` of `total` counts messages, in all formats."""

    id: UUID
    title: str
    status: Literal["queued", "running", "done", "failed", "cancelled", "expired"]
    cancelling: Annotated[bool, Field(description="It was told to end, and has not yet.")]
    formats: list[str]
    options: Annotated[dict[str, dict[str, Value]], Field(description="What was chosen, by format.")]
    done: int
    total: int
    doing: Annotated[str, Field(description="What it is at, in words.")]
    left_out: Annotated[list[str], Field(description="What is missing in the file, a sentence each.")]
    error: Annotated[str, Field(description="Why it failed.")]
    name: Annotated[str, Field(description="Of the file, once there is one.")]
    media_type: str
    size: Annotated[int | None, Field(description="Bytes.")]
    download: Annotated[str | None, Field(description="Path of the file, once there is one.")]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: Annotated[datetime | None, Field(description="Until when the file is kept.")]


def job_shapes(jobs: Iterable[ExportJob]) -> list[JobShape]:
    return [job_shape(job) for job in jobs]


def job_shape(job: ExportJob) -> JobShape:
    there = job.status == ExportJob.Status.DONE
    status: Any = job.status
    return {
        "id": job.pk,
        "title": job.title,
        "status": status,
        "cancelling": job.unfinished and job.cancel_requested_at is not None,
        "formats": job.formats,
        "options": job.options,
        "done": min(job.done, job.total),
        "total": job.total,
        "doing": job.doing if job.unfinished else "",
        "left_out": job.left_out,
        "error": job.error,
        "name": job.name,
        "media_type": job.media_type,
        "size": job.size if there else None,
        "download": reverse("api_export_download", args=[job.pk]) if there else None,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "expires_at": job.expires_at,
    }


# ---------------------------------------------------------------- imports


class FoundShape(TypedDict):
    """Sessions of the file by what they are, and what became of them."""

    new: int
    changed: Annotated[int, Field(description="They came before, and something of them is not here yet.")]
    here: Annotated[int, Field(description="Already here, all of them.")]
    broken: Annotated[int, Field(description="They cannot be read.")]
    chosen: int
    imported: int
    failed: Annotated[int, Field(description="They were chosen and could not be taken in.")]


class ImportShape(TypedDict):
    """`done` of `total` counts sessions."""

    id: UUID
    name: str
    status: Literal["receiving", "reading", "ready", "importing", "done", "failed", "cancelled", "expired"]
    cancelling: Annotated[bool, Field(description="It was told to end, and has not yet.")]
    format: Annotated[
        Literal["workspace", "chatgpt", "claude", ""],
        Field(description="Whose format it is; empty while that is not known."),
    ]
    size: Annotated[int, Field(description="Bytes of the file.")]
    received: Annotated[int, Field(description="Bytes that have come.")]
    found: FoundShape
    done: int
    total: int
    within: Annotated[int, Field(description="Messages that are stored of the session it is at.")]
    notes: Annotated[
        list[str], Field(description="What of the file as a whole is left out, a sentence each.")
    ]
    error: Annotated[str, Field(description="Why it failed.")]
    line: Annotated[int | None, Field(description="Where in the file that was.")]
    place: str
    created_at: datetime
    finished_at: datetime | None


class ItemShape(TypedDict):
    """A session of a file."""

    item: Annotated[int, Field(description="Its number, by which it is chosen.")]
    title: str
    state: Literal["new", "changed", "here", "broken"]
    chosen: bool
    messages: int
    new_messages: int
    last_activity_at: datetime | None
    notes: Annotated[list[str], Field(description="What of it is left out, a sentence each.")]
    problem: Annotated[str, Field(description="Why it cannot be taken in.")]
    line: int | None
    session: Annotated[
        UUID | None, Field(description="The session that it is here already, or that it became.")
    ]
    taken_at: Annotated[
        datetime | None, Field(description="When it was taken in, or found that it cannot be.")
    ]


class WholeImportShape(ImportShape):
    items: Listed[ItemShape]


def import_shapes(jobs: Sequence[ImportJob]) -> list[ImportShape]:
    """Imports; one more query for all of them."""
    counts = counted(jobs)
    return [import_shape(job, counts.get(job.pk, {})) for job in jobs]


def counted(jobs: Sequence[ImportJob]) -> dict[UUID, dict[str, int]]:
    broken, taken = Q(state=ImportItem.State.BROKEN), Q(taken_at__isnull=False)
    wanted = {
        **{state: Q(state=state) for state in ImportItem.State.values},
        "chosen": Q(chosen=True) & ~broken,
        "imported": taken & ~broken,
        "failed": taken & broken,
    }
    counts: dict[str, Any] = {f"of_{name}": Count("pk", filter=where) for name, where in wanted.items()}
    rows = ImportItem.objects.filter(job__in=[job.pk for job in jobs]).order_by().values("job")
    found: Any = rows.annotate(**counts)
    return {row["job"]: {name: row[f"of_{name}"] for name in wanted} for row in found}


def import_shape(job: ImportJob, counts: dict[str, int]) -> ImportShape:
    found: Any = {name: counts.get(name, 0) for name in FoundShape.__annotations__}
    status: Any = job.status
    source: Any = job.source
    coming = job.status == ImportJob.Status.RECEIVING
    return {
        "id": job.pk,
        "name": job.name,
        "status": status,
        "cancelling": job.busy and job.cancel_requested_at is not None,
        "format": source,
        "size": job.size,
        "received": uploads.length(job.stored) if coming else job.size,
        "found": found,
        "done": job.done,
        "total": job.total,
        "within": job.within,
        "notes": job.notes,
        "error": job.error,
        "line": job.line,
        "place": job.place,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


def item_shapes(items: Iterable[ImportItem]) -> list[ItemShape]:
    return [item_shape(item) for item in items]


def item_shape(item: ImportItem) -> ItemShape:
    state: Any = item.state
    return {
        "item": item.position,
        "title": item.title,
        "state": state,
        "chosen": item.chosen,
        "messages": item.messages,
        "new_messages": item.fresh,
        "last_activity_at": item.at,
        "notes": item.notes,
        "problem": item.problem,
        "line": item.line,
        "session": item.session_id,
        "taken_at": item.taken_at,
    }


# ---------------------------------------------------------------- links


class ShareShape(TypedDict):
    id: UUID
    session: UUID
    url: Annotated[
        str | None,
        Field(
            description="The address for whoever is to read it; null where no present key opens it, and for a token "
            "without the scope export."
        ),
    ]
    state: Annotated[
        Literal["working", "expired", "revoked", "closed"],
        Field(description="closed: its session is deleted."),
    ]
    snapshot: bool
    messages: Annotated[int | None, Field(description="Of a snapshot.")]
    title: str
    about: str
    tools: bool
    thinking: bool
    names: bool
    costs: bool
    files: bool
    download: bool
    listed: Annotated[bool, Field(description="Whether it is in the gallery.")]
    removed: Annotated[str | None, Field(description="Why staff took it out of the gallery, where they did.")]
    expires_at: datetime | None
    created_at: datetime
    revoked_at: datetime | None


def share_shape(row: ShareLink, host: str) -> ShareShape:
    """A link, whose session should have been fetched with it. `host` is "https://name"."""
    link = told(row, host)
    return {
        "id": row.pk,
        "session": row.session_id,
        "url": link.address or None,
        "state": state_of(row),
        "snapshot": row.snapshot,
        "messages": int(row.head.get("messages", 0)) if row.snapshot else None,
        "title": link.title,
        "about": row.about,
        "tools": row.tools,
        "thinking": row.thinking,
        "names": row.names,
        "costs": row.costs,
        "files": row.files,
        "download": row.download,
        "listed": row.listed,
        "removed": row.removed_why if row.removed_at else None,
        "expires_at": row.expires_at,
        "created_at": row.created_at,
        "revoked_at": row.revoked_at,
    }


def state_of(row: ShareLink) -> Literal["working", "expired", "revoked", "closed"]:
    if row.revoked_at:
        return "revoked"
    if row.expired:
        return "expired"
    return "closed" if row.session.deleted_at else "working"
