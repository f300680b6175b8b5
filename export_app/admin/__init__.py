"""What leaves and enters, as staff see it: that it happened, never what is in it."""

from . import jobs, taking_out

__all__ = ["jobs", "taking_out"]
