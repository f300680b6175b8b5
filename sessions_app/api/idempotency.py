"""`Idempotency-Key` of requests (see `actions.idempotency`)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from sessions_app.actions.idempotency import Answered, do_once, do_once_apart

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
FORM = re.compile(r"[\x21-\x7e]{1,200}\Z")
CLIENT_ID = re.compile(r"[\x21-\x7e]{1,64}\Z")


def idempotency_key(request: Request) -> str:
    """The key of a request, empty where it has none. Raises 400 for what is no key."""
    key = request.headers.get(HEADER)
    if key is not None and not FORM.match(key):
        raise ValidationError({HEADER: ["1 to 200 visible ASCII characters."]})
    return key or ""


def once(
    request: Request,
    operation: str,
    content: object,
    make: Callable[[], Response],
    *,
    apart: bool = False,
    session: UUID | None = None,
) -> Response:
    """What `make` answers, or what it answered before under this request's key; without a key it is simply done.
    `content` is what was asked, as JSON values. `make` runs within a write transaction then: nothing slow. What has
    transactions of its own is done `apart`, and may be refused as `under_way`. `session` is the one the answer tells of,
    where it does not say so itself: the answer is forgotten with it."""
    key = idempotency_key(request)
    if not key:
        return make()
    asked = json.dumps(content, sort_keys=True, default=str).encode()

    def made() -> Answered:
        response = make()
        return Answered(
            response.status_code,
            JSONRenderer().render(response.data).decode(),
            session=session or told_of(response.data),
        )

    do = do_once_apart if apart else do_once
    answer = do(
        user=request.user,
        operation=operation,
        key=key,
        fingerprint=hashlib.sha256(asked).hexdigest(),
        make=made,
    )
    headers = {REPLAYED: "true"} if answer.again else None
    return Response(json.loads(answer.content), answer.status, headers=headers)


def told_of(data: Any) -> UUID | None:
    """The session an answer tells of: itself, or what names it as its `session`."""
    if not isinstance(data, dict):
        return None
    key = data.get("id") if "message_count" in data else data.get("session")
    return key if isinstance(key, UUID) else None


def client_id_of(request: Request, named: str | None) -> str:
    """The client id of a message: as its body names it, else the key of the request. Both are the same, or 400."""
    key = request.headers.get(HEADER)
    if key is None:
        return named or ""
    if not CLIENT_ID.match(key):
        raise ValidationError(
            {HEADER: ["1 to 64 visible ASCII characters: it is the client id of the message."]}
        )
    if named and named != key:
        raise ValidationError({HEADER: ["It is the client id of the message; `client_id` says another one."]})
    return key
