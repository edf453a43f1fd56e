"""What a server says in the body of an error."""

from __future__ import annotations

import json

_KEYS = ("error", "message", "detail")
_MOST = 500
"""Characters; whole pages come from proxies."""


def said(body: str) -> str:
    """The text of an error, out of one JSON in another if need be."""
    try:
        told = json.loads(body)
    except ValueError:
        return body.strip()[:_MOST]
    while isinstance(told, dict) and (key := next((each for each in _KEYS if each in told), None)):
        told = told[key]
        if isinstance(told, str) and told.startswith("{"):
            return said(told)
    return str(told).strip()[:_MOST]
