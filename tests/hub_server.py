"""A small Hugging Face Hub on this machine: what huggingface_hub asks, answered as the real one does.

Large files are kept as LFS: `resolve` redirects to another host (the CDN), which knows ranges. What can go wrong is
said in advance: cuts, statuses, wrong bytes, a stall.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

LFS = 10_000
"""Files from this size on are LFS."""


@dataclass(frozen=True)
class Asked:
    """A request, as it came."""

    method: str
    path: str
    range: str | None
    authorization: str | None
    agent: str


@dataclass
class Repo:
    """One revision of a repository."""

    files: dict[str, bytes]
    commit: str = "0123456789abcdef0123456789abcdef01234567"
    token: str | None = None
    """Without it nothing is shown."""


@dataclass
class Hub:
    """What it has, what it was asked, and what goes wrong."""

    repos: dict[str, Repo] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    cuts: dict[str, list[int]] = field(default_factory=dict)
    """By the end of a file's name: after so many bytes the line breaks; one for each request."""
    statuses: dict[str, list[int]] = field(default_factory=dict)
    """By a part of a path: answered with these first."""
    wrong: dict[str, int] = field(default_factory=dict)
    """By the end of a file's name: so many times its last byte is another one."""
    stalls: dict[str, int] = field(default_factory=dict)
    """By the end of a file's name: after so many bytes nothing comes until `go` is set."""
    stalled: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ranges(self, end: str) -> list[str | None]:
        """The ranges that were asked of a large file, one for each time its bytes were fetched."""
        return [each.range for each in self.asked if each.method == "GET" and self._is_cdn(each.path, end)]

    def _is_cdn(self, path: str, end: str) -> bool:
        return path.startswith("/cdn/") and path.endswith(end)


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub, reachable at its `url`."""

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.go.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *arguments: Any) -> None:
        """Nobody reads it."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        told = self.headers
        asked = Asked(self.command, path, told.get("Range"), told.get("Authorization"), told.get("User-Agent", ""))
        self.hub.asked.append(asked)
        for part, statuses in self.hub.statuses.items():
            if part in path and statuses:
                self._send(statuses.pop(0), b'{"error": "as the test wants it"}', {})
                return
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+))?(?:/(.*))?", path):
            self._api(*match.groups())
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.*)", path):
            self._resolve(*match.groups())
        elif match := re.fullmatch(r"/cdn/([^/]+/[^/]+)/(.*)", path):
            self._bytes(self.hub.repos[match[1]].files[match[2]], match[2], {})
        else:
            self._error(404, "RepoNotFound")

    def _api(self, name: str, kind: str | None, revision: str | None, below: str | None) -> None:
        repo = self._repo(name, revision)
        if repo is None:
            return
        files = [_entry(path, data) for path, data in sorted(repo.files.items())]
        if kind == "tree":
            answer: Any = [
                {**file, "path": file["rfilename"], "oid": file["blobId"], "type": "file", "lfs": _tree_lfs(file)}
                for file in files
                if file["rfilename"].startswith(f"{below}/" if below else "")
            ]
        else:
            answer = {"_id": "1", "id": name, "modelId": name, "sha": repo.commit, "private": False, "siblings": files}
        self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _resolve(self, name: str, revision: str, path: str) -> None:
        repo = self._repo(name, revision)
        if repo is None:
            return
        if path not in repo.files:
            self._error(404, "EntryNotFound")
            return
        data = repo.files[path]
        entry = _entry(path, data)
        known = {"X-Repo-Commit": repo.commit}
        if "lfs" in entry:
            etag = f'"{entry["lfs"]["sha256"]}"'
            cdn = f"http://localhost:{self.hub.port}/cdn/{name}/{path}"
            linked = {"X-Linked-Etag": etag, "X-Linked-Size": str(len(data)), "Location": cdn}
            self._send(302, b"", {**known, **linked})
        else:
            self._bytes(data, path, {**known, "ETag": f'"{entry["blobId"]}"'})

    def _repo(self, name: str, revision: str | None) -> Repo | None:
        repo = self.hub.repos.get(name)
        if repo is None:  # the Hub does not tell strangers what is private and what is not there
            self._error(404 if self.headers.get("Authorization") else 401, "RepoNotFound")
        elif repo.token and self.headers.get("Authorization") != f"Bearer {repo.token}":
            self._error(401, "GatedRepo")
        elif revision not in (None, "main", repo.commit):
            self._error(404, "RevisionNotFound")
        else:
            return repo
        return None

    def _bytes(self, data: bytes, path: str, headers: dict[str, str]) -> None:
        if _take(self.hub.wrong, path):
            data = data[:-1] + bytes([data[-1] ^ 1])
        first = int(re.fullmatch(r"bytes=(\d+)-", self.headers["Range"])[1]) if "Range" in self.headers else 0
        if first >= len(data) > 0:
            self._send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        part = {"Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"} if "Range" in self.headers else {}
        self._send(206 if part else 200, data[first:], {**headers, **part}, path)

    def _error(self, status: int, code: str) -> None:
        self._send(status, json.dumps({"error": code}).encode(), {"X-Error-Code": code, "X-Error-Message": code})

    def _send(self, status: int, body: bytes, headers: dict[str, str], path: str = "") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        with suppress(ConnectionError):  # of a client that was killed
            self._write(body, path)

    def _write(self, body: bytes, path: str) -> None:
        cuts = next((cuts for end, cuts in self.hub.cuts.items() if path.endswith(end) and cuts), None)
        stall = next((end for end in self.hub.stalls if path and path.endswith(end)), None)
        if cuts:
            self.wfile.write(body[: cuts.pop(0)])
            self.close_connection = True
        elif stall:
            after = self.hub.stalls.pop(stall)
            self.wfile.write(body[:after])
            self.hub.stalled.set()
            self.hub.go.wait(60)
            self.wfile.write(body[after:])
        else:
            self.wfile.write(body)


def _entry(path: str, data: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    entry: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": blob}
    if len(data) >= LFS:
        entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return entry


def _tree_lfs(file: dict[str, Any]) -> dict[str, Any] | None:
    lfs = file.get("lfs")
    return {"oid": lfs["sha256"], "size": lfs["size"], "pointerSize": lfs["pointerSize"]} if lfs else None


def _take(counts: dict[str, int], path: str) -> bool:
    end = next((end for end, count in counts.items() if path.endswith(end) and count > 0), None)
    if end is None:
        return False
    counts[end] -= 1
    return True
