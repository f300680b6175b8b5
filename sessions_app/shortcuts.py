"""The keys of the workspace, in one table: the list that people read and the listener of the page are both made of it.

No key is one a browser keeps for itself. Those of one character are not heard in fields, and all but Escape can be
switched off (the preference `shortcuts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`keys` is what `shortcut-keys.js` listens for; without any the key is handled where it is typed.

    What a key does is one of: `click` (a selector), `focus` (a field, where it is there), `follow` (a link), `popover`
    (an id), `tell` (an event on the body). `outside`: not while typing. `always`: even when shortcuts are off. `rest`:
    only when nothing is open.
    """

    name: str
    words: Any
    shown: tuple[str, ...]
    keys: str = ""
    click: str = ""
    focus: str = ""
    follow: str = ""
    popover: str = ""
    tell: str = ""
    detail: str = ""
    outside: bool = False
    always: bool = False
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    words: Any
    shortcuts: tuple[Shortcut, ...]


RETRY = '#messages > article:last-of-type form[action$="/retry/"] button'
DIGITS = " ".join(f"Alt+Digit{number}" for number in range(1, 10))

GROUPS = (
    Group(
        _("Writing"),
        (
            Shortcut("send", _("Send"), ("Enter",), always=True),
            Shortcut("line", _("New line"), ("Shift Enter",), always=True),
            Shortcut("commands", _("Commands, in an empty box"), ("/",), always=True),
            Shortcut("edit", _("Edit the last message"), ("↑",), always=True),
            Shortcut(
                "stop",
                _("Stop the answer"),
                ("Esc",),
                "Escape",
                click="#composer-actions .stop",
                always=True,
                rest=True,
            ),
            Shortcut("retry", _("Retry the last answer"), ("Alt R",), "Alt+KeyR", click=RETRY),
        ),
    ),
    Group(
        _("Sessions and tabs"),
        (
            Shortcut("find", _("Find anything"), ("Ctrl K",), "Mod+K", tell="toggle-palette"),
            Shortcut("new", _("New session"), ("Alt N",), "Alt+KeyN", click="[data-new-session]"),
            Shortcut("tab", _("Go to a tab"), ("Alt 1", "Alt 9"), DIGITS, tell="go-to-tab"),
            Shortcut(
                "before", _("Tab before"), ("Alt PageUp",), "Alt+PageUp", tell="step-tab", detail="before"
            ),
            Shortcut(
                "after", _("Tab after"), ("Alt PageDown",), "Alt+PageDown", tell="step-tab", detail="after"
            ),
            Shortcut(
                "earlier",
                _("Move the tab back"),
                ("Alt Shift ←",),
                "Alt+Shift+ArrowLeft",
                tell="move-tab",
                detail="before",
                outside=True,
            ),
            Shortcut(
                "later",
                _("Move the tab on"),
                ("Alt Shift →",),
                "Alt+Shift+ArrowRight",
                tell="move-tab",
                detail="after",
                outside=True,
            ),
            Shortcut("close", _("Close the tab"), ("Alt W",), "Alt+KeyW", tell="close-tab"),
            Shortcut(
                "reopen",
                _("Open the last closed tab"),
                ("Alt Shift T",),
                "Alt+Shift+KeyT",
                tell="reopen-tab",
            ),
        ),
    ),
    Group(
        _("The conversation"),
        tuple(
            Shortcut(name, words, (shown,), f"Alt+{key}", tell="move-in-log", detail=name)
            for name, words, shown, key in (
                ("previous", _("Question before"), "Alt ↑", "ArrowUp"),
                ("next", _("Question after"), "Alt ↓", "ArrowDown"),
                ("first", _("First message"), "Alt Home", "Home"),
                ("last", _("Last message"), "Alt End", "End"),
            )
        ),
    ),
    Group(
        _("The page"),
        (
            Shortcut(
                "search",
                _("Search messages"),
                ("/",),
                "/",
                focus="#search-form #q",
                follow="[data-search]",
                outside=True,
            ),
            Shortcut(
                "list",
                _("Show or hide the list"),
                ("Alt [",),
                "Alt+BracketLeft",
                tell="toggle-panel",
                detail="list",
            ),
            Shortcut(
                "details",
                _("Show or hide the details"),
                ("Alt ]",),
                "Alt+BracketRight",
                tell="toggle-panel",
                detail="details",
            ),
            Shortcut("export", _("Export the session"), ("Alt X",), "Alt+KeyX", click=".head__export"),
            Shortcut("undo", _("Undo what was just done"), ("Alt Z",), "Alt+KeyZ", tell="undo-toast"),
            Shortcut("keys", _("This list"), ("?",), "?", popover="shortcuts", outside=True),
        ),
    ),
)
SHOWN = {each.name: each.shown[0] for group in GROUPS for each in group.shortcuts}


def heard(user: Any) -> bool:
    """Whether this person's pages listen for keys: yes, until they switch them off."""
    chosen = getattr(user, "preferences", None)
    return not isinstance(chosen, dict) or chosen.get("shortcuts") is not False
