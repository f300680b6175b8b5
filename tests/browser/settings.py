"""The product's own settings, with a place for its files beside the test's database and quick hashing."""

from __future__ import annotations

import os
from pathlib import Path

from chatproject.settings import *  # noqa: F403

VAR_DIR = Path(os.environ["BROWSER_VAR"])
STATIC_ROOT = VAR_DIR / "static"
ATTACHMENTS_DIR = VAR_DIR / "attachments"
IMPORTS_DIR = VAR_DIR / "imports"
VIDEOS_DIR = VAR_DIR / "videos"
PLUGINS = [*PLUGINS, "tests.browser.plugins.Notes", "no.such.Plugin"]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
