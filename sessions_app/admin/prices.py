"""Prices staff set; they win over the maintained table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils import timezone

from sessions_app.models import ModelPrice

from .base import StaffAdmin
from .columns import ModelFilter, exact

if TYPE_CHECKING:
    PriceModelForm = forms.ModelForm[ModelPrice]
else:
    PriceModelForm = forms.ModelForm

KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


class PerMillion(forms.DecimalField):
    """USD for a million tokens, to the last digit the database keeps."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label, min_value=0, max_digits=18, decimal_places=10, help_text="USD per million tokens"
        )

    def prepare_value(self, value: Any) -> Any:
        return format(value.normalize(), "f") if hasattr(value, "normalize") else value


class PriceForm(PriceModelForm):
    """A price and its period. Two periods of one model never overlap."""

    input = PerMillion("Input")
    cache_read = PerMillion("Read from the cache")
    cache_write_5m = PerMillion("Written to the cache for 5 minutes")
    cache_write_1h = PerMillion("Written to the cache for 1 hour")
    output = PerMillion("Output")

    class Meta:
        model = ModelPrice
        fields = ("provider", "model", "valid_from", "valid_until", *KINDS, "note")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        begin, end = values.get("valid_from"), values.get("valid_until")
        if begin and end and end <= begin:
            self.add_error("valid_until", "A price ends after it begins.")
        elif begin and values.get("provider") and values.get("model"):
            self.refuse_overlap(values)
        return values

    def refuse_overlap(self, values: dict[str, Any]) -> None:
        begin, end = values["valid_from"], values.get("valid_until")
        others = ModelPrice.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=begin),
            provider=values["provider"],
            model=values["model"],
        ).exclude(pk=self.instance.pk)
        other = (others.filter(valid_from__lt=end) if end else others).order_by("valid_from").first()
        if other is not None:
            self.add_error(
                "valid_from",
                f"This overlaps the price of {period(other)}. End that one first, or begin later.",
            )


def period(price: ModelPrice) -> str:
    """From when until when, in words, in the site's time zone."""
    begin, end = price.valid_from, price.valid_until
    words = f"{price.provider} {price.model} from {timezone.localtime(begin):%Y-%m-%d %H:%M}"
    return f"{words} until {timezone.localtime(end):%Y-%m-%d %H:%M}" if end else f"{words} on"


@admin.register(ModelPrice)
class ModelPriceAdmin(StaffAdmin):
    form = PriceForm
    list_display = (
        "model", "provider", "valid_from", "valid_until", "input_usd", "cache_read_usd", "cache_write_5m_usd",
        "cache_write_1h_usd", "output_usd", "note",
    )  # fmt: skip
    list_filter = ("provider", ModelFilter)
    search_fields = ("provider", "model", "note")
    date_hierarchy = "valid_from"

    @admin.display(description="input", ordering="input")
    def input_usd(self, row: ModelPrice) -> str:
        return exact(row.input)

    @admin.display(description="cache read", ordering="cache_read")
    def cache_read_usd(self, row: ModelPrice) -> str:
        return exact(row.cache_read)

    @admin.display(description="cache write 5 min", ordering="cache_write_5m")
    def cache_write_5m_usd(self, row: ModelPrice) -> str:
        return exact(row.cache_write_5m)

    @admin.display(description="cache write 1 h", ordering="cache_write_1h")
    def cache_write_1h_usd(self, row: ModelPrice) -> str:
        return exact(row.cache_write_1h)

    @admin.display(description="output", ordering="output")
    def output_usd(self, row: ModelPrice) -> str:
        return exact(row.output)
