"""How often a program may ask: by the minute; of a person reads and the rest by themselves, of nobody by address.

High enough for every use there is, low enough that a loop that went wrong is noticed. The counts live in the cache,
which processes of one workspace share. How many messages somebody may send is the matter of budgets.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView

READS, WRITES, NOBODYS = 3000, 600, 120  # a minute
LOOKS = ("GET", "HEAD", "OPTIONS")
MINUTE = 60


class Pace(BaseThrottle):
    """Counts in whole minutes of the clock. What is too much gets 429, and `Retry-After` in seconds."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not settings.RATE_LIMITS:
            return True
        kind, who = self._asking(request)
        most = {"reads": READS, "writes": WRITES, "nobody": NOBODYS}[kind]
        key = f"api:{kind}:{who}:{int(time.time()) // MINUTE}"
        cache.add(key, 0, 2 * MINUTE)
        try:
            return cache.incr(key) <= most
        except ValueError:  # the cache let go of it in between
            return True

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE

    def _asking(self, request: Request) -> tuple[str, Any]:
        if not request.user.is_authenticated:
            return "nobody", request.META.get("REMOTE_ADDR", "")
        return ("reads" if request.method in LOOKS else "writes"), request.user.pk
