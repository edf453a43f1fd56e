"""What browsers are told: to load nothing from elsewhere, to be shown in nobody's frame, to tell nobody the address."""

from __future__ import annotations

_PAGE = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",  # Streamlit's components are made of strings
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' ws: wss:",  # Safari does not take 'self' for a websocket
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}


def told_to_browsers(*, page: bool) -> dict[str, str]:
    """The headers of a response; `page` if it is one."""
    headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
    if page:
        headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in _PAGE.items())
    return headers
