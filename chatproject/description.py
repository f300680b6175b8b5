"""The description of the API and its page: `/api/schema` (YAML, or JSON where that is accepted or `?format=json` asks for
it), `/api/docs`.

Both are open to anybody: they name no data, are the same for everyone, and tools that make clients or set up gateways
fetch them without a token.
"""

from __future__ import annotations

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from sessions_app.api.answers import ApiView

YAML = ("application/vnd.oai.openapi", "application/yaml")
JSON = ("application/json", "application/vnd.oai.openapi+json")
RENDERERS = {"yaml": OpenApiYamlRenderer, "json": OpenApiJsonRenderer}


@cache
def written(form: str) -> bytes:
    """The description, put together once a process: it takes half a second."""
    found = RENDERERS[form]().render(SchemaGenerator().get_schema(request=None, public=True))
    return found if isinstance(found, bytes) else found.encode()


class Schema(ApiView):
    schema = None
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> HttpResponseBase:
        form, media = _wanted(request._request)
        content = written(form)
        etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        headers = {
            "ETag": etag,
            "Cache-Control": "public, no-cache",
            "Vary": "Accept",
            "Content-Disposition": f'inline; filename="openapi.{form}"',
        }
        response = HttpResponse(content, content_type=f"{media}; charset=utf-8", headers=headers)
        found = get_conditional_response(request._request, etag=etag, response=response)
        assert found is not None
        return found


def _wanted(request: HttpRequest) -> tuple[str, str]:
    """Form and media type of what is asked for; YAML where nothing is."""
    accepted = request.get_preferred_type([*YAML, *JSON])
    form = request.GET.get("format") or ("json" if accepted in JSON else "yaml")
    if form not in RENDERERS:
        raise ValidationError({"format": ["yaml or json."]})
    of_form = YAML if form == "yaml" else JSON
    return form, accepted if accepted in of_form else of_form[0]


@require_safe
@never_cache
def documents(request: HttpRequest) -> HttpResponse:
    """Swagger UI, which asks with the session of the browser or with a token that is entered."""
    return render(request, "api/docs_page.html")
