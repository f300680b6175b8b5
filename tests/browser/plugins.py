"""`python -m tests.browser.plugins`: plugins as they come to be in use: on, set, failed and resting."""

from __future__ import annotations

from typing import Literal

import django
from django.core.management import call_command
from pydantic import BaseModel, Field, SecretStr

from sessions_app.plugins import Card, Plugin, Question


class ForAll(BaseModel):
    folder: str = Field("/srv/notes", description="Where the notes of this house lie.")
    endings: list[str] = Field([".md", ".txt"], title="Kinds of files", description="One a line.")
    most: int = Field(5, ge=1, le=20, title="Notes at the most")
    closeness: float = 0.5
    order: Literal["newest first", "closest first"] = "closest first"
    drafts: bool = Field(False, title="Drafts too", description="What is not finished yet.")
    key: SecretStr | None = Field(None, title="Key of the search", description="Stored encrypted.")


class ForOne(BaseModel):
    language: Literal["English", "Deutsch"] = "English"
    shown: int = Field(3, ge=1, le=9, title="Notes with each question")
    own: bool = Field(True, title="My own notes first")
    key: SecretStr | None = Field(
        None, title="My key", description="Stored encrypted, and never shown again."
    )


class Notes(Plugin):
    name = "notes"
    version = "2.1"
    label = "Notes"
    description = "Notes of this house that belong to a question go with it."
    Settings = ForAll
    PersonSettings = ForOne

    def before_send(self, question: Question) -> list[Card]:
        return [Card("A note", "Deliveries are tried six times.")] if "deliver" in question.text else []


def main() -> None:
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)
    from sessions_app.actions.plugins import note_failure, set_plugin, switch_plugin
    from sessions_app.models import User

    root = User.objects.create_superuser("keeper", "keeper@example.org", None)
    from tests.browser.prepare import password_of

    root.set_password(password_of("keeper"))
    root.save()
    for name in ("notes", "calculator", "git"):
        switch_plugin(name=name, enabled=True, actor=root)
    set_plugin(name="notes", values={}, secrets={"key": "x"}, actor=root)
    for number in range(5):
        fault = "The source new_commits took longer than 30 s and was left behind."
        note_failure(name="git", error=fault, pause=number == 4)


if __name__ == "__main__":
    main()
