"""What a POST of htmx says when it was done: a toast here, or one left for the page that follows."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse


def toast(text: str, *, undo: str = "") -> HttpResponse:
    """Nothing but a toast; `undo` is the address of the POST that takes it back."""
    response = HttpResponse(status=204)
    response.headers["HX-Trigger"] = triggering("show-toast", text, undo)
    return response


def leave_for(request: HttpRequest, address: str, text: str, *, undo: str = "") -> HttpResponse:
    """To another page, which shows the toast; `undo` as there."""
    if not request.headers.get("HX-Request"):
        return HttpResponse(status=303, headers={"Location": address})
    response = HttpResponse(status=204, headers={"HX-Redirect": address})
    response.headers["HX-Trigger"] = triggering("leave-toast", text, undo)
    return response


def triggering(event: str, text: str, undo: str = "") -> str:
    """The header's value. The event goes to the body: a frame may have taken away what was pressed."""
    detail = {"text": text, "target": "body"} | ({"undo": undo} if undo else {})
    return json.dumps({event: detail})
