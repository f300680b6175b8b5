"""All settings in one file, from the environment as `environment` reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import dj_database_url
import dj_email_url
from csp.constants import NONE, SELF

from . import environment
from .environment import (
    choice,
    compatible_servers,
    dollars,
    embedding_model,
    env,
    names,
    number,
    private_hosts,
    secret_key,
    secrets_before,
    stdio_servers,
    stop,
    switch,
    url,
)

BASE_DIR = environment.BASE_DIR
VAR_DIR = environment.VAR_DIR

# ---------------------------------------------------------------- core

DEBUG = switch("DEBUG", False)
HTTPS = switch("HTTPS", False)
SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = secrets_before()
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
SITE_NAME: str = env.str("SITE_NAME", "Workspace")
KNOWLEDGE = switch("KNOWLEDGE", True)  # videos: their transcripts, and answers that refer to them

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "django_htmx",
    "heroicons",
    "csp",
    "allauth",
    "allauth.account",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "django_tasks",
    "django_tasks_db",
    "sessions_app",
    "analytics_app",
    "export_app",
    *(["sessions_app.knowledge"] if KNOWLEDGE else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "chatproject.middleware.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "chatproject.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chatproject.middleware.LoginRequired",
    "chatproject.middleware.OwnZone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "chatproject.middleware.Finishing",  # the last: what it gives passes all others
]

ROOT_URLCONF = "chatproject.urls"
ASGI_APPLICATION = "chatproject.asgi.application"
APPEND_SLASH = True

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatproject.middleware.site",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
TIME_ZONE: str = env.str("TIME_ZONE", "UTC")
if TIME_ZONE not in available_timezones():
    stop(f"TIME_ZONE must be the name of a time zone such as Europe/Zurich, not {TIME_ZONE!r}.")
USE_I18N = False  # texts are marked, but no translation is shipped: each would be looked up in vain
USE_TZ = True
FORMAT_MODULE_PATH = "chatproject.formats"
MIGRATION_MODULES = {
    "knox": None
}  # its one table is swapped for ours; its migrations would make it all the same
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# ---------------------------------------------------------------- database

DATABASE_URL = url(
    "DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}", ("sqlite", "postgres", "postgresql")
)
_database: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL))
SQLITE = _database["ENGINE"].endswith("sqlite3")
if SQLITE:
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # Django's defaults lose writes under threads: a deferred transaction that upgrades to a write gets
    # "database is locked" at once, whatever the time-out.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True  # no dead connection is used again
    _database["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": number("DATABASE_POOL", 16, 2, 200), "timeout": 10}
    }
DATABASES = {"default": _database}

# ---------------------------------------------------------------- cache, channel layer

REDIS_URL = url("REDIS_URL", "", ("redis", "rediss", "unix"))
if REDIS_URL:
    CACHES: dict[str, Any] = {
        "default": {
            "BACKEND": "chatproject.caches.LastingRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
    # The layer waits 5 s for a message at a time, and by default its client gives up after 5 s: idle is no fault.
    _layer_host = {"address": REDIS_URL, "socket_timeout": 15}
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [_layer_host], "capacity": 500, "prefix": "chat"},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# ---------------------------------------------------------------- people

AUTH_USER_MODEL = "sessions_app.User"
AUTHENTICATION_BACKENDS = [
    "chatproject.logins.People",
    "chatproject.logins.PeopleOfPages",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
SIGNUP = switch("SIGNUP", False)
REVIEW_REASON = switch("REVIEW_REASON", False)  # staff say why before they read what others wrote
ACCOUNT_ADAPTER = "sessions_app.views.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_USERNAME_MIN_LENGTH = 2
LEADERBOARD_NAMES = switch("LEADERBOARD_NAMES", True)
RATE_LIMITS = switch("RATE_LIMITS", True)
if not RATE_LIMITS:
    ACCOUNT_RATE_LIMITS = False

EMAIL_URL = url("EMAIL_URL", "console://", ("console", "smtp", "smtps", "submission", "file", "memory"))
_email = dj_email_url.parse(EMAIL_URL)
EMAIL_BACKEND: str = _email["EMAIL_BACKEND"]
EMAIL_HOST: str = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT: int = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER: str = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD: str = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS: bool = bool(_email.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL: bool = bool(_email.get("EMAIL_USE_SSL"))
EMAIL_FILE_PATH: str = _email.get("EMAIL_FILE_PATH") or ""
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "workspace@localhost")
EMAIL_TIMEOUT = 10

# ---------------------------------------------------------------- safety

SESSION_ENGINE = "chatproject.logins"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 50
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],  # a chosen film, to see how long it lasts
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# ---------------------------------------------------------------- static files

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "chatproject.bundles.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ---------------------------------------------------------------- programs

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "sessions_app.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["sessions_app.api.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "sessions_app.api.pagination.Pages",
    "EXCEPTION_HANDLER": "sessions_app.api.problems.handle",
    "DEFAULT_SCHEMA_CLASS": "sessions_app.api.describing.Description",
    "DEFAULT_THROTTLE_CLASSES": ["sessions_app.api.throttling.Pace"],
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter of exports
}
REST_KNOX = {
    "TOKEN_MODEL": "sessions_app.ApiToken",
    "TOKEN_TTL": None,
    "AUTH_HEADER_PREFIX": "Bearer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "PREPROCESSING_HOOKS": ["sessions_app.api.describing.one_spelling"],
    "POSTPROCESSING_HOOKS": ["sessions_app.api.describing.told"],
}
KNOX_TOKEN_MODEL = "sessions_app.ApiToken"  # noqa: S105 (a model, no secret)

# ---------------------------------------------------------------- providers, tools

ANTHROPIC_API_KEY: str = env.str("ANTHROPIC_API_KEY", "").strip()
ANTHROPIC_BASE_URL = url("ANTHROPIC_BASE_URL", "", ("http", "https"))
ANTHROPIC_VERSION: str = env.str("ANTHROPIC_VERSION", "")
ANTHROPIC_CONNECT_TIMEOUT = number("ANTHROPIC_CONNECT_TIMEOUT", 10, 1, 120)
ANTHROPIC_SILENCE_TIMEOUT = number("ANTHROPIC_SILENCE_TIMEOUT", 120, 1, 900)
OPENAI_API_KEY: str = env.str("OPENAI_API_KEY", "").strip()
OPENAI_BASE_URL = url("OPENAI_BASE_URL", "", ("http", "https"))
GEMINI_API_KEY: str = env.str("GEMINI_API_KEY", "").strip()
GEMINI_BASE_URL = url("GEMINI_BASE_URL", "", ("http", "https"))
# Servers that speak OpenAI's chat completions, by the names that stand before their models: ollama/llama3.2.
COMPATIBLE_SERVERS = compatible_servers()
PROVIDER_CONNECT_TIMEOUT = number("PROVIDER_CONNECT_TIMEOUT", 10, 1, 120)  # seconds; of all but Anthropic
PROVIDER_SILENCE_TIMEOUT = number("PROVIDER_SILENCE_TIMEOUT", 120, 1, 900)
DEFAULT_MODEL: str = env.str("DEFAULT_MODEL", "")
SUMMARY_MODEL: str = env.str("SUMMARY_MODEL", "")  # else the cheap model of whichever provider answers
# Tokens that a request takes, as far as its model does; a session may have a budget of its own.
CONTEXT_TOKENS = number("CONTEXT_TOKENS", 100_000, 4_000, 10_000_000)
FALLBACK = switch("FALLBACK", True)  # another provider answers where the wanted one cannot
FALLBACK_SECONDS = number("FALLBACK_SECONDS", 60, 1, 3600)  # so long one that failed is left out
OFFLINE_DELAY_MS = number("OFFLINE_DELAY_MS", 12, 0, 1000)
PROVIDERS = {
    "anthropic": "sessions_app.providers.anthropic.AnthropicProvider",
    "openai": "sessions_app.providers.openai.OpenAIProvider",
    "gemini": "sessions_app.providers.gemini.GeminiProvider",
    "offline": "sessions_app.providers.offline.OfflineProvider",
}
COMPATIBLE_PROVIDER = "sessions_app.providers.compatible.CompatibleProvider"
AGENT_TOOLS = [
    "analytics_app.tools.analyze_session_metrics",
    "analytics_app.tools.analyze_token_usage",
    "analytics_app.tools.search_session_messages",
    "analytics_app.tools.get_active_sessions",
    "analytics_app.tools.analyze_engagement",
    "analytics_app.tools.check_system_health",
    "analytics_app.tools.analyze_costs",
    "sessions_app.web.search.web_search",
    "sessions_app.web.pages.read_web_page",
    "sessions_app.web.repair.search_repair_guides",
    "sessions_app.web.repair.read_repair_guide",
    *(["sessions_app.knowledge.tools.search_video_transcripts"] if KNOWLEDGE else []),
]
# What adds cards to a question before it goes to the model, in their order: objects with `wanted` and `gather`.
CONTEXT_SOURCES = [
    "sessions_app.activity.automatic.RECENT",
    "sessions_app.plugins.hooks.SOURCE",
    *(["sessions_app.knowledge.context.SOURCE"] if KNOWLEDGE else []),
]
# Words of passages for who may see their video (`agent.passages.Texts`); empty: there are none.
PASSAGE_TEXTS = "sessions_app.knowledge.reading.texts_of" if KNOWLEDGE else ""
# The videos that a session is about, as somebody sees them: `(person, chat or None)`; empty: there are none.
SESSION_VIDEOS = "sessions_app.knowledge.chosen.chosen_in" if KNOWLEDGE else ""
# Told of each answer that ends, within its transaction (`actions.running.finish`).
ANSWER_WATCHERS = ["sessions_app.knowledge.actions.answers.answer_ended"] if KNOWLEDGE else []
ACTIVITY_DAYS = number("ACTIVITY_DAYS", 30, 1, 3650)  # that events of activity are kept
ACTIVITY_LOG = switch("ACTIVITY_LOG", True)  # errors in the log become events that staff see
# Plugins by dotted path, beside those that installed packages bring by the entry point `sessions_app.plugins`.
PLUGINS = [
    "sessions_app.plugins.calculator.Calculator",
    "sessions_app.plugins.git_activity.GitActivity",
    *names("PLUGINS"),
]
PLUGIN_SECONDS = number("PLUGIN_SECONDS", 2, 1, 60)  # that a hook of a plugin may take
WEB_TOOLS = switch("WEB_TOOLS", True)  # pages and repair guides may be read: requests leave this machine
# Hosts of one's own network that pages may be read from.
WEB_PRIVATE_HOSTS = private_hosts("WEB_PRIVATE_HOSTS")
WEB_SEARCH = switch(
    "WEB_SEARCH", False
)  # models search by themselves where they can; their provider charges for it
# A search API for all other models, and where that switch is off.
WEB_SEARCH_KIND = choice("WEB_SEARCH_KIND", "searxng", ("searxng", "brave"))
WEB_SEARCH_URL = url("WEB_SEARCH_URL", "", ("http", "https"))
WEB_SEARCH_KEY: str = env.str("WEB_SEARCH_KEY", "").strip()
IFIXIT_URL = url("IFIXIT_URL", "https://www.ifixit.com/api/2.0", ("http", "https"))
PREMIUM_TOOLS = names("PREMIUM_TOOLS")
PREMIUM_MODELS = names("PREMIUM_MODELS")
APPROVAL_TOOLS = names("APPROVAL_TOOLS")
SLASH_COMMANDS = [  # what can be typed behind "/"; of two with one name the later one is meant
    "sessions_app.commands.help.Help",
    "sessions_app.commands.context.Clear",
    "sessions_app.commands.activity.Activity",
    "sessions_app.commands.versions.Branch",
    "sessions_app.commands.versions.Compare",
    "sessions_app.commands.naming.Model",
    "sessions_app.commands.naming.Title",
    "export_app.commands.Export",
    "sessions_app.commands.plugin.Plugin",
    *(["sessions_app.knowledge.commands.Video"] if KNOWLEDGE else []),
]
HOUSEKEEPING = [  # run by the server every five minutes
    "sessions_app.actions.purging.purge_deleted",
    "analytics_app.actions.rollups.catch_up",
    "analytics_app.actions.activity.catch_up",
    "sessions_app.actions.attachments.sweep",
    "analytics_app.actions.budgets.sweep",
    "sessions_app.actions.pending.send_held_back",
    "export_app.jobs.take_up",
    "export_app.actions.sweeping.sweep",
    "export_app.actions.uploading.sweep",
    "export_app.actions.sharing.sweep",
    "sessions_app.actions.idempotency.sweep",
    "sessions_app.actions.tokens.sweep",
    "sessions_app.actions.activity.sweep",
    *(["sessions_app.knowledge.actions.housekeeping.sweep"] if KNOWLEDGE else []),
    *(["sessions_app.knowledge.actions.videos.sweep"] if KNOWLEDGE else []),
    *(["analytics_app.actions.video_days.catch_up"] if KNOWLEDGE else []),
    *(["sessions_app.knowledge.embedding_run.look"] if KNOWLEDGE else []),
]
FILE_HOLDERS = ["export_app.actions.sharing.files_needed"]  # stored files are kept for these too
SEALERS = [  # each seals its secrets with the present key: how many it did, how many it could not open
    "sessions_app.actions.mcp.seal_headers_again",
    "sessions_app.actions.webhooks.seal_webhooks_again",
    "export_app.actions.sharing.seal_links_again",
    "sessions_app.actions.plugins.seal_secrets_again",
]
SESSION_ORIGINS = ["export_app.importers.origin.told"]  # a sentence of where a session came from, or ""
SESSION_EXTRAS = {
    "analytics": "analytics_app.api.session.session_figures"
}  # what a session brings with it, asked for by name
MESSAGE_WATCHERS = ["analytics_app.actions.activity.messages_changed"]  # of rewritten or deleted messages
REPLY_GATES = ["analytics_app.gates.BUDGETS"]  # asked before a reply begins and before each model call leaves
DOCTOR_CHECKS = [
    "analytics_app.doctor.CHECK",
    "analytics_app.doctor.BUDGETS",
    "export_app.doctor.JOBS",
    "export_app.doctor.IMPORTED",
    "export_app.doctor.ADDED",
    *(["sessions_app.knowledge.doctor.CHECK"] if KNOWLEDGE else []),
]
# Hosts of one's own network where MCP servers may be: those by http and on any port too. Programs that are MCP
# servers are named here and nowhere else: a row of the database never starts a command.
MCP_PRIVATE_HOSTS = private_hosts()
MCP_STDIO_SERVERS = stdio_servers()
TOOL_TIMEOUT = number("TOOL_TIMEOUT", 30, 1, 600)
MAX_TURNS = number("MAX_TURNS", 10, 1, 50)
MAX_TOOL_CALLS = number("MAX_TOOL_CALLS", 16, 1, 100)
MAX_REPLY_COST = dollars("MAX_REPLY_COST", "5")
RETRY_BASE_MS = number("RETRY_BASE_MS", 1000, 1, 60_000)
MAX_MESSAGE_BYTES = 400_000

# ---------------------------------------------------------------- files

ATTACHMENTS_DIR = VAR_DIR / "attachments"
MAX_UPLOAD_BYTES = number("MAX_UPLOAD_BYTES", 20_000_000, 1_000, 200_000_000)
MAX_UNSENT_BYTES = number("MAX_UNSENT_BYTES", 200_000_000, 1_000, 10_000_000_000)  # a person
MAX_ATTACHMENTS = number("MAX_ATTACHMENTS", 50, 1, 100)  # a message
MAX_PDF_PAGES = number("MAX_PDF_PAGES", 100, 1, 1_000)
MAX_PICTURE_PIXELS = number("MAX_PICTURE_PIXELS", 40_000_000, 10_000, 200_000_000)
MAX_BODY_BYTES = 3 * MAX_UPLOAD_BYTES + 1_000_000  # of one request, several files in it

# ---------------------------------------------------------------- videos

VIDEOS_DIR = VAR_DIR / "videos"
MAX_VIDEO_BYTES = number("MAX_VIDEO_BYTES", 500_000_000, 1_000, 20_000_000_000)  # of one file
MAX_TRANSCRIPT_BYTES = number("MAX_TRANSCRIPT_BYTES", 10_000_000, 1_000, 200_000_000)
PASSAGE_SECONDS = number("PASSAGE_SECONDS", 60, 10, 600)  # that a passage of a transcript lasts, about
PASSAGE_CHARACTERS = number("PASSAGE_CHARACTERS", 900, 200, 4_000)  # and as long it is at the most
STUDENT_NAMES = switch("STUDENT_NAMES", False)  # creators see who talks about their videos
# Passages are found by their words; with a model of a provider here ("openai/text-embedding-3-small", or
# "NAME/MODEL" of one of COMPATIBLE_SERVERS) by their meaning too.
EMBEDDING_MODEL = embedding_model(OPENAI_API_KEY, COMPATIBLE_SERVERS)
VECTOR_CACHE_MB = number("VECTOR_CACHE_MB", 200, 1, 20_000)  # of vectors that a process keeps in memory

# ---------------------------------------------------------------- what leaves and enters

EXPORT_FORMATS = [
    "export_app.renderers.markdown.Markdown",
    "export_app.renderers.json.Json",
    "export_app.renderers.text.Text",
    "export_app.renderers.html.Html",
    "export_app.renderers.pdf.Pdf",
    "export_app.renderers.word.Word",
]
EXPORTS_DIR = VAR_DIR / "exports"
IMPORTS_DIR = VAR_DIR / "imports"
MAX_IMPORT_BYTES = number(
    "MAX_IMPORT_BYTES", 1_000_000_000, 1_000, 20_000_000_000
)  # of one file; it comes in pieces
EXPORT_DAYS = number("EXPORT_DAYS", 7, 1, 365)  # a file that was made in the background is kept so long
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
GALLERY_OPEN = switch("GALLERY_OPEN", False)  # the gallery can be read without a login
JOBS_OUTSIDE = switch("JOBS_OUTSIDE", False)  # jobs are done by `manage.py db_worker`, not by the server

# ---------------------------------------------------------------- logs

LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    stop("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "chatproject.logs.formatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "lines"},
        "activity": {"class": "sessions_app.activity.logged.ActivityHandler"},
    },
    "root": {"handlers": ["console", "activity"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
        "aiohttp": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "anthropic": {"level": "WARNING"},
        "mcp": {"level": "WARNING"},
    },
}
