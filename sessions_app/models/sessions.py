"""Chats and who belongs to them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings as config
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from sessions_app.prepared import Rows, Select, given

from .fields import MoneyField, uuid7

if TYPE_CHECKING:
    from .people import User

STALE_AFTER = timedelta(hours=24)
TRASH_KEPT = timedelta(days=30)


def readable_by(user: User | Any, chat: str = "session") -> Q:
    """Of rows that hang on a chat (`chat` is the way to it): those whose chat this person owns or is a member of, as
    `ChatSession.for_user`. Joined, so that a row is looked up by its key; asked as `session in (…)` all of a person's
    chats are gathered first, which for 100,000 takes 50 ms."""
    member = SessionMember.objects.filter(user=user.pk).values("session")
    may = Q(**{f"{chat}__owner": user.pk}) | Q(**{f"{chat}__in": member})
    return may & Q(**{f"{chat}__deleted_at__isnull": True})


class ChatSessionQuerySet(models.QuerySet["ChatSession"]):
    def for_user(self, user: User | Any) -> Self:
        """Chats this person owns or is a member of; the only way in for pages, API and sockets."""
        member = SessionMember.objects.filter(user=user.pk).values("session")
        return self.filter(Q(owner=user.pk) | Q(pk__in=member), deleted_at__isnull=True)

    def owned_by(self, user: User | Any) -> Self:
        """One half of `for_user`, and what a person may put in order: asked by itself it walks an index."""
        return self.filter(owner=user.pk, deleted_at__isnull=True)

    def shared_with(self, user: User | Any) -> Self:
        """The other half: those of others that this person is a member of."""
        member = SessionMember.objects.filter(user=user.pk).values("session")
        return self.filter(pk__in=member, deleted_at__isnull=True)

    def deleted_by(self, user: User | Any) -> Self:
        """One's own that were deleted, as long as they can be brought back. One that is being made is deleted before it
        began (see `actions.branching.unmade`): nobody deleted that."""
        made = self.filter(owner=user.pk, deleted_at__gte=timezone.now() - TRASH_KEPT)
        return made.exclude(deleted_at__lt=F("created_at"))

    def all_for_staff(self, user: User | Any) -> Self:
        """Everyone's chats with their titles, for staff who read others'."""
        if not user.reads_others:
            raise PermissionDenied
        return self.all()

    def recent(self) -> Self:
        return self.filter(archived_at__isnull=True, kind=ChatSession.Kind.CHAT).order_by(
            "-last_activity_at", "-pk"
        )

    def thread_of(self, user: User | Any) -> ChatSession | None:
        """The one this person's programs write in without naming it, once there is one."""
        return self.owned_by(user).filter(kind=ChatSession.Kind.THREAD).first()

    def unused(self) -> Self:
        """Those with nothing in them yet: no message, not even a deleted one, no draft, no file, no name, no settings."""
        rows = self.filter(message_count=0, title="", archived_at__isnull=True, kind=ChatSession.Kind.CHAT)
        rows = rows.filter(starred=False, template=None, settings={}, tags=None)
        return rows.filter(messages=None, pending=None, drafts=None, attachments=None)

    def current(self) -> ChatSession | None:
        """The chat a message without a chat goes to: the newest, unless it is older than 24 hours."""
        newest = self.recent().first()
        return newest if newest and timezone.now() - newest.last_activity_at < STALE_AFTER else None


