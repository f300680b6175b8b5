"""What happened in sessions, added up by day, and what a message was judged to be about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q

from analytics_app.facts import EDITION
from sessions_app.models import Message

if TYPE_CHECKING:
    from sessions_app.models import User


class QuickDecoder(json.JSONDecoder):
    """A year of days is three megabytes: the standard decoder takes five times as long."""

    def decode(self, s: str, *args: Any) -> Any:
        return orjson.loads(s)


class DailyActivityQuerySet(models.QuerySet["DailyActivity"]):
    def for_user(self, user: User | Any) -> Self:
        """The days of the sessions this person owns; a day on which nothing happened there has no row."""
        return self.filter(scope=DailyActivity.Scope.PERSON, user=user.pk)

    def all_for_staff(self, user: User | Any) -> Self:
        if not user.is_staff:
            raise PermissionDenied
        return self.everyones()

    def everyones(self) -> Self:
        """One row for every day that is rolled up, empty ones too: it tells that the rows of people are there."""
        return self.filter(scope=DailyActivity.Scope.EVERYONE)

    def whole(self) -> Self:
        """Days of which everything is kept that is told today."""
        return self.filter(edition=EDITION)


class DailyActivity(models.Model):
    """One day of one time zone, of everyone or of the sessions one person owns.

    `facts` are the numbers of `analytics_app.facts`, `authors` who wrote how many messages, `terms` in how many
    messages a topic is. Replies and tool calls count on the day their reply ended, so that a day that is over changes
    no more.
    """

    class Scope(models.TextChoices):
        EVERYONE = "everyone", "Everyone"
        PERSON = "person", "One person"

    zone = models.CharField(max_length=64, help_text="IANA name of the time zone the day belongs to.")
    day = models.DateField()
    scope = models.CharField(max_length=8, choices=Scope.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="daily_activity",
    )
    edition = models.PositiveSmallIntegerField(
        default=1,
        help_text="What is kept of a day; another edition than the newest is read as if it were not there.",
    )
    sessions = models.PositiveIntegerField(help_text="Sessions with a message of this day.")
    facts: models.JSONField[Any, Any] = models.JSONField(default=dict, decoder=QuickDecoder)
    authors: models.JSONField[Any, Any] = models.JSONField(default=dict, decoder=QuickDecoder)
    terms: models.JSONField[Any, Any] = models.JSONField(default=dict, decoder=QuickDecoder)

    objects = DailyActivityQuerySet.as_manager()

    class Meta:
        ordering = ("zone", "day")
        verbose_name_plural = "daily activity"
        constraints = [
            models.UniqueConstraint(fields=["user", "zone", "day"], name="one_active_day_a_person"),
            models.UniqueConstraint(
                fields=["zone", "day"], condition=Q(scope="everyone"), name="one_active_day_of_everyone"
            ),
        ]
        indexes = [models.Index(fields=["scope", "zone", "day"], name="activity_scope_zone_day")]

    def __str__(self) -> str:
        return f"{self.scope} {self.day} {self.zone}"


class Judgement(models.Model):
    """The mood of a person's message (-1 to 1) and the terms in it, told locally some minutes after it was sent."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="judgement"
    )
    sentiment = models.FloatField()
    topics: models.JSONField[Any, Any] = models.JSONField(default=list, decoder=QuickDecoder)

    def __str__(self) -> str:
        return f"{self.message_id} {self.sentiment:+.2f}"
