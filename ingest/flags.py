"""Flags and settings, as what a run takes: options of readers, limits, passwords, loaders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.jobs import Loader
from ingest.readers.options import Options
from ingest.workers.limits import Limits
from phi_assistant.errors import ConfigError
from phi_assistant.settings import Settings

_CONSTANTS = {"True": True, "False": False, "None": None}


def options_of(settings: Settings, passwords: Sequence[str], file: Path | None) -> Options:
    """Raises `ConfigError` if the file of passwords cannot be read."""
    return Options(
        passwords=(*passwords, *(_passwords(file) if file else ())),
        ocr_languages=settings.ocr_languages,
        pages=settings.file_pages,
        unpacked=settings.file_unpacked,
    )


def limits_of(settings: Settings) -> Limits:
    return Limits(
        seconds=settings.file_seconds,
        memory=settings.file_memory,
        size=settings.file_bytes,
        text=settings.file_text,
    )


def loaders_of(spec: str | None, arguments: Sequence[str]) -> list[Loader]:
    """Raises `ConfigError` for what is not written as they are written."""
    if spec:
        return [_loader(spec, arguments)]
    if arguments:
        raise ConfigError("A `--loader-arg` is for a loader, and none is named. Add `--loader package.module:Class`.")
    return []


def _loader(spec: str, arguments: Sequence[str]) -> Loader:
    """From "package.module:Class" and "name=value" each."""
    module, _, name = spec.partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), name]):
        raise ConfigError(
            f"The loader {spec!r} is not named as one. Write `--loader package.module:Class`, "
            "such as `--loader langchain_community.document_loaders:CSVLoader`."
        )
    return Loader(spec, dict(map(_argument, arguments)))


def _argument(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):  # which is not repeated here, as it may be a secret
        raise ConfigError("A `--loader-arg` is not written as name=value. Put quotes around one that holds blanks.")
    return name, _value(value)


def _value(text: str) -> Any:
    """As JSON, or as Python writes what JSON writes otherwise; what is neither is text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    try:
        return json.loads(text, parse_constant=_no_number)
    except ValueError:
        return text


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is more likely a word")


def _passwords(file: Path) -> list[str]:
    """One a line, with every blank that is in it."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as exc:
        raise ConfigError(f"The file of passwords {file} cannot be read: {exc.strerror or exc}.") from exc
    except UnicodeDecodeError:  # whose message has what is in the file
        raise ConfigError(f"The file of passwords {file} is not UTF-8. Save it as UTF-8, a password a line.") from None
    return [line for line in (line.removesuffix("\r") for line in text.split("\n")) if line]
