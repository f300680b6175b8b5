"""Files of other programs and of this one, read as documents."""

from .base import BadFile, Parsed

__all__ = ["BadFile", "Parsed"]
