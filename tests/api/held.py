"""Answers held against the shapes they are described by."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator
from rest_framework.renderers import JSONRenderer

from sessions_app.api.describing import REF, defined


def fits(shape: Any, value: Any) -> bool:
    """Whether a value, as JSON, is what the description of the API says of the shape; raises what it is not."""
    schema, parts = defined(shape, "serialization")
    whole = json.loads(json.dumps({**schema, "$defs": parts}).replace(REF.format(model=""), "#/$defs/"))
    Draft202012Validator(whole).validate(json.loads(JSONRenderer().render(value)))
    return True
