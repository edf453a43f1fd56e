"""What can be set for an answer, in the constructor of a chat model and again for each call."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from phi_assistant.errors import ConfigError


class Options(BaseModel):
    """How an answer is written."""

    model_config = ConfigDict(extra="forbid", validate_default=False, protected_namespaces=())

    temperature: float = Field(default=0.0, ge=0, le=100)
    """0 takes the likeliest token each time; higher is freer."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Only the likeliest tokens that have this probability together."""
    top_k: int = Field(default=0, ge=0)
    """Only so many of the likeliest tokens; 0 is all."""
    repetition_penalty: float = Field(default=1.0, gt=0, le=10)
    """Above 1, tokens that were there before become less likely."""
    seed: int | None = Field(default=None, ge=0)
    """Makes an answer with a temperature the same each time."""
    max_tokens: int = Field(default=512, ge=1)
    """Of the answer."""
    stop: list[str] | None = None
    """Strings before which the answer ends."""
    timeout: float | None = Field(default=600.0, gt=0)
    """Seconds that a whole call may take, waiting and loading included; None is for ever."""
    logprobs: bool = False
    """Whether each token's log-probability is reported."""
    top_logprobs: int = Field(default=0, ge=0, le=20)
    """How many alternatives are reported with it; any number asks for `logprobs`."""
    repetition_guard: bool = True
    """Whether an answer that says the same again and again is ended."""

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, stop: Any) -> Any:
        return [stop] if isinstance(stop, str) else stop


def for_call(own: Options, given: dict[str, Any]) -> Options:
    """The options of one call. Raises `ConfigError` for a name nobody knows and for a value that cannot be."""
    check_names(given, Options.model_fields, what="The call")
    values = {name: getattr(own, name) for name in Options.model_fields} | given
    if values["top_logprobs"] and "logprobs" not in given:
        values["logprobs"] = True
    try:
        return Options(**values)
    except ValidationError as exc:
        raise refused(exc) from exc


def check_names(given: Iterable[str], known: Iterable[str], *, what: str) -> None:
    """Raises `ConfigError` for the first name that is not known, with the nearest one that is."""
    known = set(known)
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(sorted(known))}."
            raise ConfigError(f"{what} has an argument {name!r}, which does not exist. {hint}")


def refused(error: ValidationError, secret: Collection[str] = ()) -> ConfigError:
    """A value that cannot be, as one line; without the value if it is one of the `secret` names."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "arguments"
    shown = "what it is" if first["loc"] and first["loc"][0] in secret else repr(first["input"])
    return ConfigError(f"The argument {name!r} cannot be {shown}: {first['msg']}.")
