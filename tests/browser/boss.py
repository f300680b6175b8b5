"""`python -m tests.browser.boss`: somebody of the staff, who reads everything."""

from __future__ import annotations

import django

from tests.browser.prepare import password_of

NAME = "boss"


def main() -> None:
    django.setup()
    from sessions_app.models import User

    if not User.objects.filter(username=NAME).exists():
        User.objects.create_superuser(NAME, f"{NAME}@example.org", password_of(NAME))


if __name__ == "__main__":
    main()
