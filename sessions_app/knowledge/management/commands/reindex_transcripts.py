"""`manage.py reindex_transcripts`: passages of videos anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.knowledge.actions import indexing
from sessions_app.knowledge.models import Transcript, Video


class Command(BaseCommand):
    help = (
        "Cut the transcripts in use into passages anew, by today's PASSAGE_SECONDS and PASSAGE_CHARACTERS, and index "
        "them. Those there are stay in use until a transcript's new ones are ready."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--video", type=UUID, metavar="ID", help="Of this video alone.")
        parser.add_argument(
            "--missing",
            action="store_true",
            help="Leave passages as they are; make only what the search knows of them anew, and index what still waits.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        video = None
        if options["video"]:
            video = Video.objects.filter(pk=options["video"], deleted_at__isnull=True).first()
            if video is None:
                raise CommandError(f"There is no video {options['video']}.")
        if options["missing"]:
            indexing.index_waiting()
            self.stdout.write(f"{indexing.rebuild_index(video):,} passages indexed.")
            return
        rows = Transcript.objects.filter(current=True, video__deleted_at__isnull=True).order_by("pk")
        done = failed = 0
        for transcript in (rows.filter(video=video) if video else rows).only("pk"):
            ready = indexing.index_again(transcript=transcript)
            done, failed = done + ready, failed + (not ready)
        self.stdout.write(f"{done:,} transcripts indexed anew.")
        if failed:
            raise CommandError(
                f"{failed:,} were left as they are: they are being indexed by another, or failed."
            )
