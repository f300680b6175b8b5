"""Why staff read what others wrote: asked before it is shown where the operator wants that (REVIEW_REASON).

A reason holds for one session and an hour, in the login of whoever gave it; the one concerned is shown it.
"""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from sessions_app.actions import audit
from sessions_app.rendering import clean_text

KEPT = 3600  # seconds
STORED = "review_reasons"
FIELD = "review_reason"


class ReasonForm(forms.Form):
    review_reason = forms.CharField(
        label="Reason",
        min_length=10,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text="10 to 300 characters. The owner is shown it, with your name and the time.",
    )

    def clean_review_reason(self) -> str:
        reason = " ".join(clean_text(self.cleaned_data[FIELD]).split())
        if len(reason) < 10:
            raise forms.ValidationError("A reason has at least 10 characters.")
        return reason


def given(request: HttpRequest, row: Model) -> str | None:
    """The reason that holds; empty where none is asked for, None where one has to be given first."""
    if not settings.REVIEW_REASON:
        return ""
    reason, at = request.session.get(STORED, {}).get(_key(row), ("", 0.0))
    return reason if reason and time.time() - at < KEPT else None


def ask(request: HttpRequest, row: Model, around: dict[str, Any]) -> HttpResponse:
    """The form in the place of the page; a reason that was sent is kept, and the page asked for again."""
    form = ReasonForm(request.POST if FIELD in request.POST else None)
    if form.is_valid():
        now = time.time()
        kept = {key: told for key, told in request.session.get(STORED, {}).items() if now - told[1] < KEPT}
        request.session[STORED] = kept | {_key(row): (form.cleaned_data[FIELD], now)}
        return HttpResponseRedirect(request.get_full_path())
    context = {**around, "title": _("Why do you read this?"), "form": form}
    return TemplateResponse(request, "admin/reason.html", context, status=422 if form.errors else 200)


def is_sent(request: HttpRequest) -> bool:
    return request.method == "POST" and FIELD in request.POST


def _key(row: Model) -> str:
    return str(audit.concerned(row)[1] or f"{row._meta.model_name} {row.pk}")
