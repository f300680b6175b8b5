"""`manage.py serve`: the server of the product."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Serve the workspace: pages, sockets, API and the runner of replies in one process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--grace", type=float, default=0.0, help="Seconds running replies get on SIGTERM (0-5)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["grace"] <= 5:
            raise CommandError("--grace must lie between 0 and 5 seconds.")
        if not 0 <= options["port"] <= 65535:
            raise CommandError("--port must lie between 0 and 65535.")
        check_database()
        from chatproject.server import WorkspaceServer  # installs Twisted's reactor: only here

        from chatproject.asgi import application  # isort: skip

        server = WorkspaceServer(
            application,
            host=options["host"],
            port=options["port"],
            grace=options["grace"],
            announce=self.announce,
        )
        server.run()
        if server.problem:
            raise CommandError(f"Cannot serve on {options['host']}:{options['port']}: {server.problem}")

    def announce(self, address: str) -> None:
        self.stdout.write(f"The workspace is at {address}")
        self.stdout.flush()


def check_database() -> None:
    """A database that is away or behind is named before anything starts, not waited for."""
    try:
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as problem:
        reason = (str(problem).splitlines() or [type(problem).__name__])[0]
        raise CommandError(f"The database does not answer: {reason}") from None
    finally:
        connection.close()
    if behind:
        raise CommandError("The database lacks tables or columns of this version: run manage.py migrate.")
