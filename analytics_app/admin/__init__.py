"""What staff see and set of analytics."""

from . import budgets, prices

__all__ = ["budgets", "prices"]
