"""What the palette can do: a list of actions, each offered only where it is possible now."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from .models import ChatSession, Message, OpenTab
from .rendering.article import actions as answer_actions
from .shortcuts import SHOWN


@dataclass(frozen=True, slots=True)
class Deed:
    """How an action is done: by going to a link, by a POST, by a click on something of the page, or by opening one of
    its popovers."""

    link: str = ""
    post: str = ""
    values: dict[str, str] = field(default_factory=dict)
    click: str = ""
    popover: str = ""

    @property
    def vals(self) -> str:
        return json.dumps(self.values)

    def __bool__(self) -> bool:
        return bool(self.link or self.post or self.click or self.popover)


class Place:
    """Where the palette was opened: by whom, in which session if any, and what is looked up there once it matters."""

    def __init__(self, person: Any, chat: ChatSession | None) -> None:
        self.person, self.chat = person, chat

    @cached_property
    def writable(self) -> bool:
        chat = self.chat
        return chat is not None and ChatSession.writable_by(self.person.pk, chat.pk) is not None

    @property
    def owned(self) -> bool:
        return self.chat is not None and self.chat.owner_id == self.person.pk

    @cached_property
    def last(self) -> Message | None:
        shown = (
            Message.objects.filter(session=self.chat).shown().select_related("reply").defer("parts", "html")
        )
        return shown.last() if self.chat else None

    @cached_property
    def first(self) -> Any:
        shown = Message.objects.filter(session=self.chat).shown()
        return shown.values_list("pk", flat=True).first() if self.chat else None

    @cached_property
    def of_answer(self) -> tuple[str, ...]:
        """What can be done with the last answer, by someone who may write here."""
        last = self.last
        if last is None or last.role != Message.Role.ASSISTANT or last.reply.unfinished or not self.writable:
            return ()
        return answer_actions(last.reply, bool(last.content))

    @property
    def running(self) -> bool:
        last = self.last
        return last is not None and last.role == Message.Role.ASSISTANT and last.reply.unfinished

    @cached_property
    def has_closed_tabs(self) -> bool:
        return OpenTab.objects.for_user(self.person).filter(closed_at__isnull=False).exists()

    @property
    def has_videos(self) -> bool:
        """Whether there is a button to choose them by."""
        if not settings.SESSION_VIDEOS:
            return False
        videos = import_string(settings.SESSION_VIDEOS)(self.person, self.chat)
        return bool(videos.offered and videos.writable)

    def to_answer(self, verb: str) -> Deed:
        if self.chat is None or self.last is None or verb not in self.of_answer:
            return Deed()
        return Deed(post=reverse(verb, args=[self.chat.pk, self.last.pk]))

    def to_question(self) -> Deed:
        """The answer that the last question has not."""
        if self.chat is None or self.last is None or self.last.role != Message.Role.USER or not self.writable:
            return Deed()
        return Deed(post=reverse("answer", args=[self.chat.pk, self.last.pk]))

    def to_chat(self, verb: str, **values: str) -> Deed:
        """A POST to one's own session, if something answers there."""
        return Deed(
            post=there(f"/sessions/{self.chat.pk}/{verb}/") if self.chat and self.owned else "", values=values
        )

    def to_message(self, message: Any, verb: str = "") -> str:
        if self.chat is None or message is None:
            return ""
        if verb:
            return there(f"/sessions/{self.chat.pk}/messages/{message}/{verb}/")
        return f"{self.chat.get_absolute_url()}#message-{message}"


def there(path: str) -> str:
    """The path, if something answers there."""
    try:
        resolve(path)
    except Resolver404:
        return ""
    return path


@dataclass(frozen=True, slots=True)
class Action:
    """`words` are shown; `also` are other words it is found by; `key` names its shortcut. Before one of `danger` the
    sentence `confirm` is asked."""

    words: str
    icon: str
    deed: Deed
    also: str = ""
    key: str = ""
    danger: bool = False
    confirm: str = ""

    def answers_to(self, wanted: list[str]) -> bool:
        """Whether each wanted word begins one of its own."""
        own = f"{self.words} {self.also}".casefold().split()
        return all(any(word.startswith(each) for word in own) for each in wanted)


def possible(place: Place) -> Iterator[Action]:
    """The actions that can be done here and now, the nearest first."""
    for offer in REGISTRY:
        for action in offer(place):
            if action.deed:
                yield action


def of_answers(place: Place) -> Iterator[Action]:
    if place.running and place.writable:
        yield Action(_("Stop the answer"), "stop", Deed(click="#composer-actions .stop"), key=SHOWN["stop"])
    yield Action(_("Answer the last question"), "sparkles", place.to_question(), "reply")
    yield Action(_("Retry the last answer"), "arrow-path", place.to_answer("retry"), "again", SHOWN["retry"])
    yield Action(_("Continue the last answer"), "play", place.to_answer("continue"), "go on")
    yield Action(_("Regenerate the last answer"), "arrow-path", place.to_answer("regenerate"), "again retry")


def of_messages(place: Place) -> Iterator[Action]:
    last = place.last.pk if place.last else None
    branch = Deed(post=place.to_message(last, "branch") if place.writable and not place.running else "")
    yield Action(_("Branch from the last message"), "arrow-turn-down-right", branch, "fork copy")
    yield Action(
        _("Go to the last message"), "arrow-down", Deed(link=place.to_message(last)), "jump end bottom latest"
    )
    yield Action(
        _("Go to the first message"), "arrow-up", Deed(link=place.to_message(place.first)), "jump start top"
    )


