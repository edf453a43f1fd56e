"""What was read once is not read again; and however a prompt was read, the answer is that of transformers."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from tiny_phi import ANSWER, model
from tiny_phi.peer import Peer
from tiny_phi.tokenizer import CORPUS

from phi_assistant.models.errors import PromptTooLong
from phi_assistant.models.onnx import ChatPhiOnnx

WORDS = CORPUS.split()
MOST = 96


def passage(tokens, seed=0):
    """A text of about as many tokens."""
    return " ".join(random.Random(seed).choices(WORDS, k=tokens))


def read_again(answer):
    """Tokens of the prompt that had to be read."""
    return answer.usage_metadata["input_tokens"] - answer.usage_metadata["input_token_details"]["cache_read"]


def cached(answer):
    return answer.usage_metadata["input_token_details"]["cache_read"]


@dataclass(frozen=True)
class Pair:
    """A chat model with random weights, and the same weights in transformers."""

    speaker: ChatPhiOnnx
    peer: Peer

    @property
    def prompts(self):
        return self.speaker._local().prompts

    def check(self, messages, answer, tokens=MOST, before=0):
        """The answer is what transformers says, having read everything at once; `before` are empty lines."""
        turns = [{"role": ROLES[message.type], "content": message.content} for message in messages]
        ids = [self.prompts.filler] * before + self.prompts.prompt(turns).ids
        said = self.prompts.spoken.ids(answer.content)
        assert len(said) == tokens
        assert self.peer.likeliest(ids + said, tokens) == said


ROLES = {"human": "user", "ai": "assistant", "system": "system"}


@pytest.fixture(scope="module", params=["random", "random128k"])
def pair(request, chat):
    return Pair(chat(request.param, max_tokens=MOST), Peer(model(request.param).weights))


@pytest.mark.parametrize("tokens", [10, 700, 2500])
def test_an_answer_is_that_of_transformers(pair, tokens):
    messages = [HumanMessage(passage(tokens, seed=tokens))]
    answer = pair.speaker.invoke(messages)
    assert answer.usage_metadata["output_tokens"] == MOST
    pair.check(messages, answer)


def test_and_so_is_that_of_every_turn_of_a_conversation(pair):
    messages = [SystemMessage(passage(60, seed=1))]
    for number in range(4):
        messages.append(HumanMessage(passage(40, seed=10 + number)))
        answer = pair.speaker.invoke(messages)
        pair.check(messages, answer)
        if number:
            assert read_again(answer) < 60
        messages.append(answer)


def test_and_after_the_history_was_edited(pair):
    messages = [HumanMessage(passage(300, seed=2)), AIMessage("Hello"), HumanMessage(passage(100, seed=3))]
    pair.speaker.invoke(messages)
    edited = [*messages[:2], HumanMessage(passage(90, seed=4))]
    answer = pair.speaker.invoke(edited)
    pair.check(edited, answer)
    assert 250 < cached(answer) < 350


def test_and_when_several_are_asked_together(pair):
    asked = [[HumanMessage(passage(40, seed=20 + number))] for number in range(4)]
    for messages, answer in zip(asked, pair.speaker.batch(asked), strict=True):
        pair.check(messages, answer)


def test_and_beyond_4096_tokens_where_keys_do_not_change(chat):
    pair = Pair(chat("random8k", max_tokens=MOST), Peer(model("random8k").weights))
    messages = [of_length(pair.speaker, 4050)]
    pair.check(messages, pair.speaker.invoke(messages))


def test_a_follow_up_reads_only_what_is_new(own):
    speaker = own("answer")
    messages = [HumanMessage(passage(1000))]
    first = speaker.invoke(messages)
    assert cached(first) == 0
    messages += [first, HumanMessage("Tell me more.")]
    second = speaker.invoke(messages)
    assert cached(second) >= first.usage_metadata["total_tokens"]
    assert read_again(second) < 20
    assert speaker.metrics().reused_tokens == cached(second)


def test_an_answer_that_was_streamed_is_reused_as_well(own):
    speaker = own("emoji4")
    messages = [HumanMessage(passage(300))]
    text = "".join(chunk.content for chunk in speaker.stream(messages))
    messages += [AIMessage(text), HumanMessage("Tell me more.")]
    assert read_again(speaker.invoke(messages)) < 20


def test_an_edited_history_keeps_what_is_before_the_edit(own):
    speaker = own("answer")
    messages = [HumanMessage(passage(600)), AIMessage("I do not know."), HumanMessage("Again.")]
    speaker.invoke(messages)
    answer = speaker.invoke([messages[0], AIMessage("Forty."), HumanMessage("Tell me more.")])
    assert 500 < cached(answer) < 1000
    assert read_again(answer) < 30


def test_the_same_question_again_reads_a_single_token(own):
    speaker = own("answer")
    speaker.invoke(passage(300))
    assert read_again(speaker.invoke(passage(300))) == 1


def test_everyone_has_the_system_prompt_that_one_has_read(own):
    speaker, system = own("answer"), SystemMessage(passage(400))
    speaker.warm_up([system])
    for number in range(3):
        answer = speaker.invoke([system, HumanMessage(f"Tell me more of {number}.")])
        assert cached(answer) > 300, number
        while speaker.metrics().active:
            pass


def test_warming_up_with_a_text_reads_it_as_system_prompt(own):
    speaker, system = own("answer"), passage(400)
    speaker.warm_up(system)
    assert cached(speaker.invoke([SystemMessage(system), HumanMessage("Hello")])) > 300


def test_another_persons_conversation_is_left_alone(own):
    speaker, system = own("answer"), SystemMessage(passage(100))
    talks = [[system, HumanMessage(passage(400, seed=number))] for number in range(3)]
    for talk in talks:
        talk += [speaker.invoke(talk), HumanMessage("Tell me more.")]
    for talk in talks:
        assert read_again(speaker.invoke(talk)) < 20


def test_memory_stays_within_the_budget_and_what_was_not_used_for_longest_goes(own):
    a_session = 1024 * model("deep").weights.token_bytes
    speaker = own("deep", max_tokens=20, cache_memory=2 * a_session)
    talks = [[HumanMessage(passage(300, seed=number))] for number in range(3)]

    def turn_of(talk):
        answer = speaker.invoke(talk)
        talk += [answer, HumanMessage("Tell me more.")]
        return cached(answer)

    assert [turn_of(talks[0]), turn_of(talks[1])] == [0, 0]
    assert turn_of(talks[0]) > 200  # used again, so that the other one is older now
    assert turn_of(talks[2]) == 0
    metrics = speaker.metrics()
    assert (metrics.sessions, metrics.evicted) == (2, 1)
    assert metrics.cache_bytes <= metrics.cache_budget == 2 * a_session
    assert turn_of(talks[0]) > 200
    assert turn_of(talks[1]) == 0  # this one had to go


def test_memory_follows_the_request_and_not_the_model(own):
    speaker = own("random128k", max_tokens=50)
    speaker.invoke("Hello")
    metrics = speaker.metrics()
    assert metrics.cache_bytes <= 2 * 1024 * model("random128k").weights.token_bytes  # an empty one is kept ready


def test_many_conversations_do_not_grow_the_process(own):
    speaker = own("deep", max_tokens=8, cache_memory="40 MB")

    def conversation(number):
        messages = []
        for _ in range(3):
            messages.append(HumanMessage(passage(60, seed=number)))
            messages.append(speaker.invoke(messages))

    sizes = []
    for number in range(60):
        conversation(number)
        sizes.append(speaker.metrics().resident_bytes)
    assert max(sizes[20:]) < max(sizes[:20]) + 20_000_000
    assert speaker.metrics().evicted > 50


def test_a_prompt_that_is_too_long_is_refused_with_both_numbers_before_any_work(own):
    speaker = own("answer")
    with pytest.raises(PromptTooLong, match=r"\d,\d{3} tokens.*4,096") as raised:
        speaker.invoke(passage(6000))
    assert raised.value.tokens == speaker.get_num_tokens_from_messages([HumanMessage(passage(6000))]) > 4096
    assert raised.value.limit == 4096
    assert speaker.metrics().pid == 0 or speaker.metrics().prompt_tokens == 0
    assert speaker.invoke("Hello").content == ANSWER


def test_nothing_of_a_long_prompt_is_cut(own):
    speaker = own("answer", context_length=1000)
    assert speaker.invoke(passage(700)).usage_metadata["input_tokens"] > 600
    with pytest.raises(PromptTooLong, match="1,000"):
        speaker.invoke(passage(1200))


@pytest.fixture(scope="module")
def long(chat):
    """The long-context model, allowed to go beyond the 4,096 tokens at which its keys change."""
    name = "random128k"
    return Pair(chat(name, max_tokens=40, context_length=8192), Peer(model(name).weights))


def of_length(speaker, tokens, *before):
    """A message whose prompt, with those before it, has exactly so many tokens."""
    text = passage(tokens, seed=tokens)
    while (left := tokens - speaker.get_num_tokens_from_messages([*before, HumanMessage(text)])) != 0:
        text = text.rsplit(" ", -left)[0] if left < 0 else text + " fine" * left
    return HumanMessage(text)


@pytest.mark.parametrize("tokens", [4000, 4056, 4097, 6000])
def test_below_and_beyond_4096_tokens_the_answer_is_that_of_transformers(long, tokens):
    message = of_length(long.speaker, tokens)
    long.check([message], long.speaker.invoke([message]), tokens=40)


@pytest.mark.parametrize("tokens", [4057, 4096])
def test_an_answer_that_would_cross_begins_beyond(long, tokens):
    message = of_length(long.speaker, tokens)
    answer = long.speaker.invoke([message])
    assert answer.usage_metadata["output_tokens"] == 40
    long.check([message], answer, tokens=40, before=4097 - tokens)


def test_empty_lines_before_a_system_prompt_are_not_read_for_the_next(own):
    speaker = own("random128k", max_tokens=20, context_length=8192)
    system = SystemMessage(passage(100))
    for tokens, sessions in ((3000, 2), (4090, 1)):  # of the shorter one, the system prompt is kept for whoever comes
        speaker.invoke([system, of_length(speaker, tokens, system)])
        time.sleep(0.5)
        assert speaker.metrics().sessions == sessions
        speaker.close()


def test_a_conversation_that_grows_beyond_is_read_anew_once_and_then_reused(long):
    messages = [of_length(long.speaker, 3900)]
    messages += [long.speaker.invoke(messages), HumanMessage(passage(300, seed=5))]
    second = long.speaker.invoke(messages)
    assert cached(second) == 0
    long.check(messages, second, tokens=40)
    messages += [second, HumanMessage("Tell me more.")]
    third = long.speaker.invoke(messages)
    assert read_again(third) < 20
    long.check(messages, third, tokens=40)


def test_by_itself_a_long_context_model_stays_below(chat):
    speaker = chat("random128k", max_tokens=2000)
    message = of_length(speaker, 3000)
    answer = speaker.invoke([message], repetition_guard=False)
    assert answer.usage_metadata["total_tokens"] == 4096
    assert answer.response_metadata["finish_reason"] == "length"


def test_progress_is_told_while_a_long_prompt_is_read(own):
    told = []
    speaker = own("slow", on_progress=told.append, max_tokens=3)
    speaker.invoke(passage(3000))
    assert str(told[0]).startswith("reading ")
    assert str(told[-1]).endswith(f" of {told[-1].total:,} tokens")
    assert len(told) > 2
    assert [each.read for each in told] == sorted(each.read for each in told)
    assert told[-1].read <= told[-1].total == speaker.get_num_tokens_from_messages([HumanMessage(passage(3000))])
