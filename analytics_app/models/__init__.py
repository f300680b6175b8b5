"""Tables of analytics: what is kept so that figures come quickly. Everything in them can be made again."""

from .activity import DailyActivity, Judgement
from .rollups import DailyUsage, RolledDay

__all__ = ["DailyActivity", "DailyUsage", "Judgement", "RolledDay"]
