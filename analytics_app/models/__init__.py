"""Tables of analytics: what is kept so that figures come quickly, which can be made again, and what people set up."""

from .activity import DailyActivity, Judgement
from .budgets import Budget, BudgetSpan, Reservation
from .dashboards import Dashboard
from .rollups import DailyUsage, RolledDay

__all__ = [
    "Budget",
    "BudgetSpan",
    "DailyActivity",
    "DailyUsage",
    "Dashboard",
    "Judgement",
    "Reservation",
    "RolledDay",
]
