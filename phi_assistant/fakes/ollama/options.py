"""The options of a request: their types, and what keep_alive and think may be."""

from __future__ import annotations

from typing import Any

from phi_assistant.fakes.ollama import go
from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.fields import Body

_INTEGERS = frozenset(
    "num_ctx num_batch num_gpu main_gpu num_thread num_keep seed num_predict top_k repeat_last_n".split()
)
_FLOATS = frozenset("top_p min_p typical_p temperature repeat_penalty presence_penalty frequency_penalty".split())
_LEVELS = ("high", "medium", "low", "max")


def options(body: Body) -> dict[str, Any]:
    """Those that were given. Raises `ApiError` for one of another type; unknown ones are ignored."""
    given = {name: value for name, value in body.get("options", {}).items() if value is not None}
    for name, value in given.items():
        _check(name, value)
    return given


def _check(name: str, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in _INTEGERS and not number:
        raise _wrong(name, "of type integer")
    if name in _FLOATS and not number:
        raise _wrong(name, "of type float32")
    if name == "use_mmap" and not isinstance(value, bool):
        raise _wrong(name, "of type boolean")
    if name == "stop" and not isinstance(value, list):
        raise _wrong(name, "of type array")
    if name == "stop" and not all(isinstance(each, str) for each in value):
        raise _wrong(name, "of an array of strings")


def _wrong(name: str, kind: str) -> ApiError:
    return ApiError(500, f'option "{name}" must be {kind}')


def keep_alive(body: Body) -> int | None:
    """Nanoseconds; None if nothing was said. Raises `ApiError` for what is no duration."""
    value = body.get("keep_alive")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        kind = {"bool": "bool", "list": "[]interface {}"}.get(type(value).__name__, "map[string]interface {}")
        raise ApiError(400, f"Unsupported type: '{kind}'")
    return lasting(value)


def lasting(value: float | str) -> int:
    """A number of seconds, or a duration as Go writes it, in nanoseconds; less than none is for ever."""
    try:
        nanoseconds = go.duration(value) if isinstance(value, str) else int(value * go.SECOND)
    except ValueError as exc:
        raise ApiError(400, str(exc)) from exc
    return go.FOREVER if nanoseconds < 0 else nanoseconds


def think(body: Body) -> bool | str | None:
    """As it was given. Raises `ApiError` for what it cannot be."""
    value = body.get("think")
    if value is None or isinstance(value, bool) or value in _LEVELS:
        return value
    if isinstance(value, str):
        listed = ", ".join(f'"{level}"' for level in _LEVELS)
        raise ApiError(400, f"invalid think value: {go.encode(value)} (must be {listed}, true, or false)")
    raise ApiError(400, 'think must be a boolean or string ("high", "medium", "low", "max", true, or false)')