def of_session(place: Place) -> Iterator[Action]:
    chat = place.chat
    if chat is None:
        return
    if place.writable:
        yield Action(_("Rename this session"), "pencil", Deed(popover="rename-session"), "title name")
    star = place.to_chat("star", on="0" if chat.starred else "1")
    words = _("Take the star off this session") if chat.starred else _("Star this session")
    yield Action(words, "star", star, "favourite unstar")
    archive = place.to_chat("archive", on="0" if chat.archived_at else "1")
    words = _("Take this session out of the archive") if chat.archived_at else _("Archive this session")
    yield Action(words, "archive-box", archive, "put away unarchive")
    yield Action(
        _("Duplicate this session"),
        "square-2-stack",
        Deed(post=there(f"/sessions/{chat.pk}/duplicate/")),
        "copy",
    )
    yield Action(
        _("Compare"), "view-columns", Deed(link=there(f"/sessions/{chat.pk}/compare/")), "side by side"
    )
    if place.owned:
        yield Action(_("Share this session"), "share", Deed(click=".head__share"), "link public read only")
    other = Deed(link=f"{reverse('compare')}?left={chat.pk}")
    yield Action(_("Compare with another session"), "view-columns", other, "side by side branches")
    export = Deed(click=".head__export" if there(f"/sessions/{chat.pk}/export/") else "")
    yield Action(_("Export this session"), "arrow-down-tray", export, "download save file", SHOWN["export"])
    yield Action(
        _("Session details"), "information-circle", Deed(click=".head__details"), "facts settings model"
    )
    yield Action(_("Close this tab"), "x-mark", Deed(click=".tab--current .tab__close"), "", SHOWN["close"])
    sure = _("Delete “%(title)s”? It can be undone for 30 days. Its costs stay in the ledger.") % {
        "title": chat
    }
    yield Action(
        _("Delete this session"), "trash", place.to_chat("delete"), "remove", danger=True, confirm=sure
    )


def of_page(place: Place) -> Iterator[Action]:
    yield Action(
        _("New session"), "pencil-square", Deed(click="[data-new-session]"), "start chat", SHOWN["new"]
    )
    if place.has_closed_tabs:
        reopen = Deed(post=reverse("tab_reopen"))
        yield Action(_("Open the last closed tab"), "arrow-uturn-left", reopen, "reopen", SHOWN["reopen"])
    videos = Deed(click=".composer__videos" if place.has_videos else "")
    yield Action(_("Choose videos"), "film", videos, "transcripts talk about pick")
    panel = Deed(click='[data-panel="list"], [data-panel-close="list"]')
    yield Action(_("Show or hide the list"), "bars-3", panel, "sessions sidebar", SHOWN["list"])
    for theme, words in (
        ("dark", _("Dark theme")),
        ("light", _("Light theme")),
        ("system", _("Theme of the system")),
    ):
        yield Action(
            words, THEMES[theme], Deed(click=f'input[name="theme"][value="{theme}"]'), "colours mode"
        )
    yield Action(
        _("Shortcuts"), "command-line", Deed(popover="shortcuts"), "keys keyboard help", SHOWN["keys"]
    )


def of_site(place: Place) -> Iterator[Action]:
    pages = (
        ("dashboard", _("Dashboard"), "chart-bar-square", "costs tokens figures"),
        ("activity", _("Activity"), "bolt", "events errors monitor what happened"),
        *((("videos", _("Videos"), "film", "transcripts creators watch"),) if settings.KNOWLEDGE else ()),
        ("gallery", _("Gallery"), "squares-2x2", "shared sessions"),
        ("shares", _("Shared links"), "share", "public revoke"),
        ("preferences", _("Preferences"), "adjustments-horizontal", "time zone settings shortcuts"),
        ("tokens", _("API tokens"), "command-line", "keys programs"),
        ("api_docs", _("API reference"), "code-bracket", "programs rest openapi swagger documentation"),
        ("exports", _("Exports"), "arrow-down-tray", "download files background"),
        ("imports", _("Import"), "arrow-up-tray", "conversations file zip json chatgpt claude bring upload"),
        ("export_new", _("Export many sessions"), "arrow-down-tray", "download zip all backup"),
        ("tools", _("Tools"), "wrench-screwdriver", "consent allowed"),
        ("plugins", _("Plugins"), "puzzle-piece", "calculator extensions"),
        ("account_change_password", _("Password"), "key", "change"),
    )
    for name, words, icon, also in pages:
        yield Action(words, icon, Deed(link=reverse(name)), also)
    if place.person.is_staff:
        yield Action(_("Admin"), "cog-6-tooth", Deed(link=reverse("admin:index")), "staff")
    log_out = Deed(click="[data-logout] button")
    yield Action(_("Log out"), "arrow-right-start-on-rectangle", log_out, "leave sign out exit")


THEMES = {"dark": "moon", "light": "sun", "system": "computer-desktop"}
REGISTRY: list[Callable[[Place], Iterator[Action]]] = [of_answers, of_messages, of_session, of_page, of_site]
