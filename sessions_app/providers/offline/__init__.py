"""The offline assistant: answers from this workspace's own figures, without a key and without network."""

from __future__ import annotations

from .provider import OfflineProvider

__all__ = ["OfflineProvider"]
