"""What can be set: in the constructor and for a call, refused where it cannot be, and part of what a model is."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumpd
from tiny_phi import ANSWER, LISTING

from phi_assistant.errors import ConfigError
from phi_assistant.models.errors import ModelFailed, ModelUnavailable
from phi_assistant.models.onnx import ChatPhiOnnx


def test_every_option_can_be_given_with_the_constructor_and_with_a_call(chat):
    options = {
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 20,
        "repetition_penalty": 1.1,
        "seed": 7,
        "max_tokens": 3,
        "stop": ["four"],
        "timeout": 60.0,
        "logprobs": True,
        "top_logprobs": 2,
    }
    constructed = chat("counting", **options).invoke("Hello")
    called = chat("counting").invoke("Hello", **options)
    assert constructed.content == called.content == "1 2 3"
    assert len(called.response_metadata["logprobs"]["content"]) == 3


def test_what_a_call_says_wins(chat):
    assert chat("counting", max_tokens=3, stop=["2"]).invoke("Hello", max_tokens=5, stop=["4"]).content == "1 2 3 "


def test_options_that_are_bound_are_those_of_a_call(chat):
    assert chat("counting").bind(max_tokens=2).invoke("Hello").content == "1 2"


@pytest.mark.parametrize(("wrong", "right"), [("max_token", "max_tokens"), ("temprature", "temperature")])
def test_an_unknown_argument_names_the_nearest(chat, tiny, wrong, right):
    with pytest.raises(ConfigError, match=f"{wrong}.*{right}"):
        ChatPhiOnnx(model=str(tiny.folder("answer")), **{wrong: 1})
    with pytest.raises(ConfigError, match=f"{wrong}.*{right}"):
        chat("answer").invoke("Hello", **{wrong: 1})
    with pytest.raises(ConfigError, match=f"{wrong}.*{right}"):
        next(chat("answer").stream("Hello", **{wrong: 1}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -1),
        ("temperature", "hot"),
        ("top_p", 0),
        ("top_p", 1.5),
        ("top_k", -1),
        ("max_tokens", 0),
        ("repetition_penalty", 0),
        ("timeout", 0),
        ("top_logprobs", 1000),
        ("stop", [1]),
    ],
)
def test_a_value_that_cannot_be_is_refused(chat, tiny, name, value):
    with pytest.raises(ConfigError, match=name):
        ChatPhiOnnx(model=str(tiny.folder("answer")), **{name: value})
    with pytest.raises(ConfigError, match=name):
        chat("answer").invoke("Hello", **{name: value})


@pytest.mark.parametrize("value", ["lots", "2 potatoes", -5, "-1 GB", 0, [1]])
def test_memory_that_cannot_be_is_refused_with_an_example(tiny, value):
    with pytest.raises(ConfigError, match=r"'cache_memory' cannot be .*such as \"2 GB\"\.$"):
        ChatPhiOnnx(model=str(tiny.folder("answer")), cache_memory=value)


def test_alternatives_are_told_with_the_probabilities_that_they_belong_to(chat):
    asked = chat("answer").invoke("Hello", top_logprobs=3)
    made = chat("answer", top_logprobs=3).invoke("Hello")
    for answer in (asked, made):
        assert [len(each["top_logprobs"]) for each in answer.response_metadata["logprobs"]["content"]] == [3] * 7
    assert "logprobs" not in chat("answer", top_logprobs=3).invoke("Hello", logprobs=False).response_metadata


def test_a_path_is_a_model_too(tiny):
    assert ChatPhiOnnx(model=tiny.folder("answer")).model == str(tiny.folder("answer"))


def test_constructing_loads_nothing(own):
    assert own("answer")._llm_type == "phi-onnx"  # and `close` of what was never loaded does nothing


def test_what_a_model_is_is_known_before_its_weights_are_looked_at(tiny, tmp_path):
    folder = tiny.own("answer", tmp_path)
    (folder / "model.onnx").unlink()
    speaker = ChatPhiOnnx(model=str(folder))
    assert speaker.profile["max_output_tokens"] == 4096
    assert speaker._identifying_params["folder"] == str(folder)
    with pytest.raises(ModelUnavailable, match=r"model\.onnx is missing"):
        speaker.invoke("Hello")


def test_where_a_model_is_is_looked_up_once(tiny, tmp_path):
    """Caches of answers and those who trace calls ask each time."""
    folder = tiny.own("answer", tmp_path)
    speaker = ChatPhiOnnx(model=str(folder))
    known = speaker._identifying_params
    folder.rename(tmp_path / "elsewhere")
    assert speaker._identifying_params == known
    with pytest.raises(ModelUnavailable):
        speaker.invoke("Hello")


def test_a_copy_that_is_to_look_elsewhere_does(tiny, tmp_path):
    for name, said in (("one", "answer"), ("two", "listing")):
        (tmp_path / name / "onnx").mkdir(parents=True)
        tiny.own(said, tmp_path / name).rename(tmp_path / name / "onnx" / "mine")
    one = ChatPhiOnnx(model="mine", models=tmp_path / "one")
    assert one.invoke("Hello").content == ANSWER
    two = one.model_copy(update={"models": tmp_path / "two"})
    assert two.invoke("Hello").content == LISTING
    assert two._identifying_params != one._identifying_params


def test_a_model_that_is_not_here_says_how_to_get_it(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"phi-assistant models pull phi-3\.5-mini"):
        ChatPhiOnnx(model="phi-3.5-mini", models=tmp_path).invoke("Hello")


def test_a_folder_that_is_none_is_told(tmp_path):
    with pytest.raises(ModelUnavailable, match=tmp_path.name):
        ChatPhiOnnx(model=str(tmp_path)).invoke("Hello")


def test_a_graph_that_is_damaged_is_told(tiny, tmp_path):
    folder = tiny.own("answer", tmp_path)
    (folder / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelUnavailable, match=r"model\.onnx is damaged"):
        ChatPhiOnnx(model=str(folder)).invoke("Hello")


def test_a_model_that_the_runtime_refuses_is_told_by_every_call(tiny, tmp_path):
    folder = tiny.own("answer", tmp_path)
    config = (folder / "genai_config.json").read_text("utf-8")
    (folder / "genai_config.json").write_text(config.replace('"type": "phi3"', '"type": "psi3"'), "utf-8")
    speaker = ChatPhiOnnx(model=str(folder))
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="cannot be loaded"):
            speaker.invoke("Hello")


def test_what_the_runtime_cannot_do_is_told_and_ends_nothing(tiny, tmp_path):
    folder = tiny.own("answer", tmp_path)
    config = (folder / "genai_config.json").read_text("utf-8")
    (folder / "genai_config.json").write_text(config.replace("past_key_values.%d.key", "past.%d.key"), "utf-8")
    speaker = ChatPhiOnnx(model=str(folder))
    for _ in range(2):
        with pytest.raises(ModelFailed, match="GroupQueryAttention"):
            speaker.invoke("Hello")
    assert speaker.metrics().active == 0


def test_everything_that_an_answer_depends_on_identifies_a_model(chat):
    base = chat("answer")._identifying_params
    for name, value in {
        "temperature": 0.5,
        "top_p": 0.5,
        "top_k": 5,
        "repetition_penalty": 1.5,
        "seed": 1,
        "max_tokens": 5,
        "stop": ["x"],
        "logprobs": True,
        "context_length": 1000,
    }.items():
        assert chat("answer", **{name: value})._identifying_params != base, name
    assert chat("emoji")._identifying_params != base


def test_a_cache_of_answers_keeps_models_and_options_apart(chat):
    cache = InMemoryCache()
    assert chat("answer", cache=cache).invoke("Hello").content == ANSWER
    assert chat("listing", cache=cache).invoke("Hello").content == LISTING
    assert chat("listing", cache=cache, max_tokens=2).invoke("Hello").content == "one two"
    assert chat("listing", cache=cache).invoke("Hello", max_tokens=3).content == "one two three"
    assert chat("listing", cache=cache).invoke("Hello", stop=["three"]).content == "one two "
    again = chat("answer", cache=cache).invoke("Hello")
    assert again.content == ANSWER
    assert again.usage_metadata["total_cost"] == 0  # what LangChain writes into an answer of the cache


def test_a_pickled_model_answers_as_before(chat):
    model = chat("counting", max_tokens=3)
    model.invoke("Hello")
    again = pickle.loads(pickle.dumps(model))
    assert again.invoke("Hello").content == "1 2 3"
    assert again._identifying_params == model._identifying_params


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda model: model.model_copy(deep=True)])
def test_a_copy_of_a_model_that_has_answered_answers_as_well(chat, copied):
    model = chat("counting", max_tokens=3)
    model.invoke("Hello")
    other = copied(model)
    assert other.invoke("Hello").content == "1 2 3"
    assert other.metrics().pid == model.metrics().pid


def test_a_copy_with_other_options_shares_the_process(chat):
    model = chat("counting", max_tokens=3)
    other = model.model_copy(update={"max_tokens": 2})
    assert (model.invoke("Hello").content, other.invoke("Hello").content) == ("1 2 3", "1 2")
    assert other.metrics().pid == model.metrics().pid


def test_a_call_and_a_copy_may_name_another_model(chat, tiny):
    model, other = chat("answer"), str(tiny.folder("listing"))
    named = model.invoke("Hello", model=other)
    assert (named.content, named.response_metadata["model_name"]) == (LISTING, other)
    assert model.model_copy(update={"model": other}).invoke("Hello").content == LISTING
    assert model.invoke("Hello").content == ANSWER
    with pytest.raises(ModelUnavailable, match="no-such-model"):
        model.invoke("Hello", model="no-such-model")


def test_the_configuration_as_json_makes_the_same_model(chat):
    model = chat("counting", max_tokens=3, stop=["9"], cache_memory="1 GB")
    written = json.loads(json.dumps(model.model_dump(mode="json", exclude_defaults=True)))
    again = ChatPhiOnnx(**written)
    assert again._identifying_params == model._identifying_params
    assert again.cache_memory == 1_000_000_000
    assert again.invoke("Hello").content == "1 2 3"


def test_langchain_can_describe_it(chat):
    described = dumpd(chat("answer"))
    assert described["type"] == "not_implemented"  # as every class outside LangChain's own list should be
    assert described["id"][-1] == "ChatPhiOnnx"


def test_tracing_is_told_the_model_and_its_options(chat, tiny):
    params = chat("answer", temperature=0.5, max_tokens=9, stop=["x"])._get_ls_params()
    assert params["ls_model_name"] == str(tiny.folder("answer"))
    assert (params["ls_temperature"], params["ls_max_tokens"], params["ls_stop"]) == (0.5, 9, ["x"])
    assert chat("answer")._get_ls_params(temperature=0.9)["ls_temperature"] == 0.9


def test_the_profile_says_what_fits_and_what_it_can_do(chat):
    profile = chat("answer").profile
    assert profile["max_input_tokens"] == 4096 - 128  # which are kept for an answer
    assert profile["structured_output"] is True
    assert profile["image_inputs"] is False
    assert chat("answer", context_length=1000).profile["max_input_tokens"] == 1000 - 128
    assert chat("random128k").profile["max_input_tokens"] == 4096 - 128
