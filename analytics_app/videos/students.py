"""What a student is called in figures of a creator: by name where the workspace shows names, else by a code that is the
same each time for this creator, another for others, and leads back to nobody."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from sessions_app.models import User

LENGTH = 5
SALT = "analytics_app.videos.students"


def code(creator: int, student: int) -> str:
    """Five letters and digits, made with the workspace's secret."""
    digest = salted_hmac(SALT, f"{creator}:{student}", algorithm="sha256").digest()
    return b32encode(digest).decode()[:LENGTH]


def names(creator: int, reader: int, students: Iterable[int | None]) -> Mapping[int | None, str]:
    """For each of them, None for deleted accounts; the creator is told apart."""
    keys = set(students)
    real: dict[int, str] = {}
    if settings.STUDENT_NAMES:
        people = User.objects.filter(pk__in=[key for key in keys if key is not None])
        real = {person.pk: person.get_full_name() or person.username for person in people}
    return {key: _name(creator, reader, key, real) for key in keys}


def _name(creator: int, reader: int, student: int | None, real: Mapping[int, str]) -> str:
    if student is None:
        return _("Deleted accounts")
    if student == creator:
        return _("You") if reader == creator else _("The creator")
    return real.get(student) or _("Student %s") % code(creator, student)
