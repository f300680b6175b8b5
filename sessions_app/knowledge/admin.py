"""Creators, videos, transcripts and references for staff. Who is a creator is theirs to say; the rest is read."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from sessions_app.admin.account_actions import within_reach
from sessions_app.admin.asking import chosen, counted
from sessions_app.admin.base import StaffAdmin
from sessions_app.admin.columns import OfMessage
from sessions_app.admin.filters import PersonFilter, YesOrNo
from sessions_app.admin.people import PersonField
from sessions_app.agent.labels.words import size_words
from sessions_app.agent.passages import clock
from sessions_app.models import User

from .actions.creators import grant_creator, revoke_creator
from .models import Creator, Reference, Transcript, Video

if TYPE_CHECKING:
    CreatorModelForm = forms.ModelForm[Creator]
else:
    CreatorModelForm = forms.ModelForm


class ReadOnly(StaffAdmin):
    """Nothing is added, changed or deleted here."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_delete_permission = has_change_permission

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """What people named it is theirs: without the permission it has no name in headings and crumbs either."""
        row = super().get_object(request, object_id, from_field)
        return row if row is None or self.calls_by_name(request) else self.nameless(row)


# ---------------------------------------------------------------- who may bring videos


class CreatorForm(CreatorModelForm):
    user = PersonField(label="Person", help_text="Name or address of an account.")

    class Meta:
        model = Creator
        fields = ("user",)

    def clean_user(self) -> User:
        person: User = self.cleaned_data["user"]
        if Creator.objects.filter(user=person).exists():
            raise forms.ValidationError(f"{person} is a creator already.")
        return person


@admin.register(Creator)
class CreatorAdmin(StaffAdmin):
    """Added is who gets the role, deleted who loses it; their videos stay."""

    recorded_below = ("added", "deleted")
    form = CreatorForm
    list_display = ("user", "videos", "granted_by", "granted_at")
    list_select_related = ("user", "granted_by")
    search_fields = ("user__username", "user__email")
    date_hierarchy = "granted_at"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["user", "videos", "granted_by", "granted_at"] if obj else ["user"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["user", "videos", "granted_by", "granted_at"] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Creator]:
        kept = Count("user__videos", filter=Q(user__videos__deleted_at__isnull=True))
        rows: QuerySet[Creator] = super().get_queryset(request)
        return rows.annotate(video_count=kept)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.is_open(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_open(request)

    @admin.display(description="videos", ordering="video_count")
    def videos(self, row: Any) -> int:
        return int(row.video_count)

    def save_model(self, request: HttpRequest, obj: Creator, form: Any, change: bool) -> None:
        grant_creator(person=obj.user, actor=request.user)
        obj.granted_by = request.user if isinstance(request.user, User) else None

    def delete_model(self, request: HttpRequest, obj: Creator) -> None:
        revoke_creator(person=obj.user, actor=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Creator]) -> None:
        for row in queryset.select_related("user"):
            revoke_creator(person=row.user, actor=request.user)


@admin.action(description="Make these people creators of videos", permissions=["change"])
def make_creators(model_admin: Any, request: HttpRequest, queryset: QuerySet[User]) -> None:
    people = within_reach(request, chosen(request, queryset) or [])
    done = sum(grant_creator(person=person, actor=request.user) for person in people)
    messages.success(request, f"{counted(done, 'person is a creator', 'people are creators')} now.")


@admin.action(description="Take the creator role back from these people", permissions=["change"])
def unmake_creators(model_admin: Any, request: HttpRequest, queryset: QuerySet[User]) -> None:
    people = within_reach(request, chosen(request, queryset) or [])
    done = sum(revoke_creator(person=person, actor=request.user) for person in people)
    words = f"{counted(done, 'person is no creator', 'people are no creators')} any more. Their videos stay."
    messages.success(request, words)


def offer(page: Any) -> None:
    page.actions = (*page.actions, make_creators, unmake_creators)


offer(admin.site.get_model_admin(User))


# ---------------------------------------------------------------- what is there


def video_link(key: UUID | None) -> str:
    """A video by its key: its name is its title, which is not for all staff."""
    if key is None:
        return "-"
    return format_html('<a href="{}">{}</a>', reverse("admin:knowledge_video_change", args=[key]), key)


class CreatorFilter(PersonFilter):
    title = "creator"
    way = "creator"


