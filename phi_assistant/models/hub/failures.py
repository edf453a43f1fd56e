"""What the Hub and the network may answer, in words: what happened, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RevisionNotFoundError,
)

from phi_assistant.errors import ModelUnavailable

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_AGAIN = "What was downloaded is kept: run the same command again later."


def may_pass(exc: Exception) -> bool:
    """Whether trying again may help."""
    if isinstance(exc, HfHubHTTPError):
        return exc.response is not None and exc.response.status_code in _PASSING
    return isinstance(exc, httpx2.TransportError) and not isinstance(exc, httpx2.UnsupportedProtocol)


def pause(exc: Exception, usual: float) -> float:
    """Seconds to wait before trying again: what the server asks for, up to a minute."""
    if not isinstance(exc, HfHubHTTPError) or exc.response is None:
        return usual
    asked = exc.response.headers.get("Retry-After", "")
    return min(float(asked), 60.0) if asked.isdigit() else usual


@contextmanager
def told(repository: str, endpoint: str) -> Iterator[None]:
    """Turns what goes wrong with this repository into `ModelUnavailable`."""
    try:
        yield
    except OfflineModeIsEnabled as exc:
        raise ModelUnavailable(
            "HF_HUB_OFFLINE is set, so that nothing is downloaded. Unset it and run this again, or name a model "
            "that is here already: `phi-assistant models add PATH`."
        ) from exc
    except HfHubHTTPError as exc:
        raise ModelUnavailable(_refusal(exc, repository, endpoint)) from exc
    except httpx2.RequestError as exc:
        raise ModelUnavailable(
            f"{endpoint} cannot be reached ({type(exc).__name__}: {exc}). Is there a network? Behind a proxy set "
            f"HTTPS_PROXY, with a mirror of the Hub HF_ENDPOINT. {_AGAIN}"
        ) from exc


def _refusal(exc: HfHubHTTPError, repository: str, endpoint: str) -> str:
    status = exc.response.status_code if exc.response is not None else 0
    where = f"{repository!r} at {endpoint}"
    if status in (401, 403) or isinstance(exc, GatedRepoError):
        return (
            f"The Hub does not let us read {where} (HTTP {status}): it is private or gone, or the token is not valid. "
            "Sign in with `hf auth login`, or set or unset HF_TOKEN, and run this again."
        )
    if isinstance(exc, RevisionNotFoundError):
        return f"{where} has no such revision (any more). Take the newest: `phi-assistant models pull NAME`."
    if status == 404:
        what = (
            "does not have one of the files that it lists" if isinstance(exc, RemoteEntryNotFoundError) else "is gone"
        )
        return (
            f"{where} {what} (HTTP 404). Take another model: `phi-assistant models list`; or add a folder that you "
            "have: `phi-assistant models add PATH`."
        )
    if status in _PASSING:
        return f"The Hub cannot answer just now (HTTP {status} for {where}, tried several times). {_AGAIN}"
    return f"The Hub refused {where} (HTTP {status}: {exc.server_message or 'no reason given'}). {_AGAIN}"
