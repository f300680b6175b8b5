"""The step that gives every token a name in addresses, on a database in use."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from sessions_app.models import ApiToken


def migrate(*targets: tuple[str, str | None]) -> MigrationExecutor:
    MigrationExecutor(connection).migrate(list(targets))
    return MigrationExecutor(connection)


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_a_token_made_between_the_two_steps_gets_its_name_too() -> None:
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    before = ("sessions_app", "0020_token_ids")
    try:
        apps = migrate(before).loader.project_state([before]).apps
        person = apps.get_model("sessions_app", "User").objects.create(username="alice")
        old = apps.get_model("sessions_app", "ApiToken")
        for digest in ("a", "b"):
            old.objects.create(user=person, digest=digest, token_key=digest, public_id=None)
    finally:
        migrate(*newest)
    keys = set(ApiToken.objects.values_list("public_id", flat=True))
    assert len(keys) == 2
    assert None not in keys
