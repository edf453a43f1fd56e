"""Whether prompt and answer fit, and on which side of the 4,096 tokens they stay where keys change there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_phi import model

from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.models.errors import PromptTooLong
from phi_assistant.models.onnx.plan import LEAST, planned, window_of
from phi_assistant.models.onnx.shape import SWITCH, shape_of

FILLER = 13


@pytest.fixture(scope="module")
def long(tiny):
    return shape_of(tiny.folder("random128k"))


@pytest.fixture(scope="module")
def short(tiny):
    return shape_of(tiny.folder("random"))


def test_a_folder_says_what_its_model_is_like(short, long):
    assert (short.type, short.context_length, short.window, short.switches) == ("phi3", 4096, 4096, False)
    assert (long.context_length, long.window, long.switches) == (131_072, 4096, True)
    assert short.token_bytes == model("random").weights.token_bytes
    assert short.vocabulary == model("random").weights.vocabulary
    assert list(short.end_ids) == model("random").vocabulary.end_ids


def test_a_model_of_8k_has_no_other_keys_beyond_4096(tiny):
    assert shape_of(tiny.folder("random8k")).window == 8192


def test_whether_keys_change_is_what_the_models_own_configuration_says(tiny, tmp_path):
    folder = tiny.own("random128k", tmp_path)
    (folder / "config.json").write_text('{"rope_scaling": null}', "utf-8")
    assert shape_of(folder).window == 131_072
    (folder / "config.json").write_text('{"rope_scaling": {"type": "longrope", "long_factor": [1.0]}}', "utf-8")
    assert shape_of(folder).window == 4096


def test_models_of_the_family_without_long_rope_use_all_their_context(tiny, tmp_path):
    folder = tiny.own("answer", tmp_path)
    config = json.loads((folder / "genai_config.json").read_text("utf-8"))
    for length in (16_384, 32_768):  # Phi-4 and its reasoning ones
        config["model"]["context_length"] = length
        (folder / "genai_config.json").write_text(json.dumps(config), "utf-8")
        assert shape_of(folder).window == length


def test_a_long_answer_that_was_asked_for_begins_beyond_the_switch(long):
    plan = planned([5] * 200, 6000, shape=long, window=16_384, filler=9)
    assert (len(plan.ids), plan.max_tokens) == (4097, 6000)
    assert plan.ids[-200:] == [5] * 200


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model": {}}', '{"model": {"context_length": "long"}}'])
def test_a_configuration_that_is_none_is_told(tiny, tmp_path, text):
    folder = tiny.own("answer", tmp_path)
    (folder / "genai_config.json").write_text(text, "utf-8")
    with pytest.raises(ModelUnavailable, match="genai_config"):
        shape_of(folder)


def test_one_end_token_is_as_good_as_a_list(tiny, tmp_path):
    folder = tiny.own("answer", tmp_path)
    config = json.loads((folder / "genai_config.json").read_text("utf-8"))
    config["model"]["eos_token_id"] = 7
    (folder / "genai_config.json").write_text(json.dumps(config), "utf-8")
    assert shape_of(folder).end_ids == (7,)


def test_more_context_than_the_model_was_made_for_is_refused(short):
    assert window_of(short, 1000) == 1000
    with pytest.raises(ConfigError, match=r"5,000.*4,096"):
        window_of(short, 5000)


def test_a_prompt_that_does_not_fit_names_both_numbers(short):
    with pytest.raises(PromptTooLong, match=r"5,000 tokens.*4,096") as raised:
        planned(range(5000), 10, shape=short, window=4096, filler=FILLER)
    assert (raised.value.tokens, raised.value.limit) == (5000, 4096)


def test_an_answer_may_be_shorter_than_it_may_be_but_not_nothing(short):
    assert planned(range(3900), 512, shape=short, window=4096, filler=FILLER).max_tokens == 196
    assert planned(range(4086), 10, shape=short, window=4096, filler=FILLER).max_tokens == 10
    with pytest.raises(PromptTooLong):
        planned(range(4096 - LEAST + 1), 512, shape=short, window=4096, filler=FILLER)


NEAR_THE_SWITCH = st.integers(SWITCH - 300, SWITCH + 300)


@given(
    length=st.one_of(st.integers(1, 9000), NEAR_THE_SWITCH),
    max_tokens=st.integers(1, 5000),
    window=st.one_of(st.integers(256, 16_384), NEAR_THE_SWITCH),
)
def test_no_plan_crosses_the_switch_or_the_window(long, length, max_tokens, window):
    ids = [5] * length
    try:
        plan = planned(ids, max_tokens, shape=long, window=window, filler=FILLER)
    except PromptTooLong:
        least = min(max_tokens, LEAST)
        assert length + least > min(window, SWITCH)
        assert max(length, SWITCH + 1) + least > window
        return
    most = len(plan.ids) + plan.max_tokens
    assert plan.ids[-length:] == ids
    assert set(plan.ids[:-length]) <= {FILLER}
    assert most <= window
    assert 1 <= plan.max_tokens <= max_tokens
    assert most <= SWITCH or len(plan.ids) > SWITCH
