"""Actions of a list that ask for something first: the same page as a form, then what was done in numbers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

MOST = 1_000


def chosen(request: HttpRequest, rows: QuerySet[Any]) -> list[Any] | None:
    """The chosen rows; None, with words for the person, where they are too many."""
    found = list(rows[: MOST + 1])
    if len(found) > MOST:
        messages.error(
            request, f"At most {MOST:,} at once. Nothing was done. Filter the list, or choose fewer."
        )
        return None
    return found


def answered(request: HttpRequest, form: type[forms.Form]) -> forms.Form:
    """The form as it was sent; empty where it was not sent yet."""
    return form(request.POST if "answered" in request.POST else None)


def ask(
    request: HttpRequest,
    around: dict[str, Any],
    form: forms.Form,
    *,
    title: str,
    words: str,
    button: str,
) -> TemplateResponse:
    """The page that asks, in the place of the list. `words` say what will happen. The rows are named as the list named
    them: by their keys on one page of it, or as all that its filters leave."""
    context = {
        **around,
        "title": title,
        "words": words,
        "button": button,
        "form": form,
        "keys": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "across": request.POST.get("select_across", "0"),
        "action": request.POST["action"],
        "checkbox": helpers.ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/ask.html", context)


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
