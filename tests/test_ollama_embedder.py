"""An embedder of an Ollama server: prefixes, batches, long texts whole; a collection remembers it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests
from terminal import Shop

from phi_assistant import open_embedder
from phi_assistant.embeddings.ollama import OllamaEmbedder
from phi_assistant.embeddings.prefixes import prefixes_of
from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.fakes.ollama import BUSY, DIED, FakeModel, OllamaServer, Stall
from phi_assistant.models.errors import ModelBusy, ModelDied, ModelTimedOut, PromptTooLong

NOMIC = FakeModel("nomic-embed-text", capabilities=["embedding"], family="nomic-bert", context=64)
PLAIN = FakeModel("all-minilm", capabilities=["embedding"], family="bert", context=64)
MODELS = [NOMIC, PLAIN, FakeModel("phi3.5"), FakeModel("mxbai-embed-large", capabilities=["embedding"])]


@pytest.fixture(scope="module")
def server():
    with OllamaServer(MODELS) as server:
        yield server


@pytest.fixture
def embedder(server):
    server.requests.clear()
    return OllamaEmbedder("all-minilm", base_url=server.url)


def embeds(server):
    """What was sent to /api/embed."""
    return [each.json for each in server.requests if each.path == "/api/embed"]


def test_vectors_are_those_of_the_model_and_of_length_one(embedder):
    vectors = embedder.embed(["a cat sat", "on the mat"])
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, WordLengthEmbeddings().embed(["a cat sat", "on the mat"]), atol=1e-6)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert embedder.dimensions == 16
    assert embedder.embed([]).shape == (0, 16)


@pytest.mark.parametrize("text", ["", " ", "\n", "half \ud83d", "\u2028", "a\x00b"])
def test_any_text_has_a_vector(embedder, text):
    assert embedder.embed([text, "word"]).shape == (2, 16)


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("nomic-embed-text", "search_query: ", "search_document: "),
        ("nomic-embed-text-v2-moe:latest", "search_query: ", "search_document: "),
        ("mxbai-embed-large:335m", "Represent this sentence for searching relevant passages: ", ""),
        ("snowflake-arctic-embed:22m", "Represent this sentence for searching relevant passages: ", ""),
        ("snowflake-arctic-embed2", "query: ", ""),
        ("bge-large", "Represent this sentence for searching relevant passages: ", ""),
        ("bge-m3", "", ""),
        ("all-minilm:33m", "", ""),
        ("jeffh/intfloat-multilingual-e5-base:f16", "query: ", "passage: "),
        ("embeddinggemma", "task: search result | query: ", "title: none | text: "),
        ("my-own", "", ""),
    ],
)
def test_a_model_is_given_the_prefixes_it_was_trained_with(name, query, document):
    assert (prefixes_of(name).query, prefixes_of(name).document) == (query, document)


def test_questions_and_passages_are_told_apart(server):
    server.requests.clear()
    embedder = OllamaEmbedder("nomic-embed-text", base_url=server.url)
    embedder.embed_query("How long?")
    embedder.embed_documents(["45 days."])
    embedder.embed_questions(["How long?"])
    assert [each["input"] for each in embeds(server)] == [
        ["search_query: How long?"],
        ["search_document: 45 days."],
        ["search_query: How long?"],
    ]


def test_many_texts_come_in_batches_and_in_order(server, embedder):
    texts = [f"{'x' * (number % 15 + 1)} word" for number in range(300)]
    assert np.allclose(embedder.embed(iter(texts)), WordLengthEmbeddings().embed(texts), atol=1e-6)
    assert [len(each["input"]) for each in embeds(server)] == [64] * 4 + [44]


def test_a_text_that_is_too_long_is_embedded_in_parts_and_nothing_is_lost(server, embedder, caplog):
    caplog.set_level("INFO")
    long = "word " * 100 + "extraordinary " * 100
    vectors = embedder.embed(["short", long, "shorter"])
    assert np.allclose(vectors[[0, 2]], WordLengthEmbeddings().embed(["short", "shorter"]), atol=1e-6)
    assert vectors[1][3] > 0.1  # words of 4 letters, which stand at its beginning
    assert vectors[1][12] > 0.1  # and of 13, at its end
    assert np.linalg.norm(vectors[1]) == pytest.approx(1, abs=1e-5)
    assert "1 of 3 texts are longer than the 64 tokens that all-minilm reads" in caplog.text
    assert all(each["truncate"] is False for each in embeds(server))
    assert max(len(text.split()) for each in embeds(server) for text in each["input"] if text != long) < 200


def test_a_text_that_fills_the_model_to_the_last_token_may_have_been_cut_and_is_parted(server, embedder):
    """Versions from 0.13.5 on were seen to overlook `truncate` (ollama#14186); the count alone tells."""
    full = ("word " * 62).strip()
    embedder.embed([full])
    assert [[len(text.split()) for text in each["input"]] for each in embeds(server)] == [[62], [31], [31]]


def test_a_word_without_end_is_parted_too(embedder):
    assert embedder.embed(["!" * 5000]).shape == (1, 16)


def test_a_model_that_reads_next_to_nothing_says_so():
    with OllamaServer([FakeModel("tiny", capabilities=["embedding"], family="bert", context=4)]) as server:
        embedder = OllamaEmbedder("tiny", base_url=server.url)
        with pytest.raises(PromptTooLong):
            embedder.embed(["!?!?!?!?!?!?!?!?!"])


def test_what_may_pass_is_tried_again(server, embedder):
    server.fail(BUSY, DIED, path="/api/embed")
    assert embedder.embed(["word"]).shape == (1, 16)
    server.fail(*[BUSY] * 3, path="/api/embed")
    with pytest.raises(ModelBusy):
        embedder.embed(["word"])
    server.fail(Stall(), path="/api/embed")
    with pytest.raises(ModelTimedOut):
        OllamaEmbedder("all-minilm", base_url=server.url, timeout=0.3).embed(["word"])


def test_what_cannot_embed_is_refused_with_the_command_that_helps(server, tmp_path):
    with pytest.raises(ModelUnavailable, match=r"'nomic-embed'.*nomic-embed-text:latest.*ollama pull nomic-embed"):
        open_embedder("ollama:nomic-embed", models=tmp_path, ollama=server.url)
    with pytest.raises(ConfigError, match=r"does not embed.*ollama pull nomic-embed-text"):
        open_embedder("ollama:phi3.5", models=tmp_path, ollama=server.url)
    with pytest.raises(ConfigError, match="names no embedder"):
        open_embedder("ollama:", models=tmp_path, ollama=server.url)
    with pytest.raises(ModelDied, match="ollama serve"):
        open_embedder("ollama:all-minilm", models=tmp_path, ollama="http://127.0.0.1:9")


@pytest.mark.slow
def test_a_collection_remembers_its_embedder(server, tmp_path, models, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "leave.md").write_text("# Leave\n\nYou have twenty days of leave a year.\n", "utf-8")
    monkeypatch.setenv("PHI_ASSISTANT_OLLAMA", server.url)
    user = Shop(tmp_path / "docs", tmp_path / "data", models)
    server.requests.clear()
    spec = "ollama:nomic-embed-text"
    assert user.run("ingest", ".", "--embedder", "ollama:no-such-model").code == 1
    assert user.run("ingest", ".", "--embedder", spec).code == 0
    assert user.run("ingest", ".").code == 0
    assert "twenty days of leave" in user.run("search", "How many days of leave do I have?").output
    sent = [text for each in embeds(server) for text in each["input"]]
    assert any(text.startswith("search_document: Leave") for text in sent)
    assert "search_query: How many days of leave do I have?" in sent
    for embedder in ("onnx:all-minilm-l6-v2", spec):
        assert json.loads(user.run("reindex", "--embedder", embedder, "--json").output)["embedder"] == embedder
    assert f"({spec}, en)" in user.run("doctor").output
    with server.down():
        assert "ollama serve" in user.run("search", "leave").errors


class OfLangChain:
    @pytest.fixture(autouse=True)
    def _server(self, server):
        self.url = server.url

    @property
    def embeddings_class(self):
        return OllamaEmbedder

    @property
    def embedding_model_params(self):
        return {"name": "nomic-embed-text", "base_url": self.url}


class TestUnit(OfLangChain, EmbeddingsUnitTests):
    pass


class TestIntegration(OfLangChain, EmbeddingsIntegrationTests):
    pass
