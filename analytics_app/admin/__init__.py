"""What staff do with figures."""

from . import prices

__all__ = ["prices"]
