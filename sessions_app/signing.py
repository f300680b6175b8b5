"""Signatures of incoming webhooks, as Standard Webhooks has them: an id, a time and the body, with a shared secret. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from dataclasses import dataclass

PREFIX, VERSION = "whsec_", "v1"
SECRET_BYTES = 32
TOLERANCE = 300  # seconds that the clocks of both sides may differ
MOST_SIGNATURES = 10  # of one message: a sender that changes its secret signs with both
_ID = re.compile(r"[\x21-\x7e]{1,255}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_DECOY = PREFIX + base64.b64encode(bytes(SECRET_BYTES)).decode()


@dataclass(frozen=True, slots=True)
class Signed:
    """What came: the three headers as they stood, and the bytes of the body."""

    id: str
    timestamp: str
    signatures: str
    body: bytes


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, id: str, timestamp: str, body: bytes) -> str:
    """ "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=". Raises ValueError for what is no secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A secret is whsec_ and base64.") from None
    digest = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256")
    return f"{VERSION},{base64.b64encode(digest).decode()}"


def is_genuine(secret: str | None, came: Signed, now: float) -> bool:
    """Whether this was signed with the secret, within five minutes of `now` (epoch seconds). Without a secret it is not,
    after as much work."""
    formed = _ID.fullmatch(came.id) is not None and _SECONDS.fullmatch(came.timestamp) is not None
    if not formed or abs(int(came.timestamp) - now) > TOLERANCE:
        return False
    wanted = signature(secret or _DECOY, came.id, came.timestamp, came.body).encode()
    found = [
        hmac.compare_digest(each.encode("utf-8", "replace"), wanted)
        for each in came.signatures.split(" ")[:MOST_SIGNATURES]
    ]
    return any(found) and secret is not None
