"""Joins the listed sources into one app.css and one app.js, without a build step; into two more for the API's reference.

A finder, so that development, tests and collectstatic all serve the same two files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import django_htmx
import drf_spectacular_sidecar
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile
from django.core.files.storage import Storage

STATIC = Path(settings.BASE_DIR) / "static"
SWAGGER = (  # of the sidecar only this: as an app it would bring redoc and maps, 9 MB
    Path(drf_spectacular_sidecar.__file__).parent / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
)
MAPS = re.compile(rb"(?://# |/\*# )sourceMappingURL=\S+(?:\*/)?\s*\Z")
HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx"


def css_sources() -> list[Path]:
    """Layers in their order; components in the order of their names."""
    css = STATIC / "css"
    heads = [css / name for name in ("reset.css", "tokens.css", "base.css")]
    return [*heads, *sorted((css / "components").glob("*.css")), css / "utilities.css"]


def js_sources() -> list[Path]:
    """htmx first, then its ws extension, then one file a behaviour."""
    return [HTMX / "htmx-2.min.js", HTMX / "ext" / "hx-ws-2.min.js", *sorted((STATIC / "js").glob("*.js"))]


def swagger_css() -> list[Path]:
    """Of the reference of the API alone: Swagger UI, then how it looks here."""
    return [SWAGGER / "swagger-ui.css", STATIC / "docs" / "swagger.css"]


def swagger_js() -> list[Path]:
    return [SWAGGER / "swagger-ui-bundle.js", STATIC / "docs" / "swagger.js"]


BUNDLES: dict[str, Callable[[], list[Path]]] = {
    "app.css": css_sources,
    "app.js": js_sources,
    "swagger.css": swagger_css,
    "swagger.js": swagger_js,
}


def joined(name: str) -> bytes:
    """The text of a bundle: each source in a line of its own, in the listed order. Maps of sources are not served."""
    between = b"\n;\n" if name.endswith(".js") else b"\n"
    return between.join(MAPS.sub(b"", path.read_bytes()) for path in BUNDLES[name]())


class BundleStorage(Storage):
    """Holds the bundles; their sources stay where they are."""

    prefix = ""

    def _open(self, name: str, mode: str = "rb") -> ContentFile[bytes]:
        return ContentFile(joined(name), name)

    def exists(self, name: str) -> bool:
        return name in BUNDLES

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return [], sorted(BUNDLES)

    def path(self, name: str) -> str:
        """Where the joined file lies; whitenoise's finders want a real path."""
        target = Path(settings.VAR_DIR) / "bundles" / name
        content = joined(name)
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(f".{id(content)}")
            partial.write_bytes(content)
            partial.replace(target)
        return str(target)


class BundleFinder(BaseFinder):
    """Finds the bundles; hides their sources from collectstatic."""

    storage = BundleStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in BUNDLES:
            return []
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name in BUNDLES:
            yield name, self.storage
