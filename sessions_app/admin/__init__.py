"""The admin site: figures for all staff, text only for those who may read messages, each opening recorded."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from . import (
    activity,
    audit,
    chats,
    marks,
    mcp,
    messages,
    offers,
    people,
    plugins,
    prices,
    processes,
    replies,
    templates,
    tokens,
    usage,
    webhooks,
)

__all__ = [
    "activity",
    "audit",
    "chats",
    "marks",
    "mcp",
    "messages",
    "offers",
    "people",
    "plugins",
    "prices",
    "processes",
    "replies",
    "templates",
    "tokens",
    "usage",
    "webhooks",
]

admin.site.site_header = "Workspace administration"
admin.site.site_title = "Workspace administration"
admin.site.index_title = "Overview"
admin.site.enable_nav_sidebar = False  # the lists take the width
# Admin's own login form knows no rate limits; the accounts' one does.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
