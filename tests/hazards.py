"""What a file can do to the process that reads it, for `test_workers`: functions that a worker is asked to call."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from ingest.workers.messages import Alive, Extracted, Setup
from phi_assistant.errors import LoadError
from phi_assistant.schema import Chunk


def chunk(text: str, *, position: int = 0) -> Chunk:
    """Not that of `samples`, whose imports would take more time than the tests allow a worker."""
    return Chunk("a.md", position, "", "", (), 0, len(text), text)


def echo(text: str, setup: Setup) -> Iterator[Extracted]:
    """What a well-behaved reader does."""
    yield Extracted("echo", "Echo", "digest", (chunk(text),))


def who(_: str, setup: Setup) -> Iterator[Extracted]:
    yield from echo(f"{os.getpid()}", setup)


def lack(_: str, setup: Setup) -> Iterator[Extracted]:
    """A package that is not installed."""
    yield from echo(str(import_module("no_such_package")), setup)


def environment(_: str, setup: Setup) -> Iterator[Extracted]:
    """All that others can see of a process, and its passwords."""
    seen = f"{sys.orig_argv} {dict(os.environ)}"
    yield from echo(f"{seen} / {setup.options.passwords}", setup)


def open_files(_: str, setup: Setup) -> Iterator[Extracted]:
    names = [os.readlink(file) for file in Path("/proc/self/fd").iterdir() if file.exists()]  # noqa: PTH115
    yield from echo("\n".join(names), setup)


def much(chunks: int, setup: Setup) -> Iterator[Extracted]:
    yield Extracted("much", "", "", tuple(chunk("x" * 900, position=n) for n in range(chunks)))


def mark(argument: tuple[int, str], setup: Setup) -> Iterator[Extracted]:
    """Makes a file longer by a byte for each time it is called."""
    chunks, file = argument
    with Path(file).open("ab") as stream:
        stream.write(b".")
    yield from much(chunks, setup)


def noise(_: str, setup: Setup) -> Iterator[Extracted]:
    """What libraries print, and that they look for input."""
    print("noise", flush=True)
    os.write(1, b"\x80\x04noise" * 10_000)
    subprocess.run([sys.executable, "-c", "import sys; print(sys.stdin.read() or 'nothing')"], check=True)
    yield from echo(f"heard {sys.stdin.read()!r}", setup)


def hang(_: str, setup: Setup) -> Iterator[Extracted]:
    time.sleep(1000)
    yield from echo("", setup)


def hang_in_c(_: str, setup: Setup) -> Iterator[Extracted]:
    """With the interpreter held, so that no other thread of Python's runs."""
    ctypes.PyDLL(None).sleep(1000)
    yield from echo("", setup)


def hang_with_a_child(file: str, setup: Setup) -> Iterator[Extracted]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    Path(file).write_text(f"{os.getpid()} {child.pid}", "utf-8")
    yield from hang("", setup)


def slow_but_alive(seconds: float, setup: Setup) -> Iterator[Alive | Extracted]:
    for _ in range(10):
        time.sleep(seconds / 10)
        yield Alive()
    yield from echo("done", setup)


def slow_page_after_page(seconds: float, setup: Setup) -> Iterator[Extracted]:
    """As a scan of many pages is read: all is answered at the end."""
    for _ in range(10):
        time.sleep(seconds / 10)
        setup.options.sign()
    yield from echo("done", setup)


def segfault(_: str, setup: Setup) -> Iterator[Extracted]:
    ctypes.string_at(0)
    yield from echo("", setup)


def abort(_: str, setup: Setup) -> Iterator[Extracted]:
    os.abort()


def leave(_: str, setup: Setup) -> Iterator[Extracted]:
    os._exit(3)


def end_once(file: str, setup: Setup) -> Iterator[Extracted]:
    """As if something outside had ended it, the first time."""
    if not Path(file).exists():
        Path(file).touch()
        os.kill(os.getpid(), 9)
    yield from echo("done", setup)


def eat(_: str, setup: Setup) -> Iterator[Extracted]:
    kept = [bytearray(os.urandom(1_000_000) * 10) for _ in range(10_000)]
    yield from echo(f"{len(kept)}", setup)


def eat_at_once(_: str, setup: Setup) -> Iterator[Extracted]:
    yield from echo(f"{len(bytearray(10_000_000_000))}", setup)


def eat_in_a_child(_: str, setup: Setup) -> Iterator[Extracted]:
    code = (
        "import time; kept = bytearray(250_000_000)\nfor n in range(0, 250_000_000, 4096): kept[n] = 1\ntime.sleep(60)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    yield from echo("", setup)


def keep(_: str, setup: Setup) -> Iterator[Extracted]:
    """Leaves its process large."""
    kept = bytearray(b"x") * 400_000_000
    sys.modules["kept"] = kept  # type: ignore[assignment]
    yield from who("", setup)


def litter(_: str, setup: Setup) -> Iterator[Extracted]:
    import tempfile

    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"forgotten")
    yield from echo(file.name, setup)


def refuse(_: str, setup: Setup) -> Iterator[Extracted]:
    raise LoadError("is damaged: it ends too early.")


def trip(text: str, setup: Setup) -> Iterator[Extracted]:
    raise KeyError(text)
    yield


def nonsense(_: str, setup: Setup) -> Iterator[object]:
    """What a worker that a file has taken over could send."""
    yield os.system
