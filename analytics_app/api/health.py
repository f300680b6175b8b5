"""Every part of the workspace with its latest measurement, for programs of staff."""

from __future__ import annotations

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from analytics_app.queries.health.report import report
from sessions_app.api.answers import ApiView


class Health(ApiView):
    """200 whatever the state is: whoever asks reads `status`. To others than staff there is nothing here."""

    def get(self, request: Request) -> Response:
        if not request.user.is_staff:
            raise Http404
        return Response(report(request.user).as_json())
