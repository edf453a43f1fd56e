"""What is read while nobody waits: system prompts for the next person, conversations that outgrew their memory."""

from __future__ import annotations

import random
import time

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from tiny_phi import model
from tiny_phi.peer import Peer
from tiny_phi.tokenizer import CORPUS

from phi_assistant.models.errors import ModelFailed

WORDS = CORPUS.split()


def passage(words, seed=0):
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def cached(answer):
    return answer.usage_metadata["input_token_details"]["cache_read"]


def is_quiet(speaker, seconds=20.0):
    """Whether the process has nothing left to read ahead, soon: its memory stays what it is."""
    until, held = time.monotonic() + seconds, None
    while time.monotonic() < until:
        time.sleep(0.4)
        now = speaker.metrics()
        if held == (now.sessions, now.resident_bytes // 1_000_000):
            return True
        held = (now.sessions, now.resident_bytes // 1_000_000)
    return False


def test_a_long_system_prompt_means_the_same_to_the_second_person(own):
    """Beyond 4,096 tokens the keys of long-context models change; what is read ahead must not mix them."""
    speaker = own("random128k", max_tokens=40, context_length=8192)
    peer = Peer(model("random128k").weights)
    system = SystemMessage(passage(4500))
    for question in ("Hello, how are you?", "Tell me more of it."):
        answer = speaker.invoke([system, HumanMessage(question)])
        assert is_quiet(speaker)
        prompts = speaker._local().prompts
        ids = prompts.prompt([{"role": "system", "content": system.content}, {"role": "user", "content": question}]).ids
        said = prompts.spoken.ids(answer.content)
        assert peer.likeliest(ids + said, len(said)) == said


@pytest.mark.parametrize(("words", "turns"), [(180, 8), (500, 5)])
def test_a_conversation_that_outgrew_its_memory_reads_only_what_is_new(own, words, turns):
    """Turns with few new tokens, and with more than any session has room for beforehand."""
    speaker = own("answer", max_tokens=200)
    messages = [HumanMessage(passage(words))]
    for turn in range(turns):
        answer = speaker.invoke(messages)
        if turn:
            assert answer.usage_metadata["input_tokens"] - cached(answer) < 1.9 * words
        messages += [answer, HumanMessage(passage(words, seed=turn))]
        assert is_quiet(speaker)
    assert answer.usage_metadata["input_tokens"] > 1400  # more than the first memory held
    assert speaker.metrics().sessions == 1


def test_what_goes_wrong_while_nobody_waits_ends_no_process(own, tmp_path):
    speaker = own("answer")
    config = speaker.folder / "genai_config.json"  # names that the graph does not have: nothing can be read
    config.write_text(config.read_text("utf-8").replace("past_key_values.%d.key", "past.%d.key"), "utf-8")
    messages = [SystemMessage(passage(80)), HumanMessage("Hello")]
    pids = set()
    for _ in range(2):
        with pytest.raises(ModelFailed):
            speaker.invoke(messages)
        time.sleep(0.3)
        pids.add(speaker.metrics().pid)
    assert len(pids) == 1
