"""Chance: seeds repeat, words come as often as the model says, and what narrows the choice narrows it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats
from tiny_phi import DICE

from phi_assistant.models.onnx.wire import Sampling
from phi_assistant.models.onnx.worker.sampling import Sampler, log_probabilities

HELLO = [("human", "Hello")]


def thrown(speaker, count=2000, **options):
    """The words of an answer of `dice`, counted."""
    options = {"temperature": 1.0, "max_tokens": count, "seed": 1, "repetition_guard": False} | options
    words = speaker.invoke(HELLO, **options).content.split()
    assert len(words) == count
    return Counter(words)


def agrees(counts, shares):
    """Whether these counts may well come of these shares: chi-square, at a thousandth."""
    total = sum(counts.values())
    expected = np.array(list(shares.values())) / sum(shares.values()) * total
    observed = [counts[word] for word in shares]
    return set(counts) <= set(shares) and stats.chisquare(observed, expected).pvalue > 0.001


def test_words_come_as_often_as_the_model_says(chat):
    assert agrees(thrown(chat("dice")), DICE)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_temperature_sharpens_and_flattens(chat, temperature):
    shares = {word: share ** (1 / temperature) for word, share in DICE.items()}
    assert agrees(thrown(chat("dice"), temperature=temperature), shares)


def test_top_k_leaves_the_likeliest(chat):
    assert agrees(thrown(chat("dice"), top_k=3), dict(list(DICE.items())[:3]))


def test_top_p_leaves_those_that_have_it_together(chat):
    assert agrees(thrown(chat("dice"), top_p=0.7), dict(list(DICE.items())[:3]))  # 0.4 + 0.25 are not enough


def test_several_that_start_together_are_sampled_alike(chat):
    options = {"temperature": 1.0, "max_tokens": 1000, "repetition_guard": False}
    answers = chat("dice", **options).batch([HELLO] * 4)
    for answer in answers:
        assert agrees(Counter(answer.content.split()), DICE)
    assert len({answer.content for answer in answers}) == 4


@pytest.mark.parametrize("narrow", [{"top_k": 2}, {"top_p": 0.5}])
def test_and_narrowed_alike(chat, narrow):
    options = {"temperature": 1.0, "max_tokens": 1000, "repetition_guard": False}
    for answer in chat("dice", **options, **narrow).batch([HELLO] * 4):
        assert agrees(Counter(answer.content.split()), dict(list(DICE.items())[:2]))


@pytest.mark.parametrize(
    "extreme",
    [
        {"temperature": 100.0},
        {"temperature": 1e-6},
        {"top_p": 1e-9},
        {"top_k": 1},
        {"top_k": 1_000_000},
        {"repetition_penalty": 0.01},
        {"repetition_penalty": 10.0},
    ],
    ids=str,
)
def test_what_is_extreme_is_taken_alone_and_together(chat, extreme):
    options = {"temperature": 1.0, "max_tokens": 20} | extreme
    answers = [chat("dice").invoke(HELLO, **options), *chat("dice").batch([HELLO] * 3, **options)]
    for answer in answers:
        assert set(answer.content.split()) <= set(DICE)
        assert answer.usage_metadata["output_tokens"] == 20


def test_a_seed_repeats_an_answer_and_another_gives_another(chat):
    speaker = chat("dice", temperature=1.0, max_tokens=50)
    one, again, other = (speaker.invoke(HELLO, seed=seed).content for seed in (1, 1, 2))
    assert one == again != other
    streamed = "".join(chunk.content for chunk in speaker.stream(HELLO, seed=1))
    assert streamed == one


def test_without_a_seed_answers_differ(chat):
    speaker = chat("dice", temperature=1.0, max_tokens=50)
    assert speaker.invoke(HELLO).content != speaker.invoke(HELLO).content


def test_seeds_repeat_beside_other_calls_as_well(chat):
    speaker = chat("dice", temperature=1.0, max_tokens=50)
    alone = [speaker.invoke(HELLO, seed=seed).content for seed in range(4)]
    runs = [speaker.bind(seed=seed) for seed in range(4)]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda run: run.invoke(HELLO).content, runs)) == alone


def test_at_temperature_0_the_likeliest_comes_each_time(chat):
    assert thrown(chat("dice"), count=50, temperature=0.0, seed=None) == {"one": 50}


def test_a_penalty_for_repetition_brings_other_words(chat):
    words = chat("dice").invoke(HELLO, repetition_penalty=10.0, max_tokens=6).content.split()
    assert len(set(words)) > 1
    assert words[0] == "one"


def test_probabilities_do_not_change_what_is_said(chat):
    speaker = chat("dice", temperature=1.0, max_tokens=50, seed=3)
    assert speaker.invoke(HELLO).content == speaker.invoke(HELLO, logprobs=True, top_logprobs=5).content


def test_narrowing_over_a_large_vocabulary_is_that_over_all_of_it():
    draw = np.random.default_rng(0)
    scores = draw.normal(0, 0.1, 5000).astype(np.float32)  # so flat that top-p keeps thousands
    sampler = Sampler(Sampling(temperature=1.0, top_p=0.9, seed=0), [])
    chosen = {sampler.choose(scores) for _ in range(3000)}
    shares = np.exp(scores) / np.exp(scores).sum()
    kept = set(np.argsort(-shares)[: int(np.searchsorted(np.cumsum(np.sort(shares)[::-1]), 0.9)) + 1].tolist())
    assert chosen <= kept
    assert len(chosen) > 1500


def test_log_probabilities_sum_to_one_and_name_the_likeliest():
    scores = np.random.default_rng(0).normal(0, 3, 1000).astype(np.float32)
    own, likeliest = log_probabilities(scores, 5, 1000)
    assert np.exp([value for _, value in likeliest]).sum() == pytest.approx(1)
    assert likeliest[0][0] == scores.argmax()
    assert own == pytest.approx(dict(likeliest)[5])
    assert [value for _, value in likeliest] == sorted((value for _, value in likeliest), reverse=True)
