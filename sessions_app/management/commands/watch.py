"""`manage.py watch PATH...`: changed files become events of activity, here or in another workspace."""

from __future__ import annotations

import os
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sessions_app.actions.activity import take_events
from sessions_app.activity.sending import KEPT, Refused, Sender
from sessions_app.activity.values import Event, cleaned
from sessions_app.activity.watching import IGNORED, Change, Watched, changes, events
from sessions_app.models import User
from sessions_app.reading import Unavailable, give_back

Send = Callable[[list[Event]], str]  # returns why it did not work this time


class Command(BaseCommand):
    help = "Report files that are created, changed or deleted as activity, until it is interrupted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a file or folder")
        parser.add_argument("--source", default="files", help="what the events are said to come from (files)")
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--user", metavar="NAME", help="whose events they are, in this workspace")
        whose.add_argument("--url", help="of another workspace they are sent to")
        parser.add_argument(
            "--token-env", metavar="VAR", default="ACTIVITY_TOKEN", help="where its token is (ACTIVITY_TOKEN)"
        )
        parser.add_argument(
            "--ignore", action="append", default=[], metavar="GLOB",
            help=f"names to leave out beside {', '.join(IGNORED)}; may be given several times",
        )  # fmt: skip
        parser.add_argument(
            "--every", type=float, default=2.0, metavar="SECONDS", help="between two looks (2)"
        )
        parser.add_argument("--once", action="store_true", help="end after the second look")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        watched = Watched(roots_of(options["paths"]), (*IGNORED, *options["ignore"]))
        if not 0.1 <= options["every"] <= 3600:
            raise CommandError("A look takes place every 0.1 to 3600 seconds.")
        send = sender_of(options)
        try:
            self._watch(watched, send, options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped watching.")

    def _watch(self, watched: Watched, send: Send, options: dict[str, Any]) -> None:
        before = watched.look()
        self.stdout.write(f"Watching {len(before):,} files.")
        self.stdout.flush()
        if watched.crowded:
            self.stderr.write(f"There are more files: only the first {watched.most:,} are watched.")
        while True:
            time.sleep(options["every"])
            now = watched.look()
            found = events(really(changes(before, now)), options["source"], timezone.now())
            problem = send([cleaned(each) for each in found])
            if problem:
                self.stderr.write(f"Not reported yet: {problem}. It is tried again.")
            before = now
            if options["once"]:
                return


def really(found: list[Change]) -> list[Change]:
    """Where there are more files than are watched, one that falls out of sight is not deleted."""
    return [each for each in found if each.what != "deleted" or not os.path.lexists(each.path)]


def roots_of(paths: list[str]) -> list[Path]:
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise CommandError(f"There is no {missing[0]}.")
    return [Path(path).resolve() for path in paths]


def sender_of(options: dict[str, Any]) -> Send:
    """Where the events go: into this database, or by the API of another workspace."""
    if options["url"]:
        token = os.environ.get(options["token_env"], "")
        if not token:
            raise CommandError(f"There is no token in {options['token_env']}.")
        return Sender(options["url"], token).send
    user = User.objects.filter(username=options["user"], is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active person called {options['user']}.")
    return Keeper(user).keep


class Keeper:
    """Writes events of a person, and keeps those that the database does not take for the next time."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._waiting: list[Event] = []

    def keep(self, found: list[Event]) -> str:
        self._waiting = [*self._waiting, *found][-KEPT:]
        if not self._waiting:
            return ""
        try:
            take_events(owner=self._user, events=self._waiting)
        except Unavailable:
            return "the database is not available"
        finally:
            give_back()
        self._waiting = []
        return ""
