"""What people put on messages: reactions, annotations, ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .fields import uuid7
from .messages import Message
from .sessions import readable_by

if TYPE_CHECKING:
    from .people import User


class MarkQuerySet(models.QuerySet["Mark"]):
    def for_user(self, user: User | Any) -> Self:
        return self.filter(readable_by(user, "message__session"))

    def ratings(self) -> Self:
        return self.filter(kind=Mark.Kind.RATING)

    def shown(self) -> Self:
        """Oldest first, with the names of those who made them and nothing else of theirs."""
        columns = [field.attname for field in Mark._meta.concrete_fields]
        return self.select_related("user").only(*columns, "user__username").order_by("id")


class Mark(models.Model):
    """One mark of one person on one message.

    A rating's `value` is 1 (good) or -1 (bad), with `stars` (1 to 5) and a reason in `comment` where given. A reaction
    is its `emoji`. An annotation is its `comment`, on the text `quote` that begins `quote_at` characters into the shown
    text, or on the whole message where that is empty.
    """

    class Kind(models.TextChoices):
        REACTION = "reaction", "Reaction"
        ANNOTATION = "annotation", "Annotation"
        RATING = "rating", "Rating"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="marks")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="marks"
    )
    made_by = models.CharField(
        max_length=150, null=True, blank=True, help_text="Who made it elsewhere, for one that was imported."
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.SmallIntegerField(null=True, blank=True)
    comment = models.CharField(max_length=1000, blank=True)
    stars = models.PositiveSmallIntegerField(null=True, blank=True)
    emoji = models.CharField(max_length=32, blank=True)
    quote = models.CharField(max_length=1000, blank=True)
    quote_at = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MarkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["kind", "created_at"], name="mark_by_kind")]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "user"], condition=Q(kind="rating"), name="one_rating_a_person"
            ),
            models.CheckConstraint(
                condition=~Q(kind="rating") | Q(value__in=[-1, 1]), name="rating_is_good_or_bad"
            ),
            models.UniqueConstraint(
                fields=["message", "user", "emoji"],
                condition=Q(kind="reaction"),
                name="one_reaction_an_emoji",
            ),
            models.CheckConstraint(
                condition=Q(stars__isnull=True) | Q(stars__range=(1, 5)), name="one_to_five_stars"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def by(self) -> str:
        """The name of who made it, here or where it came from."""
        return self.user.get_username() if self.user else (self.made_by or "")
