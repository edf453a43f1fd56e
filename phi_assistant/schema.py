"""The values of the product: what flows from a file to a cited answer.

Frozen, plain, with no storage and no model in them; every other module speaks in these.
All offsets are character offsets into the extracted text of a source (for a .txt or .md
file: into the text of the file itself), `end` exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was ingested."""

    id: str
    """Path relative to the ingested folder, with forward slashes; survives edits."""
    title: str
    digest: str
    """SHA-256 of the file's bytes, in hex; changes with every edit."""


@dataclass(frozen=True, slots=True)
class Page:
    """The smallest part of a source that a reader can turn to."""

    text: str
    label: str
    """What the reader turns to: "p. 3"; empty where the whole file is one page."""
    start: int
    """Where the page begins in the extracted text of its source."""
    columns: tuple[str, ...] = ()
    """The names of its columns, where the page is rows of values as a .csv file has them."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of one source: what is embedded, indexed and found."""

    source: str
    """`Source.id` of the file it was cut from."""
    position: int
    """0-based place among the chunks of its source; neighbours differ by one."""
    title: str
    label: str
    """What a reader turns to: "p. 3", or the innermost heading; may be empty."""
    headings: tuple[str, ...]
    """The headings above it, outermost first."""
    start: int
    end: int
    text: str
    """The extracted text from `start` to `end`, unchanged. Neighbours on a page touch: the blanks between
    two chunks belong to the first, so that joining neighbours gives the text of the source."""

    @property
    def id(self) -> str:
        return f"{self.source}#{self.position}"

    @property
    def context(self) -> str:
        """Where the chunk stands, in one line: "Title > Heading > Subheading"."""
        return " > ".join(dict.fromkeys(part for part in (self.title, *self.headings) if part))

    @property
    def embedded(self) -> str:
        """What the embedder is given: a passage on its own rarely says what it is about."""
        return f"{self.context}\n{self.text.strip()}"


def titled(title: str, label: str) -> str:
    """Where a reader turns to: "Returns and refunds, How long you have"."""
    return f"{title}, {label}" if label and label != title else title


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a question."""

    chunk: Chunk
    score: float
    """Higher is closer, 0 to 1; compare only within one retrieval."""
    dense: float = 0.0
    """Cosine of chunk and question (of a follow-up: with its history as well), -1 to 1; comparable between
    questions."""
    alone: float = 0.0
    """Cosine of chunk and question without its history, -1 to 1."""
    lexical: float = 0.0
    """BM25 of the chunk for the question's words, from 0 without a bound."""
    own: float = 1.0
    """What the question alone counted beside its history, 0 to 1; the same for all hits of a search."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring chunks of one source as one text, numbered as it is shown."""

    number: int
    """1-based, as printed: "[1]"."""
    chunks: tuple[Chunk, ...]
    """In the order of the source; at least one."""
    text: str
    """The extracted text of the source from `start` to `end`, unchanged."""
    score: float
    """Of its best hit."""

    @property
    def start(self) -> int:
        return self.chunks[0].start

    @property
    def end(self) -> int:
        return self.chunks[-1].end


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation before the question."""

    role: str
    """Either "user" or "assistant"."""
    text: str
    """What a person sees of it."""
    prompt: str = ""
    """As it stands in a language model's prompt, if that is something else: with passages, or as the model wrote it."""
    shown: tuple[Passage, ...] = ()
    """The passages that it brought into the prompt."""


@dataclass(frozen=True, slots=True)
class Citation:
    """What a sentence of an answer stands on."""

    number: int
    """As printed in the answer: "[1]"."""
    source: str
    title: str
    label: str
    start: int
    end: int
    quote: str
    """The extracted text of the source from `start` to `end`."""
    marks: tuple[tuple[int, int], ...] = ()
    """The deciding words, as offsets into `quote`."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a language model read and wrote."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    """Of the prompt, those that the model had read before."""


UNUSED = Usage(0, 0)
"""Where no language model was asked."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds since the question was asked."""

    retrieval_s: float
    first_token_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question, and what it rests on."""

    question: str
    text: str
    abstained: bool
    """True where the documents do not say; then `text` says so, and `citations` is empty."""
    reason: str | None
    """Why it abstained."""
    citations: tuple[Citation, ...]
    """What the text stands on."""
    hits: tuple[Hit, ...]
    """What was consulted, best first; never to be shown as what the answer stands on."""
    model: str
    """The model spec of who answered: "extractive"."""
    unsupported: tuple[str, ...] = ()
    """Sentences of the text that no passage supports."""
    usage: Usage = UNUSED
    timings: Timings = Timings(0.0, 0.0, 0.0)
    passages: tuple[Passage, ...] = ()
    """What a language model was shown with this question; empty without one."""
    left_out: int = 0
    """Chunks among the hits that it was not shown for want of room."""
    turns: tuple[Turn, ...] = ()
    """What the next question's history has of this one; a refusal says nothing about it."""
