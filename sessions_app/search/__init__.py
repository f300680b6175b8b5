"""Finding messages by their words: one interface, whatever database stands behind it.

The index gives the newest 1,000 that hold the words; those are ranked here, by how much of each text the words make
up. So the most frequent word costs no more than a rare one, and the counts of both databases agree.
"""

from .asking import FOUND_AT_MOST, Filters, Hit, Hits, Order, search_messages
from .grouping import Group, Groups, search_sessions
from .language import Query, Term, parse, split_tags

__all__ = [
    "FOUND_AT_MOST",
    "Filters",
    "Group",
    "Groups",
    "Hit",
    "Hits",
    "Order",
    "Query",
    "Term",
    "parse",
    "search_messages",
    "search_sessions",
    "split_tags",
]
