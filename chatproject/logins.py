"""Who asks: Django's stored sessions and its people, looked up by prepared statements, as every request needs both."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as StoredSessions
from django.contrib.sessions.models import Session
from django.utils import timezone

from sessions_app.models import User
from sessions_app.prepared import Select, given

_session = Select(
    lambda: Session.objects.filter(session_key=given("key"), expire_date__gt=given("now")).order_by()
)
_user = Select(lambda: User.objects.filter(pk=given("user")).order_by())


class SessionStore(StoredSessions):
    """Django's sessions in the database."""

    def _get_session_from_db(self) -> Session | None:
        found = _session.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found


class People(ModelBackend):
    """Django's people, by name and password."""

    def get_user(self, user_id: Any) -> User | None:
        user = _user.first(user=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


class PeopleOfPages(People, AuthenticationBackend):
    """The same for the log-in page, which takes an e-mail address too."""
