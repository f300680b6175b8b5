"""Whether a text is prose, data, code or a log, and in which language: from its ending and its first lines."""

from __future__ import annotations

import re

PROSE = {
    "txt": "",
    "text": "",
    "md": "markdown",
    "markdown": "markdown",
    "rst": "rst",
    "csv": "csv",
    "tsv": "tsv",
}
DATA = {"json": "json", "jsonl": "json", "ndjson": "json", "geojson": "json", "ipynb": "json"}
CODE = {
    "py": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "jsx",
    "ts": "typescript", "tsx": "tsx", "html": "html", "htm": "html", "xhtml": "html", "svg": "xml", "xml": "xml",
    "xsl": "xml", "css": "css", "scss": "scss", "less": "less", "java": "java", "kt": "kotlin", "kts": "kotlin",
    "scala": "scala", "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "cxx": "cpp", "hpp": "cpp", "cs": "csharp",
    "fs": "fsharp", "vb": "vbnet", "go": "go", "rs": "rust", "rb": "ruby", "php": "php", "pl": "perl", "pm": "perl",
    "lua": "lua", "r": "r", "jl": "julia", "swift": "swift", "m": "objective-c", "dart": "dart", "ex": "elixir",
    "exs": "elixir", "erl": "erlang", "hs": "haskell", "ml": "ocaml", "clj": "clojure", "lisp": "lisp", "el": "lisp",
    "sql": "sql", "sh": "bash", "bash": "bash", "zsh": "bash", "fish": "fish", "ps1": "powershell", "bat": "batch",
    "cmd": "batch", "yaml": "yaml", "yml": "yaml", "toml": "toml", "ini": "ini", "cfg": "ini", "conf": "ini",
    "env": "bash", "properties": "properties", "tf": "terraform", "proto": "protobuf", "graphql": "graphql",
    "vue": "vue", "svelte": "html", "tex": "tex", "diff": "diff", "patch": "diff", "mk": "make", "cmake": "cmake",
    "gradle": "groovy", "groovy": "groovy", "nix": "nix", "zig": "zig", "v": "verilog", "asm": "nasm", "s": "gas",
}  # fmt: skip
NAMES = {"dockerfile": "docker", "containerfile": "docker", "makefile": "make", "gnumakefile": "make"}
INTERPRETERS = {
    "python": "python",
    "sh": "bash",
    "bash": "bash",
    "zsh": "bash",
    "node": "javascript",
    "ruby": "ruby",
}
_INTERPRETER = re.compile(r"#!\s*\S*?(?:/env\s+(?:-S\s+)?)?(\w+?)[\d.]*(?:\s|$)")
_MARKUP = re.compile(r"\s*(?:<!--.*?-->\s*)*<(!doctype html|html|head|body|script|svg|\?xml)\b", re.I | re.S)
_LOG_LINE = re.compile(
    r"^\W{0,3}(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d\b|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    r"|(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b|\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:)"
)
FIRST_LINES = 40


def of_text(name: str, text: str) -> tuple[str, str]:
    """Its kind (text, code or log) and language, empty for prose."""
    plain = name.lower()
    ending = plain.rpartition(".")[2] if "." in plain else ""
    if ending == "log" or (re.fullmatch(r"\d{1,3}", ending) and ".log." in plain):
        return "log", ""
    if ending in CODE or plain in NAMES:
        return "code", NAMES.get(plain) or CODE[ending]
    if shown := _by_content(text):
        return "code", shown
    if ending in DATA:
        return "text", DATA[ending]
    if ending not in ("md", "markdown", "csv", "tsv") and _looks_like_log(text):
        return "log", ""
    return "text", PROSE.get(ending, "")


def _by_content(text: str) -> str:
    """What a first line gives away, whatever the name says."""
    head = text[:2000]
    if found := _INTERPRETER.match(head):
        return INTERPRETERS.get(found[1], found[1])
    if found := _MARKUP.match(head):
        return "xml" if found[1].lower() in ("svg", "?xml") else "html"
    return ""


def _looks_like_log(text: str) -> bool:
    lines = [line for line in text[:20_000].split("\n", FIRST_LINES)[:FIRST_LINES] if line.strip()]
    return len(lines) >= 3 and sum(bool(_LOG_LINE.match(line)) for line in lines) * 2 > len(lines)
