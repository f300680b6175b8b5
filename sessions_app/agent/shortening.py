"""Long results of tools and texts of files, shortened to their beginning and end. Pure."""

from __future__ import annotations

from dataclasses import replace

from sessions_app.providers.base import File, FileText

from .history import StoredMessage

LONG = 4_000  # characters: some thousand tokens
HEAD, TAIL = 1_500, 500
SHORT = HEAD + TAIL + 50  # with the note


def shortened(message: StoredMessage) -> StoredMessage:
    """The message with everything long in it shortened; words of people and models stay as they are."""
    results = {key: (short(text), failed) for key, (text, failed) in message.results.items()}
    files = {key: short_file(file) for key, file in message.files.items()}
    return replace(message, results=results, files=files)


def short(text: str) -> str:
    """Its beginning and end, and between them how much there was."""
    if len(text) <= LONG:
        return text
    note = f"(shortened: {HEAD + TAIL:,} of {len(text):,} characters)"
    return f"{text[:HEAD]}\n{note}\n{text[-TAIL:]}"


def short_file(file: File) -> File:
    return replace(file, text=short(file.text)) if isinstance(file, FileText) else file
