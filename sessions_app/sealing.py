"""Secrets at rest: sealed with a key made from SECRET_KEY, opened with that of SECRET_KEY_FALLBACKS too."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Sealed(Exception):
    """What cannot be opened with any of the present keys."""


def seal(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Sealed."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Sealed from None


def seal_again(sealed: str) -> str:
    """The same, sealed with the newest key. Raises Sealed."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Sealed from None


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"workspace: sealed values").derive(
        secret.encode()
    )
    return Fernet(base64.urlsafe_b64encode(made))
