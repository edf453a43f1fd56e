"""`python -m phi_assistant.store.server FOLDER WAIT PORT COMMAND`: serves a collection's vectors on loopback.

This process holds the lock and the Chroma folder, so that no moment has the one without the other; it ends when
its input does, that is, with the process that started it, however that ends. It ends as well when the collection
has been indexed anew: whoever started it starts another. Chroma's Rust server, never `chromadb.app`, the Python
one (CVE-2026-45829). Holds no text: what can be read here is vectors and the names of sources.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import NoReturn

from phi_assistant.store.generations import current, first
from phi_assistant.store.lock import HOST, Lock, Owner

_LOOK = 0.5
"""Seconds between two looks at whether the collection was indexed anew."""


def main(folder: Path, wait: float, port: int, command: str) -> None:
    generation, lock = _locked(folder, wait)
    port = _free(port)
    lock.sign(Owner(os.getpid(), command, port))
    _say({"port": port})
    Thread(target=_end_with_parent, daemon=True).start()
    Thread(target=_end_with_generation, args=(folder, generation), daemon=True).start()
    _serve(generation / "chroma", port)
    os._exit(0)  # the threads that watch have nothing to finish


def _locked(folder: Path, wait: float) -> tuple[Path, Lock]:
    """The generation in use, held. Ends the process if another one keeps it."""
    until = monotonic() + wait
    while True:
        generation = first(folder)
        lock = Lock(generation)
        if lock.acquire():
            if generation == current(folder):
                return generation, lock
            lock.release()
        owner = lock.owner()
        if owner and owner.port:
            _refuse({"served": owner.port})
        if monotonic() >= until:
            _refuse({"busy": str(owner or "another process")})
        sleep(0.05)


def _free(port: int) -> int:
    """This port if nobody has it, else another: clients of a server that is restarted keep its address."""
    for wanted in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(os.name == "posix"))
            try:
                probe.bind((HOST, wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")


def _serve(path: Path, port: int) -> None:
    import chromadb_rust_bindings

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # its banner and its log
    chromadb_rust_bindings.cli(["chroma", "run", "--path", str(path), "--host", HOST, "--port", str(port)])


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    _end()


def _end_with_generation(folder: Path, generation: Path) -> None:
    while current(folder) == generation:
        sleep(_LOOK)
    _end()


def _end() -> NoReturn:
    """Lets the server finish what it is writing."""
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(5)
    os._exit(1)


def _say(facts: dict[str, object]) -> None:
    print(json.dumps(facts), flush=True)


def _refuse(facts: dict[str, object]) -> NoReturn:
    _say(facts)
    sys.exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
