"""Tells the sockets of a person to look again when a login of theirs ends: the cookie alone would keep them open.

Django's own signal for a logout comes before the login is gone, so this listens to what goes: the stored session,
and the account's password and activity.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from sessions_app.models import User

from . import feed

HARMLESS = frozenset({"last_login", "preferences", "plan"})


def connect() -> None:
    """Called once, when the apps are ready."""
    post_delete.connect(login_ended, sender=Session, dispatch_uid="login_ended")
    post_save.connect(account_changed, sender=User, dispatch_uid="account_changed")


def login_ended(instance: Session, **_: Any) -> None:
    """Logged out, or given a new session key after a change of password."""
    person = instance.get_decoded().get(SESSION_KEY)
    if person is not None:
        transaction.on_commit(lambda: feed.person_changed(int(person)))


def account_changed(instance: User, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    """Another password, or switched off."""
    if not created and not (update_fields and update_fields <= HARMLESS):
        transaction.on_commit(lambda: feed.person_changed(instance.pk))
