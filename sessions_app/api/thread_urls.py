"""The one thread of a person, beside `/api`."""

from __future__ import annotations

from django.urls import path

from . import thread
from .answers import live
from .urls import Unknown, both

urlpatterns = [
    *both("chat", live(thread.Thread.as_view()), "thread"),
    *both("chat/stream", live(thread.ThreadStream.as_view()), "thread_stream"),
    *both("chat/history", live(thread.ThreadHistory.as_view()), "thread_history"),
    *both("chat/sessions", thread.ThreadSession.as_view(), "thread_session"),
    path("chat/<path:rest>", Unknown.as_view(), name="thread_unknown"),
]
