"""The product's own settings with what tests change: a file database, quick hashing, no rate limits."""

from __future__ import annotations

import os

from chatproject.environment import VAR_DIR
from chatproject.settings import *  # noqa: F403
from chatproject.settings import DATABASES, SQLITE, STORAGES

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
RATE_LIMITS = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
ANTHROPIC_API_KEY = ""
ANTHROPIC_BASE_URL = ""
OPENAI_API_KEY = GEMINI_API_KEY = ""
COMPATIBLE_SERVERS = {}
EMBEDDING_MODEL = ""
FALLBACK = False  # one provider alone, but where a test says otherwise
DEFAULT_MODEL = ""
HOUSEKEEPING = []
ACTIVITY_LOG = False  # its thread would write between the tests
OFFLINE_DELAY_MS = 0
RETRY_BASE_MS = 1
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_USE_FINDERS = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if SQLITE:
    # A database in shared memory ignores the lock time-out: runner tests need a file.
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TEST_DATABASE", str(VAR_DIR / "test.sqlite3"))}

ATTACHMENTS_DIR = VAR_DIR / "test-attachments"
IMPORTS_DIR = VAR_DIR / "test-imports"
VIDEOS_DIR = VAR_DIR / "test-videos"
STATIC_ROOT = VAR_DIR / "test-static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
