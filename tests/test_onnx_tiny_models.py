"""The tiny models are what the other tests take them for, by the bare runtime and by transformers."""

from __future__ import annotations

import os

import numpy as np
import pytest
from tiny_phi import ANSWER, EMOJI, LISTING, model
from tiny_phi.peer import Peer

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when the runtime is imported; others find out for themselves
import onnxruntime_genai as og

del os.environ["ORT_DISABLE_TELEMETRY"]

HELLO = "<|user|>\nHello<|end|>\n<|assistant|>\n"
END = "<|end|>"


def generator(folder, ids, room):
    """A sequence of the bare runtime that has read these ids."""
    loaded = og.Model(str(folder))
    params = og.GeneratorParams(loaded)
    params.set_search_options(max_length=len(ids) + room)
    sequence = og.Generator(loaded, params)
    sequence.append_tokens(np.array(ids, np.int32))
    return sequence


def said(folder, name, tokens):
    """What the bare runtime answers to `HELLO`, the end token included."""
    vocabulary = model(name).vocabulary
    sequence = generator(folder, vocabulary.ids(HELLO), tokens)
    ids = []
    while not sequence.is_done() and len(ids) < tokens:
        sequence.generate_next_token()
        ids.append(int(sequence.get_next_tokens()[0]))
    return vocabulary.tokenizer.decode(ids, skip_special_tokens=False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("answer", ANSWER + END),
        ("answer4", ANSWER + END),
        ("first", ANSWER + END),
        ("emoji", EMOJI + END),
        ("emoji4", EMOJI + END),
        ("listing", LISTING + END),
        ("closing", ANSWER + END),
        ("closing4", ANSWER + END),
        ("calls4", "<|tool_call|>" + END),
        ("deep", ANSWER + END),
    ],
)
def test_a_model_says_its_sentence_and_ends(tiny, name, text):
    assert said(tiny.folder(name), name, 40) == text


@pytest.mark.parametrize("name", ["counting", "slow"])
def test_one_counts_without_end(tiny, name):
    words = said(tiny.folder(name), name, 1000).split()
    assert words == [str(number % 400 + 1) for number in range(1000)]


def test_one_says_the_same_again_and_again(tiny):
    assert said(tiny.folder("loop"), "loop", 9) == "Again and again and again and again and again"


def test_a_smile_comes_a_byte_at_a_time():
    for name in ("emoji", "emoji4"):
        vocabulary = model(name).vocabulary
        smile = vocabulary.ids("a 🙂")[-4:]
        assert len(set(smile)) == 4
        assert all(vocabulary.tokenizer.decode([each]) == "\N{REPLACEMENT CHARACTER}" for each in smile)


@pytest.mark.parametrize("name", ["random", "random8k", "random128k"])
@pytest.mark.parametrize("length", [20, 300, 3000])
def test_random_weights_give_the_tokens_of_transformers(tiny, name, length):
    tiny_model = model(name)
    prompt = np.random.default_rng(length).integers(259, len(tiny_model.vocabulary), length).tolist()
    sequence = generator(tiny.folder(name), prompt, 80)
    ids = []
    for _ in range(80):
        ids.append(int(sequence.get_logits().argmax()))
        sequence.append_tokens(np.array(ids[-1:], np.int32))
    assert ids == Peer(tiny_model.weights).continued(prompt, 80)


def test_beyond_4096_tokens_keys_turn_otherwise_as_in_transformers(tiny):
    tiny_model = model("random128k")
    prompt = np.random.default_rng(0).integers(259, len(tiny_model.vocabulary), 4200).tolist()
    scores = generator(tiny.folder("random128k"), prompt, 10).get_logits().reshape(-1)
    np.testing.assert_allclose(scores, Peer(tiny_model.weights).logits(prompt), atol=5e-3)
