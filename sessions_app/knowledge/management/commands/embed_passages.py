"""`manage.py embed_passages`: vectors for all passages that have none by EMBEDDING_MODEL."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from sessions_app import offering
from sessions_app.knowledge import embedding_run
from sessions_app.knowledge.actions.embedding import drop_vectors
from sessions_app.knowledge.vectors import column
from sessions_app.knowledge.vectors.standing import without


class Command(BaseCommand):
    help = "Embed the passages of transcripts that have no vector by EMBEDDING_MODEL. It may be interrupted and repeated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="all of them, in place of the vectors they have"
        )

    def handle(self, *args: Any, again: bool = False, **options: Any) -> None:
        model: str = settings.EMBEDDING_MODEL
        if not model:
            raise CommandError("EMBEDDING_MODEL is empty: passages are found by their words alone.")
        offering.current()
        if column.make(connection):
            self.stdout.write("The column of pgvector was made.")
        if filled := embedding_run.fill_column():
            self.stdout.write(f"{filled:,} vectors were given to pgvector.")
        while again and drop_vectors(model=model):
            pass
        self.stdout.write(f"{without(model).count():,} passages wait for a vector by {model}.")
        done = embedding_run.work(at_once=True, tell=self._tell)
        if done is None:
            raise CommandError("Another process is embedding passages now.")
        words = f"{done.passages:,} passages were embedded in {done.calls:,} calls"
        if done.refused:
            words += f", {done.refused:,} were not taken by the provider"
        self.stdout.write(f"{words}.")
        if done.unpaid:
            raise CommandError(
                f"The budget of {len(done.unpaid):,} creators is used up: their passages wait."
            )
        if done.problem:
            raise CommandError(f"It stopped: {done.problem}")

    def _tell(self, done: embedding_run.Done) -> None:
        if done.calls % 50 == 0:
            self.stdout.write(f"{done.passages:,} …")
