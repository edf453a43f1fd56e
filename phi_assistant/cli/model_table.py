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
_WIDE = 112
"""Columns from which on the table has room for licences and languages."""
_STEP = 1024
"""Tokens by which the memory of a conversation grows."""


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
    table = Table(box=None, padding=(0, 2 if wide else 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("Model", no_wrap=True)
    for header in ("Parameters", "Context", "Download", "Memory"):
        table.add_column(header, no_wrap=True, justify="right")
    for header in ("Ollama", *(("Licence", "Languages") if wide else ())):
        table.add_column(header, no_wrap=True)
    for model in catalogue():
        table.add_row(
            f"{marks.get(model.name, ' ')} {model.name}",
            f"{model.parameters:g}B",
            *_numbers(model, wide=wide),
            f"{model.ollama.name}{' ✓' * _is_there(model, there)}" if isinstance(model.ollama, InOllama) else _NONE,
            *((model.licence, _languages(model)) if wide else ()),
        )
    return table


def _numbers(model: Model, *, wide: bool) -> tuple[str, str, str]:
    """Its context, and what ONNX Runtime's files of it take of a line and of memory."""
    context = f"{model.context // 1024}k"
    if not isinstance(model.onnx, OnHub):
        return context, _NONE, _NONE
    window = model.onnx.window
    at_once = f" ({window // 1024}k at once)" if window and wide else ""
    return f"{context}{at_once}", decimal(model.onnx.size), decimal(model.onnx.memory + _STEP * model.onnx.token_memory)


def _languages(model: Model) -> str:
    others = len(model.languages) - 1
    return f"en + {others}" if others else "en"


def _notes() -> list[str]:
    """What the table does not say: what a column is for, what a model reads, and why something cannot be had."""
    languages, licences, reasons = (defaultdict[str, list[str]](list) for _ in range(3))
    for model in catalogue():
        languages[", ".join(code for code in model.languages if code != "en")].append(model.name)
        licences[model.licence].append(model.name)
        reasons["; ".join(_reasons(model))].append(model.name)
    return [
        *_columns(),
        *(f"{', '.join(names)}: {why}." for why, names in reasons.items() if why),
        "Languages: English. "
        + " ".join(f"{', '.join(names)}: also {codes}." for codes, names in languages.items() if codes),
        *(f"Licence {licence}: {_whose(names)}." for licence, names in licences.items()),
    ]


def _columns() -> list[str]:
    folders = [(model.context, model.onnx) for model in catalogue() if isinstance(model.onnx, OnHub)]
    windows = {context: folder.window for context, folder in folders if folder.window}
    steps = sorted(folder.token_memory * _STEP for _, folder in folders)
    return [
        *(
            f"Context {context // 1024}k: prompt and answer have {window:,} tokens together unless `context_length` "
            "allows more."
            for context, window in windows.items()
        ),
        "Download: for ONNX Runtime, `phi-assistant models pull NAME`.",
        f"Memory: with a conversation of {_STEP:,} tokens; each {_STEP:,} more take "
        f"{steps[0] / 1e9:.1f} to {steps[-1] / 1e9:.1f} GB.",
        "Ollama: its name there, ✓ if your server has it; `phi-assistant models pull NAME --backend ollama`.",
    ]


def _reasons(model: Model) -> list[str]:
    """Why not all of it can be had."""
    reads = ["text only, pictures are not read"] if isinstance(model.onnx, OnHub) and model.onnx.text_only else []
    return reads + [found.why for found in (model.onnx, model.ollama) if isinstance(found, Missing)]


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
