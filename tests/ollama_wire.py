"""The recorded exchanges with a real Ollama, and the models of the recording as fakes."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, ClassVar

from phi_assistant.fakes.ollama import Asked, Endless, FakeModel

DATA = Path(__file__).parent / "data" / "ollama"
WRITTEN_OUT = tomllib.loads((DATA / "requests.toml").read_text("utf-8"))
DIFFERENCES = tomllib.loads((DATA / "differences.toml").read_text("utf-8"))["difference"]

MASKS = [
    (r'("(?:created_at|modified_at|expires_at)":)"[^"]*"', r"\1TIME"),
    (r'("\w+_duration":)\d+', r"\1N"),
    (r'("created":)\d+', r"\1N"),
    (r"chatcmpl-\d+", "ID"),
    (r"[0-9a-f]{64}", "DIGEST"),
    *((each["mask"], "…") for each in DIFFERENCES),
]


@dataclass(frozen=True)
class Exchange:
    """A request and what came back."""

    transcript: str
    name: str
    method: str
    path: str
    body: bytes
    status: int
    kind: str | None
    """The content type."""
    chunked: bool | None
    """None: not recorded."""
    count: int | None
    """How many lines there were, if that was recorded."""
    shown: str
    """The body as far as it was recorded."""
    last: bool
    """Whether only the last lines were."""

    def __str__(self) -> str:
        return f"{self.transcript} {self.name}"

    def pieces(self) -> list[str]:
        """What was recorded of the body, masked: its beginning, and its end if something between was left out."""
        return re.split(r" … |\n\.\.\. \d+ lines; last: ", masked(self.shown))

    def counterpart(self, body: str) -> str:
        """The same part of another body, masked."""
        lines = body.removesuffix("\n").split("\n")
        if self.last:
            return masked("\n".join(lines[-len(self.shown.split("\n")) :]))
        return masked(body.rstrip("\n") if "\n... " in self.shown else body)

    @property
    def cut(self) -> bool:
        """Whether the recording breaks off."""
        return self.shown[-1:] not in ("}", "\n", "]", "") and self.shown.startswith("{")


def masked(text: str) -> str:
    for mask, word in MASKS:
        text = re.sub(mask, word, text)
    return text


def recorded(transcript: str) -> list[Exchange]:
    """The exchanges of a transcript in order."""
    blocks = re.split(r"^### ", (DATA / transcript).read_text("utf-8"), flags=re.MULTILINE)[1:]
    return [exchange for block in blocks for exchange in _exchange(transcript, block)]


def _exchange(transcript: str, block: str) -> Iterator[Exchange]:
    name, _, rest = block.partition("\n")
    if not rest.startswith("> "):
        return
    asked, _, answered = rest[2:].partition("\n")
    status, _, shown = answered.removeprefix("< ").partition("\n")
    method, asked = asked.split(" ", 1) if asked[0] != "/" else ("POST", asked)
    path, _, body = asked.partition(" ")
    lines = list(takewhile(lambda line: line.startswith("  "), shown.split("\n")))
    text = "\n".join(line[2:] for line in lines)
    kind, chunked, count, inline = _status(status)
    yield Exchange(
        transcript,
        name,
        method,
        path,
        _body(transcript, name, body),
        int(status.split()[0]),
        kind,
        chunked,
        count,
        inline + "\n" * (shown.count("\n") - 1) if inline else text,
        last=count is not None and count > 1,
    )


def _status(line: str) -> tuple[str | None, bool | None, int | None, str]:
    """Content type, chunked, number of lines, and a body on the same line: each transcript writes them differently."""
    if match := re.search(r"content-type=(.*) te=(\w+) cl=(\w+) ", line):
        return (None if match[1] == "None" else match[1]), match[2] == "chunked", None, ""
    if match := re.search(r"\d+ (\S+(?:; charset=utf-8)?) lines=(\d+) ", line):
        return match[1], None, int(match[2]), ""
    match = re.search(r"\d+ (application/json(?:; charset=utf-8)?) (.*)", line)
    assert match is not None
    head, _, tail = match[2].partition(" … ")
    return match[1], None, None, head if head == tail else match[2]


def _body(transcript: str, name: str, text: str) -> bytes:
    """As it was sent; written out where it was shortened."""
    given = WRITTEN_OUT.get(transcript, {}).get(name)
    text, _, options = text.partition(" opts=")
    if given is None:
        return text.encode()
    body: dict[str, Any] = {"model": re.search(r'"model": "([^"]+)"', text)[1]}  # type: ignore[index]
    content = given.get("text", "") * given.get("times", 0)
    if '"prompt"' in text:
        body |= {"prompt": content}
    elif '"input"' in text:
        body |= {"input": content}
    else:
        body |= {"messages": _history(given["history"]) if "history" in given else [_user(content)]}
    if match := re.fullmatch(r"(\{.*\}) truncate=(\w+) shift=(\w+)", options):
        switches = {"truncate": match[2], "shift": match[3]}
        body |= {key: value == "True" for key, value in switches.items() if value != "None"}
        body["options"] = json.loads(match[1].replace("'", '"'))
    if name.endswith("truncate=false"):
        body["truncate"] = False
    body["stream"] = name.endswith("stream")
    if given.get("debug"):
        body["_debug_render_only"] = True
    return json.dumps(body).encode()


def _history(turns: int) -> list[dict[str, str]]:
    messages = [{"role": "system", "content": "sys"}]
    for turn in range(turns):
        answer = {"role": "assistant", "content": f"a{turn} hello"}
        messages += [_user(f"q{turn} hello world hello"), answer]
    return [*messages, _user("last")]


def _user(content: str) -> dict[str, str]:
    return {"role": "user", "content": content}


class ByteTokens:
    """The tokens of the recorded models: bytes, spaces as `▁`, one more of these before each piece of text."""

    SPECIAL: ClassVar = {"<|assistant|>": 273, "<|system|>": 274, "<|end|>": 275, "<|user|>": 276}
    POINT = 264

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for piece in re.split(r"(<\|\w+\|>)", text):
            if piece in self.SPECIAL:
                ids.append(self.SPECIAL[piece])
            elif piece:
                ids += [
                    self.POINT if byte == ord(".") else byte + 3 for byte in ("▁" + piece.replace(" ", "▁")).encode()
                ]
        return ids

    def decode(self, ids: list[int]) -> str:
        names = {number: name for name, number in self.SPECIAL.items()} | {self.POINT: "."}
        pieces = (names[each].encode() if each in names else bytes([each - 3]) for each in ids)
        return re.sub(r"(^|(?<=\|>))▁", "", b"".join(pieces).decode("utf-8", "replace")).replace("▁", " ")


ANSWER = [" The", " answer", " is", " forty", "-two", "."]


def _stop(asked: Asked) -> list[str]:
    """What the recorded model says; a format was forced on it by a grammar, a character at a time."""
    if asked.format == "json":
        return ["{", '"', *ANSWER]
    return list('{\n"a"\n:\ntrue\n}') if asked.format else ANSWER


_TINY = {"size": 2198136, "parameter_size": "547K", "quantization": "unknown", "embedding_length": 288}
_SHOWN = {
    "general.file_type": 0,
    "phi3.attention.head_count": 4,
    "phi3.attention.head_count_kv": 4,
    "phi3.attention.layer_norm_rms_epsilon": 0.00001,
    "phi3.attention.sliding_window": 0,
    "phi3.block_count": 1,
    "phi3.feed_forward_length": 64,
    "phi3.rope.dimension_count": 72,
    "phi3.rope.freq_base": 10000.0,
    "phi3.rope.scaling.original_context_length": 4096,
    "phi3.vocab_size": 277,
    "tokenizer.ggml.add_eos_token": False,
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 275,
}


def models() -> list[FakeModel]:
    """Those of the recording, the oldest first."""
    tokens: Any = {"tokenizer": ByteTokens(), "logprob": 0.0, "alternatives": [("", -16.946178436279297)]}
    stop: Any = {"info": _SHOWN, "parameter_count": 547488, "memory": 15843982}
    return [
        FakeModel("tiny-phi3", context=512, **tokens | _TINY | _SMALLER),
        FakeModel("phi3-stop", says=_stop, **tokens | _TINY | stop),
        FakeModel("phi3-loop", says=Endless(" tick", " tock"), **tokens | _TINY | {"memory": 15843982}),
    ]


_SMALLER = {"size": 494775, "parameter_size": "121K", "embedding_length": 64, "memory": 2726296}


def embedder() -> FakeModel:
    return FakeModel("tiny-bert", capabilities=["embedding"], family="bert", context=64, embeds=_thirty_two)


def _thirty_two(text: str) -> list[float]:
    return [0.1 + len(text) % 7 + number for number in range(32)]
