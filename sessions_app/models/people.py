"""People, their tokens, and the record of who opened what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.utils import timezone
from knox.models import AbstractAuthToken, AuthTokenManager

from .fields import uuid7


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """Someone who may log in. Administrators are made by command only."""

    class Plan(models.TextChoices):
        FREE = "free", "Free"
        PREMIUM = "premium", "Premium"

    plan = models.CharField(max_length=16, choices=Plan.choices, default=Plan.FREE)
    preferences: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)

    @property
    def zone(self) -> tzinfo:
        """Their own time zone (preference `time_zone`, an IANA name), else the site's."""
        try:
            return ZoneInfo(self.preferences["time_zone"])
        except (KeyError, TypeError, ValueError, OSError, ZoneInfoNotFoundError):
            return timezone.get_current_timezone()

    @property
    def reads_others(self) -> bool:
        """Whether texts of other people may be shown to this person many sessions at once: not where each of them takes
        a reason of its own."""
        return self.is_staff and self.has_perm("sessions_app.view_message") and not settings.REVIEW_REASON

    def lay_down_staff_rights(self) -> None:
        """From here on, and in this object alone, somebody like everybody else: for what acts in the name of staff
        without being allowed what only staff may do. Such an object cannot be saved whole."""
        self.is_staff = self.is_superuser = False
        self._perm_cache: set[str] = set()  # where Django's backends look first
        self._laid_down = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        fields = None if update_fields is None else frozenset(update_fields)
        if getattr(self, "_laid_down", False) and (fields is None or fields & {"is_staff", "is_superuser"}):
            raise RuntimeError("Somebody whose rights were laid down for a moment would lose them for good.")
        super().save(*args, update_fields=fields, **kwargs)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(user=user.pk)

    def living(self) -> Self:
        """Those that open something: not expired, their person not disabled."""
        return self.filter(Q(expiry__isnull=True) | Q(expiry__gt=timezone.now()), user__is_active=True)


class ApiToken(AbstractAuthToken):
    """A program's key: stored hashed, shown once, dead with its person and from `expiry` on.

    `public_id` names it where its digest must not stand: in addresses, and in what was made with it.
    """

    SCOPES = ("read", "write", "chat", "export", "activity", "admin")
    USUAL = ("read", "write", "chat")
    PREFIX = 8
    holds_back = False  # whether its person is staff and it was not given what only staff may do; known once it is used

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80, default="token")
    scopes: models.JSONField[Any, Any] = models.JSONField(default=list)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = AuthTokenManager.from_queryset(ApiTokenQuerySet)()

    class Meta(AbstractAuthToken.Meta):
        abstract = False
        verbose_name = "API token"
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    def allows(self, scope: str) -> bool:
        """What staff may do only as long as its person is staff."""
        return scope in self.scopes and (scope != "admin" or self.user.is_staff)

    @property
    def prefix(self) -> str:
        """How it begins: people tell theirs apart by that."""
        return str(self.token_key)[: self.PREFIX]

    @property
    def expired(self) -> bool:
        return self.expiry is not None and self.expiry <= timezone.now()


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def for_user(self, user: User | Any) -> Self:
        """What others did with what is this person's."""
        return self.filter(person=user.pk).exclude(actor=user.pk)

    def all_for_staff(self, user: User | Any) -> Self:
        if not user.has_perm("sessions_app.view_auditentry"):
            raise PermissionDenied
        return self.all()

    def openings(self) -> Self:
        """Texts were read; not what was changed."""
        began = Q()
        for word in AuditEntry.READING:
            began |= Q(action__startswith=f"{word} ")
        return self.filter(began)

    def told(self) -> Self:
        """What the person concerned is told of: readings, and what was done to what is theirs."""
        return self.openings() | self.filter(action__in=AuditEntry.DEEDS)


class AuditEntry(models.Model):
    """Staff opened something that belongs to someone else, or changed something.

    `person` is the one concerned, `session_key` the session it was about, also when that is gone. `detail` says what was
    changed from what to what, never a secret and no text of messages; `reason` is what staff gave where they are asked.
    An action begins with what was done; with a word of READING, texts were read.
    """

    READING = ("opened", "read", "searched", "exported", "downloaded")
    DEEDS = (
        "archived session", "brought session back", "changed chat session", "changed user", "changed plan",
        "set budget", "removed budget", "revoked token", "revoked tokens",
        "removed from gallery",
    )  # fmt: skip

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="audit_entries")
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, help_text="Model and key of what was opened.")
    detail = models.CharField(max_length=500, blank=True)
    person = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="audited", db_index=False
    )
    session_key = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ("-at",)
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["person", "-id"], name="audit_of_person"),
            models.Index(
                fields=["session_key", "-id"],
                condition=Q(session_key__isnull=False),
                name="audit_of_session",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"
