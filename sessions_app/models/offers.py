"""Which models are offered, to whom, and how each provider stands."""

from __future__ import annotations

from typing import Any

from django.db import models


class ModelOffer(models.Model):
    """What staff decided about one model, or what a provider's list said of one that the catalog does not know.

    `model` is the id people choose by; that of a compatible server begins with the server's name (`ollama/llama3.2`).
    Without a row a model of the catalog is offered to everybody; one that came from a list only where `offered` is set.
    Empty figures are the catalog's. `fallbacks` are ids of models in the order in which they answer where this one
    cannot; None is the usual order, [] none at all.
    """

    class Audience(models.TextChoices):
        EVERYONE = "everyone", "Everyone"
        PREMIUM = "premium", "Premium plan"
        STAFF = "staff", "Staff"

    class Source(models.TextChoices):
        CATALOG = "catalog", "Catalog"
        LISTED = "listed", "The provider's list"
        STAFF = "staff", "Entered by staff"

    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=120, unique=True)
    label = models.CharField(max_length=120, blank=True)
    offered = models.BooleanField(default=True)
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.EVERYONE)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.CATALOG)
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens.")
    max_output = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens of an answer.")
    pictures = models.BooleanField(null=True, blank=True)
    tools = models.BooleanField(null=True, blank=True)
    fallbacks: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    listed_at = models.DateTimeField(null=True, blank=True, help_text="When the provider's list last had it.")
    gone = models.BooleanField(default=False, help_text="The provider's list does not have it any more.")

    class Meta:
        ordering = ("position", "provider", "model")
        verbose_name, verbose_name_plural = "offered model", "models"

    def __str__(self) -> str:
        return self.label or self.model


class ProviderState(models.Model):
    """How a provider stands, as the calls of all processes found it. Left out while `open_until` lies ahead; then one
    call tries it again."""

    provider = models.CharField(max_length=40, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    opened_at = models.DateTimeField(null=True, blank=True)
    open_until = models.DateTimeField(null=True, blank=True)
    last_failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=40, blank=True, help_text="The kind of the last failure.")
    last_worked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("provider",)

    def __str__(self) -> str:
        return self.provider
