"""One file, from the Hub to the disk: from where it stopped, again when the line breaks, and checked.

huggingface_hub's own download begins anew after a kill (2.x writes into a file whose name no other run knows, and
deletes it when it fails), which nobody wants of gigabytes; the session, the redirects and the errors are its.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import httpx2
from huggingface_hub import constants
from huggingface_hub.utils import get_session, hf_raise_for_status  # type: ignore[attr-defined]  # public, unmarked
from rich.filesize import decimal

from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.hub.failures import may_pass, pause
from phi_assistant.models.manifest import Listed

_WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds between tries that brought nothing; whatever brings some bytes starts them anew."""
_CHUNK = 1 << 20

Advance = Callable[[int], None]
"""Called with the bytes that the file has now."""


def download(file: Listed, target: Path, url: str, headers: dict[str, str], advance: Advance) -> None:
    """Brings the file to its size. Raises what the transport raises when trying again does not help."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if length(target) > file.size:
        target.unlink()
    tries = 0
    while length(target) < file.size or not target.exists():
        before = length(target)
        try:
            _append(file, target, url, headers, advance)
            failure: Exception = httpx2.ReadError("the server ended the file too early")
        except Exception as exc:
            if not may_pass(exc):
                raise
            failure = exc
        if length(target) >= file.size and target.exists():
            return
        tries = 0 if length(target) > before else tries + 1
        if tries > len(_WAITS):
            raise failure
        time.sleep(pause(failure, _WAITS[tries - 1] if tries else 0.2))


def matches(file: Listed, target: Path) -> bool:
    """Whether the file is the one that the Hub lists: sha256 of large files, git's own checksum of small ones."""
    if file.sha256:
        digest, wanted = hashlib.sha256(), file.sha256
    else:
        digest, wanted = hashlib.sha1(b"blob %d\0" % length(target), usedforsecurity=False), file.git_sha1 or ""
    with target.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == wanted


def length(file: Path) -> int:
    """0 if there is no such file."""
    return file.stat().st_size if file.exists() else 0


def _append(file: Listed, target: Path, url: str, headers: dict[str, str], advance: Advance) -> None:
    """One request: what the file does not have yet."""
    have = length(target)
    asked = {**headers, "Range": f"bytes={have}-"} if have else headers
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream("GET", url, headers=asked, timeout=timeout, follow_redirects=True) as response:
        hf_raise_for_status(response)
        whole = have and response.status_code == 200  # the server does not know parts
        with target.open("wb" if whole else "ab") as out:
            have = 0 if whole else have
            for chunk in response.iter_bytes():
                _write(out, chunk, target, still=file.size - have)
                have += len(chunk)
                advance(have)
            os.fsync(out.fileno())


def _write(out: BinaryIO, chunk: bytes, target: Path, *, still: int) -> None:
    try:
        out.write(chunk)
        out.flush()  # so that a kill loses nothing that has come
    except OSError as exc:
        free = shutil.disk_usage(target.parent).free
        raise ModelUnavailable(
            f"{target.name} cannot be written to {target.parent}: {exc.strerror}. {decimal(still)} of it are still "
            f"needed, {decimal(free)} are free. What was downloaded is kept: make room, and run the same command again."
        ) from exc
