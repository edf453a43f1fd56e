"""A repository of the Hub: which files a folder of it has at a revision, and where each is to be fetched.

The metadata of all files is one request; it holds the checksum of each.
"""

from __future__ import annotations

import time
from itertools import count
from pathlib import PurePosixPath

import httpx2
from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.hf_api import ModelInfo, RepoSibling
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # public, but not marked as such

from phi_assistant import __version__
from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.hub.failures import may_pass, pause, told
from phi_assistant.models.integrity import CONFIG
from phi_assistant.models.manifest import Listed, Manifest

_WAITS = (1.0, 2.0, 4.0)
_TIMEOUT = 30.0


class Repository:
    """One repository, by its name "owner/name"."""

    def __init__(self, name: str, *, endpoint: str | None = None) -> None:
        self.name = name
        self._api = HfApi(endpoint=endpoint, library_name="phi-assistant", library_version=__version__)
        self.endpoint = self._api.endpoint

    def plan(self, folder: str, *, revision: str | None) -> Manifest:
        """What is to be fetched of this folder; the revision is a branch, a tag or a commit, else the newest.

        Raises `ModelUnavailable` if it cannot be had, or the folder is not there.
        """
        try:
            with told(self.name, self.endpoint):
                info = self._info(revision)
        except (ValueError, KeyError) as exc:
            raise ModelUnavailable(
                f"What answers at {self.endpoint} is not the Hugging Face Hub ({type(exc).__name__}: {exc}): a login "
                "page of the network, or a wrong address in HF_ENDPOINT. Open it in a browser, then run this again."
            ) from exc
        within = [each for each in info.siblings or [] if each.rfilename.startswith(f"{folder}/")]
        if info.sha is None or not any(each.rfilename == f"{folder}/{CONFIG}" for each in within):
            raise ModelUnavailable(self._no_folder(folder, info))
        files = tuple(_listed(each, folder) for each in within)
        return Manifest(self.name, folder, info.sha, tuple(sorted(files, key=lambda file: file.size)))

    def url(self, plan: Manifest, file: Listed) -> str:
        """Where the bytes of a file are."""
        path = f"{plan.folder}/{file.path}"
        return hf_hub_url(self.name, path, revision=plan.revision, endpoint=self.endpoint)

    def headers(self) -> dict[str, str]:
        """With the user's token, if there is one; for the bytes as they are, so that a part can be asked for."""
        known = build_hf_headers(library_name="phi-assistant", library_version=__version__)
        return {**known, "Accept-Encoding": "identity"}

    def _info(self, revision: str | None) -> ModelInfo:
        for tries in count():
            try:
                return self._api.model_info(self.name, revision=revision, files_metadata=True, timeout=_TIMEOUT)
            except Exception as exc:
                if tries == len(_WAITS) or not may_pass(exc) or isinstance(exc, httpx2.ConnectError):
                    raise  # who has no network at all shall not have to wait for being told so
                time.sleep(pause(exc, _WAITS[tries]))
        raise AssertionError

    def _no_folder(self, folder: str, info: ModelInfo) -> str:
        names = sorted(str(PurePosixPath(each.rfilename).parent) for each in info.siblings or [] if _is_config(each))
        there = f"It has {', '.join(names)}." if names else "It has no folder for ONNX Runtime GenAI."
        return (
            f"The repository {self.name!r} has no folder {folder!r} (any more). {there} Download the one you want with "
            f"`hf download {self.name} --include 'FOLDER/*' --local-dir DIR`, then `phi-assistant models add DIR`."
        )


def _is_config(file: RepoSibling) -> bool:
    return PurePosixPath(file.rfilename).name == CONFIG


def _listed(file: RepoSibling, folder: str) -> Listed:
    path = file.rfilename.removeprefix(f"{folder}/")
    if ".." in path.split("/") or "\\" in path or ":" in path or file.size is None:
        raise ModelUnavailable(
            f"The Hub lists a file {file.rfilename!r} that cannot be stored; nothing was downloaded."
        )
    return Listed(path, file.size, file.lfs.sha256 if file.lfs else None, None if file.lfs else file.blob_id)
