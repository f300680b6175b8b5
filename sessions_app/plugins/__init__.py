"""Plugins. What an author imports stands here: the class to write, and the values it is given and gives back.

docs/plugins.md has a whole example. Everything else in this package is the workspace's own.
"""

from .interface import (
    Answer,
    Card,
    Event,
    Nothing,
    Plugin,
    PluginContext,
    Poll,
    Problem,
    Question,
    Said,
    Typed,
    activity,
    command,
    tool,
)

__all__ = [
    "Answer",
    "Card",
    "Event",
    "Nothing",
    "Plugin",
    "PluginContext",
    "Poll",
    "Problem",
    "Question",
    "Said",
    "Typed",
    "activity",
    "command",
    "tool",
]
