"""What is said of files that came with a message: what they are. They are not read: no rule here understands them."""

from __future__ import annotations

from collections.abc import Sequence

from sessions_app.providers.base import Document, File, FileText, Picture

KINDS = {"picture": "picture", "text": "text", "code": "code", "log": "log", "pdf": "PDF"}
NOT_READ = "I see what they are, but I cannot read them: a connected model can."
NOT_READ_ONE = "I see what it is, but I cannot read it: a connected model can."


def about_files(files: Sequence[File]) -> str:
    """Their names, kinds and sizes, as plain as that."""
    told = [f"- {shown_as_code(file.name)}: {kind(file)}, {size(file.size)}" for file in files]
    if len(files) == 1:
        return f"I got one file: {told[0][2:]}. {NOT_READ_ONE}"
    return "\n".join([f"I got {len(files)} files:", "", *told, "", NOT_READ])


def shown_as_code(name: str) -> str:
    """A name may hold what Markdown would take for markup."""
    return "`" + name.replace("`", "'") + "`"


def kind(file: File) -> str:
    match file:
        case Picture():
            return KINDS["picture"]
        case Document():
            return KINDS["pdf"]
        case FileText():
            language = f" ({file.language})" if file.language else ""
            return KINDS.get(file.kind, "text") + language


def size(count: int) -> str:
    """Bytes in words."""
    if count < 1000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1000:.0f} KB"
    return f"{count / 1_000_000:.1f} MB"
