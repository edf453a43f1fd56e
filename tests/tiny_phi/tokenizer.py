"""Tokenizers of the family's two kinds, trained on the spot: Phi-3's (SentencePiece's ways) and Phi-4-mini's.

Every word of `CORPUS` is one token with its space before it; all else falls apart into pieces and bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tiny_phi import templates

NUMBERS = [str(number) for number in range(1, 401)]

CORPUS = " ".join(
    [
        "The answer is forty-two. I do not know. You are a helpful assistant who answers in few words.",
        "What is the meaning of life, the universe and everything? Again and again. Hello, how are you? Tell me more.",
        "one two three four five six seven eight STOP Look: here we go fine name age city setup punchline true false",
        *NUMBERS,
    ]
)

JSON_PIECES = ['"', "{", "}", "[", "]", ":", ",", "-", "null", '":', '",', '"}', '{"']

HALVES = ["<thi", "nk>", "</th", "ink>"]
"""Of the tags around thoughts."""

PHI3_ADDED = [
    "<|endoftext|>",
    "<|assistant|>",
    "<|placeholder1|>",
    "<|placeholder2|>",
    "<|placeholder3|>",
    "<|placeholder4|>",
    "<|system|>",
    "<|end|>",
    "<|placeholder5|>",
    "<|placeholder6|>",
    "<|user|>",
]

PHI4_ADDED = [
    "<|endoftext|>",
    "<|endofprompt|>",
    "<|assistant|>",
    "<|end|>",
    "<|user|>",
    "<|system|>",
    "<|tool|>",
    "<|/tool|>",
    "<|tool_call|>",
    "<|/tool_call|>",
    "<|tool_response|>",
    "<|tag|>",
]

_GPT4 = (  # how byte-level tokenizers of that generation part words, a little simplified
    r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer with what a model folder says about it."""

    tokenizer: Tokenizer
    settings: dict[str, Any]
    """Of tokenizer_config.json."""
    template_file: str | None = None
    """A template that is kept in chat_template.jinja, as newer folders do."""
    ends: tuple[str, ...] = field(default=("<|end|>", "<|endoftext|>"))

    def __len__(self) -> int:
        return int(self.tokenizer.get_vocab_size())

    @property
    def end_ids(self) -> list[int]:
        return [self.id(end) for end in self.ends]

    def id(self, token: str) -> int:
        """Of a token by its name."""
        found = self.tokenizer.token_to_id(token)
        assert found is not None, f"there is no token {token!r}"
        return int(found)

    def ids(self, text: str) -> list[int]:
        """Of a text, as it is met within another (no space is added before it)."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def save(self, folder: Path) -> None:
        """The files of a model folder that tell of its tokenizer."""
        self.tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "tokenizer_config.json").write_text(json.dumps(self.settings, indent=2), "utf-8")
        names = {key: value for key, value in self.settings.items() if key.endswith("_token") and value}
        special = {key: value for key, value in names.items() if isinstance(value, str)}
        (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2), "utf-8")
        if self.template_file:
            (folder / "chat_template.jinja").write_text(self.template_file, "utf-8")


def phi3(template: str = templates.PHI3) -> Vocabulary:
    """Like Phi-3's and Phi-3.5's: words begin with "▁", what is unknown falls into bytes, control tokens swallow
    the space after them."""
    return Vocabulary(_phi3(), _phi3_settings(template))


def phi3_in_halves(template: str = templates.PHI3) -> Vocabulary:
    """The same with `HALVES`, so that a tag comes in two pieces."""
    tokenizer = Tokenizer.from_str(_phi3().to_str())
    tokenizer.add_tokens([AddedToken(half, normalized=False) for half in HALVES])
    return Vocabulary(tokenizer, _phi3_settings(template))


def phi4() -> Vocabulary:
    """Like Phi-4-mini's: of bytes, with tokens for tools, its template in a file of its own."""
    settings = {
        "tokenizer_class": "GPT2Tokenizer",
        "bos_token": "<|endoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
        "add_bos_token": False,
    }
    return Vocabulary(_phi4(), settings, template_file=templates.PHI4)


def _phi3_settings(template: str) -> dict[str, Any]:
    return {
        "tokenizer_class": "LlamaTokenizer",
        "bos_token": "<s>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<unk>",
        "pad_token": "<|endoftext|>",
        "add_bos_token": False,
        "legacy": False,
        "chat_template": template,
    }


@cache
def _phi3() -> Tokenizer:
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # for training alone: no piece reaches over a space
        [pre_tokenizers.Split("▁", "merged_with_next"), pre_tokenizers.Punctuation()]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    _train(tokenizer, ["<unk>", "<s>", "</s>", *bytes_], whole_text=True)
    tokenizer.pre_tokenizer = None
    tokenizer.post_processor = processors.TemplateProcessing(single="$A", pair="$A $B", special_tokens=[])
    return _without_special_bytes(tokenizer, bytes_)


@cache
def _phi4() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_GPT4), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    _train(tokenizer, [], whole_text=False, alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    for token in PHI4_ADDED:
        tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True)])
    return tokenizer


def _train(tokenizer: Tokenizer, special: list[str], *, whole_text: bool, alphabet: list[str] | None = None) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=8000, min_frequency=1, special_tokens=special, initial_alphabet=alphabet or [], show_progress=False
    )
    texts = [CORPUS, *JSON_PIECES * 3]
    tokenizer.train_from_iterator([text if whole_text else f" {text}" for text in texts], trainer)


def _without_special_bytes(tokenizer: Tokenizer, bytes_: list[str]) -> Tokenizer:
    """The trainer gives the bytes their places by calling them special; in the real one they are plain pieces."""
    description = json.loads(tokenizer.to_str())
    description["added_tokens"] = [each for each in description["added_tokens"] if each["content"] not in bytes_]
    plain = Tokenizer.from_str(json.dumps(description))
    for token in PHI3_ADDED:
        swallows = token != "<|endoftext|>"
        plain.add_special_tokens([AddedToken(token, rstrip=swallows, normalized=False, special=True)])
    return plain
