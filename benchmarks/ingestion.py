"""`python -m benchmarks.ingestion WHICH FILES STORE`: one ingestion, in a process that does nothing else.

What is timed begins after all that is needed has been imported and loaded. So the two are compared as they run
alone: with both in one process, the threads and the memory of the one slow the other down.
"""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cost import Spent, timed

OURS, STACK = "phi-assistant", "usual stack"


def alone(which: str, files: Path, store: Path) -> Spent:
    """Of one of the two, in a fresh process. Its result: chunks of ours, or characters that the stack's loaders gave.

    Raises `CalledProcessError` if it ends with an error.
    """
    command = [sys.executable, "-m", "benchmarks.ingestion", which, str(files), str(store)]
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1], check=True)
    return Spent(**json.loads(done.stdout.splitlines()[-1]))


def _ours(files: Path, folder: Path) -> Callable[[], int]:
    from benchmarks.pool import Silent
    from ingest.run import run
    from phi_assistant.embeddings import open_embedder
    from phi_assistant.settings import Settings
    from phi_assistant.store import open_store

    embedder = open_embedder(models=Settings.load().models_folder)

    def ingest(files: Path, folder: Path) -> int:
        with open_store(folder, create=True) as store:
            return run([files], store, lambda: embedder, Silent()).chunks

    with TemporaryDirectory(prefix="warm-") as scratch:
        warm = Path(scratch, "files", "warm.txt")
        warm.parent.mkdir()
        warm.write_text("It warms up.", "utf-8")
        ingest(warm.parent, Path(scratch, "store"))
    return lambda: ingest(files, folder)


def _stack(files: Path, folder: Path) -> Callable[[], int]:
    from benchmarks.peer import Peer

    with TemporaryDirectory(prefix="warm-", ignore_cleanup_errors=True) as scratch:
        Peer(Path(scratch)).fill({"warm": "It warms up."})
    peer = Peer(folder)
    return lambda: peer.ingest(files)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=[OURS, STACK])
    parser.add_argument("files", type=Path)
    parser.add_argument("store", type=Path)
    chosen = parser.parse_args()
    work = {OURS: _ours, STACK: _stack}[chosen.which](chosen.files, chosen.store)
    print(json.dumps(asdict(timed(work))))


if __name__ == "__main__":
    main()
