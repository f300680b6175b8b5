"""What leaves and enters, as staff see it: that it happened, never what is in it."""

from . import jobs, shares, taking_out

__all__ = ["jobs", "shares", "taking_out"]
