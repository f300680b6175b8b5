"""`Idempotency-Key` of requests (see `actions.idempotency`)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.idempotency import Answered, do_once

HEADER = "Idempotency-Key"
FORM = re.compile(r"[\x21-\x7e]{1,200}\Z")


def key_of(request: Request) -> str:
    """The key of a request, empty where it has none. Raises 400 for what is no key."""
    key = request.headers.get(HEADER, "")
    if key and not FORM.match(key):
        raise ValidationError({HEADER: ["1 to 200 visible ASCII characters."]})
    return key


def once(request: Request, operation: str, content: object, make: Callable[[], Response]) -> Response:
    """What `make` answers, or what it answered before under this request's key; without a key it is simply done.
    `content` is what was asked, as JSON values. `make` runs within a write transaction then: nothing slow."""
    key = key_of(request)
    if not key:
        return make()
    asked = json.dumps(content, sort_keys=True, default=str).encode()

    def made() -> Answered:
        response = make()
        return Answered(response.status_code, JSONRenderer().render(response.data).decode())

    answer = do_once(
        user=request.user,
        operation=operation,
        key=key,
        fingerprint=hashlib.sha256(asked).hexdigest(),
        make=made,
    )
    headers = {"Idempotency-Replayed": "true"} if answer.again else None
    return Response(json.loads(answer.content), answer.status, headers=headers)