class ChatSession(models.Model):
    """One conversation: a tree of messages of which one path is shown.

    `version` rises with every committed change; `structure_version` with those that take messages away or
    reorder them. `branched_from` is the message of `parent` at which this chat left it; `context_from` the last message
    that is not sent to the model any more, as long as it is on the shown path. The sums repeat the ledger's, so that no page has to add up a long one; `doctor` compares.
    """

    class Kind(models.TextChoices):
        CHAT = "chat", "Chat"
        THREAD = "thread", "Thread"

    class TitleSource(models.TextChoices):
        NONE = "none", "None yet"
        MODEL = "model", "Written by the model"
        PERSON = "person", "Written by a person"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(config.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chats")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.CHAT)
    title = models.CharField(max_length=120, blank=True)
    title_source = models.CharField(max_length=8, choices=TitleSource.choices, default=TitleSource.NONE)
    provider = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    starred = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="branches"
    )
    branched_from = models.ForeignKey(
        "Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="branches"
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged"
    )
    context_from = models.ForeignKey(
        "Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    template = models.ForeignKey(
        "SessionTemplate",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="chats",
        db_index=False,
    )

    version = models.PositiveBigIntegerField(default=0)
    structure_version = models.PositiveBigIntegerField(default=0)
    message_count = models.PositiveIntegerField(default=0)
    tool_count = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    cached_tokens = models.PositiveBigIntegerField(default=0)
    cache_write_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cost = MoneyField(default=0)
    unpriced_calls = models.PositiveIntegerField(default=0)
    runtime_ms = models.PositiveBigIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    last_activity_at = models.DateTimeField(default=timezone.now)
    members: models.ManyToManyField[User, SessionMember] = models.ManyToManyField(
        config.AUTH_USER_MODEL, through="SessionMember", related_name="shared_chats"
    )

    objects = ChatSessionQuerySet.as_manager()

    class Meta:
        ordering = ("-last_activity_at",)
        indexes = [
            models.Index(fields=["owner", "-last_activity_at"], name="chat_owner_activity"),
            models.Index(fields=["-last_activity_at"], condition=Q(deleted_at=None), name="chat_activity"),
            models.Index(fields=["created_at"], condition=Q(deleted_at=None), name="chat_by_start"),
            # What a person's list walks, newest activity first; the key tells those of one moment apart.
            models.Index(
                fields=["owner", "-last_activity_at", "-id"],
                condition=Q(deleted_at=None, archived_at=None),
                name="chat_list",
            ),
            models.Index(
                fields=["owner", "-last_activity_at", "-id"],
                condition=Q(deleted_at=None, archived_at__isnull=False),
                name="chat_archived",
            ),
            models.Index(
                fields=["owner", "-last_activity_at", "-id"],
                condition=Q(deleted_at=None, starred=True),
                name="chat_starred",
            ),
            models.Index(
                fields=["owner", "-deleted_at", "-id"],
                condition=Q(deleted_at__isnull=False),
                name="chat_deleted",
            ),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="chat_by_deletion"
            ),
            # Asked by the database itself whenever a message goes for good.
            models.Index(
                fields=["context_from"], condition=Q(context_from__isnull=False), name="chat_context"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(kind="thread"), name="one_thread_a_person"),
        ]

    def __str__(self) -> str:
        return self.title or "New session"

    def get_absolute_url(self) -> str:
        return reverse("session", args=[self.pk])

    @classmethod
    def readable_by(cls, person: int, chat: UUID) -> ChatSession | None:
        """One chat that an active person owns or is a member of: `for_user` for sockets, where it is asked often."""
        found = _with_owner.first(chat=chat)
        if found is None or found.owner_id == person:
            return found if found is not None and found.owner.is_active else None
        return found if _membership.any(chat=chat, person=person) else None

    @classmethod
    def writable_by(cls, person: int | None, chat: UUID) -> ChatSession | None:
        """One chat this person may write in: their own, or one they were made a writer of."""
        found = _with_owner.first(chat=chat)
        if found is None or found.owner_id == person:
            return found
        return found if _writing.any(chat=chat, person=person) else None

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.cached_tokens + self.cache_write_tokens + self.output_tokens


class SessionTag(models.Model):
    """One tag of a chat; `owner` is the chat's, so that one's own tags are found without the chats."""

    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="tags")
    owner = models.ForeignKey(
        config.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["session", "name"], name="one_tag_a_name")]
        indexes = [models.Index(fields=["owner", "name", "session"], name="tag_of_owner")]

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """When a person last looked at a chat: what happened there since is unread."""

    user = models.ForeignKey(
        config.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visits", db_index=False
    )
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="visits")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "session"], name="one_visit_a_session")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.session_id}"


class OpenTabQuerySet(models.QuerySet["OpenTab"]):
    def for_user(self, user: User | Any) -> Self:
        """A person's tabs of chats they may still read; closed ones too."""
        return self.filter(readable_by(user), user=user.pk)


class OpenTab(models.Model):
    """A chat that stands open as a tab in a person's workspace, or was closed a while ago."""

    user = models.ForeignKey(
        config.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tabs", db_index=False
    )
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="tabs")
    position = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = OpenTabQuerySet.as_manager()

    class Meta:
        ordering = ("position", "id")
        constraints = [models.UniqueConstraint(fields=["user", "session"], name="one_tab_a_session")]

    def __str__(self) -> str:
        return f"tab {self.session_id} of {self.user_id}"


class SessionMember(models.Model):
    """Someone else who may read or write in a chat."""

    class Role(models.TextChoices):
        WRITER = "writer", "Writer"
        READER = "reader", "Reader"

    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(config.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.READER)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="one_membership_a_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.session}"


_with_owner = Select(
    lambda: ChatSession.objects.filter(pk=given("chat"), deleted_at__isnull=True).select_related("owner")
)
_membership = Rows(
    lambda: SessionMember.objects.filter(
        session=given("chat"), user=given("person"), user__is_active=True
    ).values_list("pk")
)
_writing = Rows(
    lambda: (
        SessionMember.objects.filter(session=given("chat"), user=given("person"))
        .exclude(role=SessionMember.Role.READER)
        .values_list("pk")
    )
)
