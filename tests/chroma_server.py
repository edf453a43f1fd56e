"""A Chroma server as people run it: `chroma run` on a port of its own, and a folder of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

RUN = "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(['chroma', 'run', *sys.argv[1:]])"
SOON_S = 30.0


class ChromaServer:
    """Runs from the start to `stop`, and again after `start`, on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        flags = ["--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", RUN, *flags],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + SOON_S
        while not self._answers():
            assert time.monotonic() < until
            assert self._process.poll() is None
            time.sleep(0.02)

    def kill(self) -> None:
        """As a crash does."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def collections(self) -> int:
        """How many it keeps."""
        import chromadb
        from chromadb.config import Settings

        client = chromadb.HttpClient("127.0.0.1", self.port, settings=Settings(anonymized_telemetry=False))
        try:
            return client.count_collections()
        finally:
            client.close()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
