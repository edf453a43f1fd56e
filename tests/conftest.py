"""What the tests share: no network, the real embedder built once, a store, the demo documents ingested."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from kept import PG_CTL, emptied, postgres
from programs import Program
from samples import FAKE
from terminal import DOCUMENTS, Shop
from tiny_phi import TinyModels

from ingest.run import run
from phi_assistant import ChunkStore, Embedder, Retriever, open_embedder, open_store
from phi_assistant.conversations import Database, open_database
from phi_assistant.models.ollama.address import Address
from phi_assistant.models.onnx import ChatPhiOnnx

DEMO = Path(__file__).parents[1] / "demo"

# Child processes inherit these: the Hub says no at once, and other HTTP goes to a port where nobody listens.
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
}
REAL_MODEL = os.environ.get("PHI_ASSISTANT_TEST_MODEL")
"""A folder of a real model, for the tests that need one that understands."""
REAL_SERVER = os.environ.get("OLLAMA_HOST")
"""A real Ollama, for `-m ollama`, and what is to answer there. All others are to find none."""
REAL_NAME = os.environ.get("PHI_ASSISTANT_TEST_OLLAMA_MODEL", "phi4-mini")
os.environ["OLLAMA_HOST"] = "127.0.0.1:9"

for _name in [name for name in os.environ if name.startswith("PHI_ASSISTANT_")]:
    del os.environ[_name]  # the settings of whoever runs the tests are not those of the tests

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in whatever a shell runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the programs that are tested would never see Ctrl-C


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of a real model are left out where none is named, whatever else `-m` says, and those of a real Ollama
    where `-m` does not ask for them: `OLLAMA_HOST` is set on many machines."""
    _need(config, items, "model", REAL_MODEL, "Name the folder of a real model: PHI_ASSISTANT_TEST_MODEL=FOLDER")
    asked = "ollama" in config.option.markexpr
    _need(config, items, "ollama", asked and REAL_SERVER, "Name a real Ollama: OLLAMA_HOST=127.0.0.1:11434")


def _need(config: pytest.Config, items: list[pytest.Item], mark: str, there: object, how: str) -> None:
    wanting = [item for item in items if item.get_closest_marker(mark)]
    if there or not wanting:
        return
    if config.option.markexpr == mark:
        raise pytest.UsageError(f"{how} pytest -m {mark}")
    config.hook.pytest_deselected(items=wanting)
    items[:] = [item for item in items if item not in wanting]


_LOOPBACK = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None)


def _stays_here(event: str, args: tuple[object, ...]) -> None:
    """An audit hook: sees every connection that Python code of any package makes, and cannot be unhooked."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):  # that of a Unix socket is a path
        host = args[1][0]
    else:
        return
    if host not in _LOOPBACK and host != _real_host():
        raise ConnectionRefusedError(f"The tests stay on this machine, and this one asked for {host!r}.")


@cache
def _real_host() -> str | None:
    return urlsplit(Address.parse(REAL_SERVER).url).hostname if REAL_SERVER else None


@pytest.fixture(scope="session", autouse=True)
def _offline() -> None:
    sys.addaudithook(_stays_here)


@pytest.fixture(scope="session")
def models(pytestconfig: pytest.Config) -> Path:
    """The models folder with the real embedder in it; built once (12 s), kept for the next runs."""
    folder = pytestconfig.cache.mkdir("models")
    open_embedder(models=folder)
    return folder


@pytest.fixture(scope="session")
def embedder(models: Path) -> Embedder:
    """all-MiniLM-L6-v2 on ONNX Runtime."""
    return open_embedder(models=models)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    """Tiny language models of Phi-3's shape, real in every way; built when a test asks for one."""
    return TinyModels(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def real_model() -> Iterator[str]:
    """The folder of a real model, which whoever runs `-m model` has named; its process is kept to the end."""
    assert REAL_MODEL
    kept = ChatPhiOnnx(model=REAL_MODEL)
    kept.warm_up()
    yield REAL_MODEL
    kept.close()


@pytest.fixture(scope="module")
def chat(tiny: TinyModels) -> Iterator[Callable[..., ChatPhiOnnx]]:
    """Makes chat models by the name of a tiny one; those of the same name share a process while a module is tested."""
    kept: dict[str, ChatPhiOnnx] = {}

    def make(name: str, **options: object) -> ChatPhiOnnx:
        made = ChatPhiOnnx(model=str(tiny.folder(name)), **options)
        kept.setdefault(name, made)
        return made

    yield make
    for each in kept.values():
        each.close()


@pytest.fixture
def own(tiny: TinyModels, tmp_path: Path) -> Iterator[Callable[..., ChatPhiOnnx]]:
    """Makes chat models with a folder, and so a process, that no other test has."""
    made: list[ChatPhiOnnx] = []

    def make(name: str, **options: object) -> ChatPhiOnnx:
        made.append(ChatPhiOnnx(model=str(tiny.own(name, tmp_path)), **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def program(tiny: TinyModels) -> Iterator[Callable[..., Program]]:
    """Runs programs with a model; whatever is left of them is killed."""
    started: list[Program] = []

    def run(name: str, code: str, **options: object) -> Program:
        started.append(Program(tiny.folder(name), code, **options))
        return started[-1]

    yield run
    for each in started:
        each.clear_away()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChunkStore]:
    """An empty collection for word-length vectors."""
    with open_store(tmp_path / "store", embedder=FAKE, create=True) as opened:
        yield opened


class Unwatched:
    """Nobody looks at the progress of an ingestion."""

    def begin(self, files: int) -> None: ...

    def advance(self, files: int, chunks: int) -> None: ...

    def note(self, source: str, step: str, reason: str = "") -> None: ...


@pytest.fixture(scope="session")
def demo(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    """The help pages of an espresso shop, ingested; a test that changes them is wrong."""
    with closing(open_store(tmp_path_factory.mktemp("demo"), create=True)) as opened:
        run([DEMO / "support"], opened, lambda: embedder, Unwatched())
        yield Retriever(opened, embedder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server that the tests have for themselves."""
    with postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", *([pytest.param("postgres", marks=pytest.mark.postgres)] if PG_CTL else [])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """An address of a database that nobody has used yet."""
    if request.param == "sqlite":
        return tmp_path / "kept" / "conversations.db"
    return emptied(request.getfixturevalue("postgres_server"))


@pytest.fixture
def database(place: str | Path) -> Iterator[Database]:
    """An empty database of conversations."""
    with open_database(place) as opened:
        yield opened


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Shop:
    """A user who has ingested three documents."""
    folder = tmp_path_factory.mktemp("shop")
    for name, text in DOCUMENTS.items():
        (folder / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / name).write_bytes(text.encode())
    opened = Shop(folder / "docs", folder / "data", models)
    opened.ingested.append(opened.run("ingest", ".", "--json"))
    return opened
