"""What the admin site says of figures, and what staff set of analytics."""

from . import budgets, limiting

__all__ = ["budgets", "limiting"]
