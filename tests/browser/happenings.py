"""`python -m tests.browser.happenings`: what happened around a workspace lately, for Alice, who sees staff's as well."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import django

LOG = "FAILED tests/test_parser.py::test_quotes\nE   AssertionError: assert '“' == '\"'\n1 failed, 2,041 passed in 93 s"


def main() -> None:
    django.setup()
    from django.utils import timezone

    from sessions_app.actions.activity import take_events
    from sessions_app.activity.values import CRITICAL, DEBUG, ERROR, INFO, WARNING, Event
    from sessions_app.models import User

    alice, now = User.objects.get(username="alice"), timezone.now()

    def ago(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    build = "nightly-build"
    rows = [
        Event("backup", "backup_lost", "The backup of 29 November cannot be read", CRITICAL, body="Checksum differs.", at=ago(4)),
        Event(
            build, "build_failed", "The build of main failed", ERROR, body=LOG, link="https://ci.example.org/builds/812",
            data={"branch": "main", "failed": ["test_quotes"], "passed": 2041, "seconds": 93.4}, fingerprint="main",
            at=ago(9), count=12,
        ),
        Event("disk", "space", "Only 4 GB are left on /srv, which at the pace of the last week is enough for two days and a half", WARNING, at=ago(31)),
        Event("files", "file_change", "notes.md changed", INFO, at=ago(44), count=3),
        Event(build, "build_passed", "The build of release-2.4 passed", INFO, at=ago(52)),
        Event("cron", "tick", "Nothing to do", DEBUG, at=ago(60 * 26)),
        Event(build, "build_passed", "The build of main passed", INFO, at=ago(60 * 27)),
    ]  # fmt: skip
    take_events(owner=alice, events=rows)
    take_events(
        owner=None,
        events=[Event("providers", "provider_failure", "A call of claude-opus-5-5 failed: overloaded", WARNING, audience="staff", at=ago(17), count=3)],
    )  # fmt: skip
    if "staff" in sys.argv:
        User.objects.filter(pk=alice.pk).update(is_staff=True)


if __name__ == "__main__":
    main()
