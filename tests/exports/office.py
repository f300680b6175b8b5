"""`python -m tests.exports.office`: opens a Word file of a session with everything in it in LibreOffice, as a person would.

It is converted to PDF there, and all its words must be found, in their order. Exit code 1 when some are missing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MISSING = """\
soffice is not installed: Word files are not opened in LibreOffice.
To have them checked: sudo apt-get install libreoffice-writer-nogui poppler-utils"""
_SPACE = re.compile(r"\s+")


def main() -> int:
    if not shutil.which("soffice") or not shutil.which("pdftotext"):
        print(MISSING)
        return 0
    with tempfile.TemporaryDirectory(prefix="office-") as folder:
        made = rich_file(Path(folder))
        text = opened(made)
    from .rich import HIDDEN, IN_ORDER

    lost = missing(text, [*IN_ORDER, "Page 2 of", "Stopped"])
    lost += [words for words in HIDDEN if words in text]
    for words in lost:
        print(f"not as it should be in LibreOffice: {words}")
    print(f"Word file in LibreOffice: {len(text):,} characters, {len(lost)} violations")
    return 1 if lost else 0


def rich_file(folder: Path) -> Path:
    """A Word file of the rich session, from a database of its own."""
    os.environ["DATABASE_URL"] = f"sqlite:///{folder}/office.sqlite3"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.EXPORTS_DIR = folder / "exports"
    settings.ATTACHMENTS_DIR = folder / "attachments"
    django.setup()
    call_command("migrate", verbosity=0)
    from export_app.renderers import formats
    from export_app.transcript import Transcript
    from sessions_app.models import User

    from .rich import rich_session

    alice = User.objects.create_user("alice", "alice@example.org", "pw-alice-1")
    chat = rich_session(alice)
    made = folder / "rich.docx"
    made.write_bytes(b"".join(formats()["word"].render(Transcript(chat, reader=alice.pk), {})))
    return made


def opened(made: Path) -> str:
    """The text as LibreOffice lays it out."""
    profile = f"-env:UserInstallation=file://{made.parent}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(made.parent), str(made)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    pdf = made.with_suffix(".pdf")
    told = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, timeout=60)
    return _SPACE.sub(" ", told.stdout.decode())


def missing(text: str, wanted: list[str]) -> list[str]:
    """Those that do not come after the one before. What stands on every page may come anywhere."""
    lost, at = [], 0
    for words in wanted:
        found = text.find(words, 0 if words.startswith("Page") else at)
        if found < 0:
            lost.append(words)
        elif not words.startswith("Page"):
            at = found
    return lost


if __name__ == "__main__":
    sys.exit(main())
