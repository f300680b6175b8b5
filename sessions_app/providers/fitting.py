"""Ids of calls and names of tools as every API takes them, whoever made them. Pure."""

from __future__ import annotations

import hashlib
import re

MOST = 64
_FITTING = re.compile(rf"[A-Za-z0-9_-]{{1,{MOST}}}")
_DIGITS = 32


def fitting(name: str) -> str:
    """The same name where it fits, else another one: always the same, so that a cached prefix stays."""
    if _FITTING.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', name)[: MOST - _DIGITS - 1]}_{digest}"