class DeletedFilter(YesOrNo):
    title = "deletion"
    parameter_name = "deleted"
    answers = (("no", "Kept"), ("yes", "Deleted"))
    condition = Q(deleted_at__isnull=False)


class FileFilter(YesOrNo):
    title = "file"
    parameter_name = "own_file"
    answers = (("yes", "With a file here"), ("no", "Elsewhere only"))
    condition = ~Q(file="")


@admin.register(Video)
class VideoAdmin(ReadOnly):
    text_fields = ("title", "description", "url", "file_name")
    list_display = (
        "id", "title", "creator", "visibility", "language", "length", "size", "versions", "references",
        "created_at", "deleted_at",
    )  # fmt: skip
    list_filter = (CreatorFilter, "visibility", "language", FileFilter, DeletedFilter)
    list_select_related = ("creator",)
    search_fields = ("title", "description")
    date_hierarchy = "created_at"
    fields = (
        "creator", "title", "description", "url", "file_name", "media_type", "size", "length", "language",
        "visibility", "listed", "versions", "references", "created_at", "updated_at", "deleted_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Video]:
        rows: QuerySet[Video] = super().get_queryset(request)
        return rows.annotate(
            version_count=_count(Transcript, "video"), reference_count=_count(Reference, "video")
        )

    @admin.display(description="length", ordering="length_ms")
    def length(self, row: Video) -> str:
        return clock(row.length_ms) if row.length_ms else "-"

    @admin.display(description="size", ordering="file_bytes")
    def size(self, row: Video) -> str:
        return size_words(row.file_bytes) if row.file else "-"

    @admin.display(description="transcripts", ordering="version_count")
    def versions(self, row: Any) -> int:
        return int(row.version_count)

    @admin.display(description="references", ordering="reference_count")
    def references(self, row: Any) -> int:
        return int(row.reference_count)

    @admin.display(description="listed people")
    def listed(self, row: Video) -> str:
        names = row.viewers.order_by("user__username").values_list("user__username", flat=True)
        return ", ".join(names) or "-"

    def nameless(self, row: Video) -> Video:
        unnamed = copy(row)
        unnamed.title = f"Video {row.pk}"
        return unnamed


def _count(model: Any, way: str) -> Coalesce:
    """Rows of a video, counted by themselves: joined, two counts would multiply each other."""
    rows = model.objects.filter(**{way: OuterRef("pk")}).order_by().values(way)
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


class OfVideo:
    """Mixin: the column `of` for rows with a foreign key `video`."""

    @admin.display(description="video", ordering="video")
    def of(self, row: Any) -> str:
        return video_link(row.video_id)


@admin.register(Transcript)
class TranscriptAdmin(OfVideo, ReadOnly):
    text_fields = ("source", "text", "cues", "problems", "error")
    list_display = ("id", "of", "number", "format", "status", "current", "indexed", "maker", "created_at")
    list_filter = ("status", "format", "current")
    list_select_related = ("maker",)
    date_hierarchy = "created_at"
    fields = (
        "of", "number", "format", "source", "text", "problems", "error", "status", "indexed", "current",
        "maker", "created_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transcript]:
        rows: QuerySet[Transcript] = super().get_queryset(request)
        return rows.defer("cues")

    @admin.display(description="passages")
    def indexed(self, row: Transcript) -> str:
        return f"{row.done:,} of {row.total:,}"

    def nameless(self, row: Transcript) -> Transcript:
        unnamed = copy(row)
        unnamed._state = copy(row._state)
        unnamed._state.fields_cache = {"video": Video(pk=row.video_id, title=f"Video {row.video_id}")}
        return unnamed


@admin.register(Reference)
class ReferenceAdmin(OfVideo, OfMessage, ReadOnly):
    text_fields = ("title",)
    list_display = ("id", "chat", "of", "title", "moment", "similarity", "at")
    list_select_related = ("message",)
    date_hierarchy = "at"
    fields = ("chat", "number", "of", "title", "moment", "similarity", "at")

    @admin.display(description="from, to", ordering="start_ms")
    def moment(self, row: Reference) -> str:
        return f"{clock(row.start_ms)} to {clock(row.end_ms)}"

    def nameless(self, row: Reference) -> Reference:
        unnamed = copy(row)
        unnamed.title = f"Reference {row.pk}"
        return unnamed
