"""Runs alone, as a process of its own, as `files/child.py` does: reads one page of HTML within narrow limits.

libxml2 takes minutes for a megabyte of attributes in one tag, and nothing ends it on a thread.

    python -I page_child.py '{"source": "…", "charset": "", "url": "https://…", "limits": {…}}'
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    sys.path.append(str(Path(__file__).parents[2]))
    from sessions_app.files.child import confine
    from sessions_app.web.markup import read_page

    asked = json.loads(sys.argv[1])
    confine(asked["limits"])
    try:
        page = read_page(Path(asked["source"]).read_bytes(), asked["charset"], asked["url"])
        found = {"title": page.title, "text": page.text}
    except (MemoryError, RecursionError):
        found = {"refused": "limits"}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
