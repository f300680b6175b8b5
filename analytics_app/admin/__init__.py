"""What the admin site says of figures, and what staff set of analytics."""

from . import budgets, limiting, prices

__all__ = ["budgets", "limiting", "prices"]
