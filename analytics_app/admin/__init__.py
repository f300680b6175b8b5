"""What staff see and set of analytics."""

from . import budgets

__all__ = ["budgets"]
