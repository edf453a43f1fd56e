"""How the models look: a table for people, at 80 columns as well, and JSON for programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from phi_assistant.cli import ollama
from phi_assistant.errors import PhiAssistantError
from phi_assistant.models.catalogue import InOllama, Missing, Model, OnHub, catalogue
from phi_assistant.models.folders import Here
from phi_assistant.models.ollama.names import tagged
from phi_assistant.models.ollama.server import State

Server = State | PhiAssistantError
"""How it is, or why nobody knows."""

_NONE = "–"
_WIDE = 100
"""Columns from which on the table has room for the licence."""


def page(here: Sequence[Here], folder: Path, server: Server) -> None:
    """The family, what is to be known of it, and what is here and in an Ollama server."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(_table(here, _there(server), wide=console.width >= _WIDE))
    told = ["", *_notes(), "", *_here(here, folder), "", "In the Ollama server:", *ollama.lines(server)]
    console.print("\n".join(told), markup=False)


def as_dict(here: Sequence[Here], folder: Path, server: Server) -> dict[str, Any]:
    """For programs; the keys are a contract."""
    names = {each.name for each in here if each.flaw is None}
    return {
        "models": [_entry(model, names, _there(server)) for model in catalogue()],
        "here": [{**asdict(each), "folder": str(each.folder)} for each in here],
        "folder": str(folder),
        "server": ollama.as_dict(server),
    }


def _there(server: Server) -> Collection[str]:
    """The names of what the server has."""
    return () if isinstance(server, PhiAssistantError) else server.models


def _entry(model: Model, names: set[str], there: Collection[str]) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "parameters": round(model.parameters * 1e9),
        "context": model.context,
        "licence": model.licence,
        "languages": list(model.languages),
        "onnx": asdict(model.onnx) if isinstance(model.onnx, OnHub) else None,
        "ollama": asdict(model.ollama) if isinstance(model.ollama, InOllama) else None,
        "missing": {
            backend: found.why
            for backend, found in (("onnx", model.onnx), ("ollama", model.ollama))
            if isinstance(found, Missing)
        },
        "here": model.name in names,
        "in_server": _is_there(model, there),
    }


def _is_there(model: Model, there: Collection[str]) -> bool:
    return isinstance(model.ollama, InOllama) and tagged(model.ollama.name) in there


def _table(here: Sequence[Here], there: Collection[str], *, wide: bool) -> Table:
    marks = {each.name: "✓" if each.flaw is None else "!" for each in here}
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("Model", no_wrap=True)
    table.add_column("Size", no_wrap=True, justify="right")
    table.add_column("Context", no_wrap=True, justify="right")
    for header in (*(["Licence"] if wide else []), "Languages", "ONNX", "Ollama"):
        table.add_column(header, no_wrap=True)
    for model in catalogue():
        table.add_row(
            f"{marks.get(model.name, ' ')} {model.name}",
            f"{model.parameters:g}B",
            f"{model.context // 1024}k",
            *([model.licence] if wide else []),
            _languages(model),
            decimal(model.onnx.size) if isinstance(model.onnx, OnHub) else _NONE,
            f"{model.ollama.name}{' ✓' * _is_there(model, there)}" if isinstance(model.ollama, InOllama) else _NONE,
        )
    return table


def _languages(model: Model) -> str:
    others = len(model.languages) - 1
    return f"en + {others}" if others else "en"


def _notes() -> list[str]:
    """What the table does not say: licences, what a column is for, and why something cannot be had."""
    licences, reasons = defaultdict(list), defaultdict(list)
    for model in catalogue():
        licences[model.licence].append(model.name)
        whys = [found.why for found in (model.onnx, model.ollama) if isinstance(found, Missing)]
        if whys:
            reasons["; ".join(whys)].append(model.name)
    return [
        "ONNX: what `phi-assistant models pull` downloads. Ollama: what it does with `--backend ollama`; ✓ is there.",
        *(f"{', '.join(names)}: {why}." for why, names in reasons.items()),
        *(f"Licence {licence}: {_whose(names)}." for licence, names in licences.items()),
    ]


def _whose(names: list[str]) -> str:
    return "all of them" if len(names) == len(catalogue()) else ", ".join(names)


def _here(here: Sequence[Here], folder: Path) -> list[str]:
    if not here:
        return [f"None is here yet, in {folder}.", "Download one: phi-assistant models pull phi-3.5-mini"]
    return [f"Here, in {folder}:", *(line for each in here for line in _lines(each))]


def _lines(here: Here) -> list[str]:
    origin = {"pulled": "downloaded from", "added": "added, at", "interrupted": "from"}[here.origin]
    line = f"  {here.name}: {decimal(here.size)}, {origin} {here.source}"
    if here.flaw is None:
        return [line]
    repair = f"phi-assistant models {'remove' if here.origin == 'added' else 'pull'} {here.name}"
    return [line, f"    cannot be used: {here.flaw}; {repair}"]
