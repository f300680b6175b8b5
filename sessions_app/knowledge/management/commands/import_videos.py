"""`manage.py import_videos`: a folder or ZIP of videos, transcripts and pictures."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.knowledge.actions.importing import import_videos
from sessions_app.knowledge.importing import BadArchive, Source, folder_sources, zip_sources
from sessions_app.knowledge.models import Creator, Video


class Command(BaseCommand):
    help = (
        "Make videos of the files in a folder or ZIP: those of one name (intro.mp4, intro.vtt, intro.jpg) are one video. "
        "It can be run again: what is known is skipped, another transcript becomes the next version."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, metavar="FOLDER_OR_ZIP")
        parser.add_argument("--creator", required=True, metavar="NAME", help="Whose they are: a creator.")
        parser.add_argument(
            "--visibility",
            choices=Video.Visibility.values,
            default=Video.Visibility.PRIVATE,
            help="Of those a table says nothing of.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        creator = Creator.objects.filter(user__username=options["creator"]).select_related("user").first()
        if creator is None:
            raise CommandError(f"There is no creator “{options['creator']}”: the role is granted by staff.")
        failed = 0
        with ExitStack() as open_files:
            try:
                sources = self._sources(options["source"], open_files)
                results = import_videos(
                    creator=creator.user, sources=sources, visibility=options["visibility"], later=False
                )
                for each in results:
                    failed += each.state == "failed"
                    told = f"  {each.reason}" if each.reason else ""
                    noted = f"  {each.problems} problems noted" if each.problems else ""
                    self.stdout.write(f"{each.state:<9} {each.name}{told}{noted}")
            except BadArchive as problem:
                raise CommandError(f"{problem} Nothing was imported.") from problem
        if failed:
            raise CommandError(f"{failed} could not be imported; the others are.")

    def _sources(self, source: Path, open_files: ExitStack) -> list[Source]:
        if source.is_dir():
            return folder_sources(source)
        if source.is_file():
            return zip_sources(open_files.enter_context(source.open("rb")))
        raise CommandError(f"There is no folder or ZIP file {source}.")
