"""Words: how a text becomes the stems that the lexical index and the evidence are counted in.

Knows languages (stems, stop words) and scripts without blanks. Knows nothing of indexes or scores.
Stop words are dropped from questions only: an index without them could not find "The Who". In a
question they are noise: "when" is rare in documents, so BM25 would take it for a weighty word;
leaving the words of asking out raised mean nDCG@10 from .823 to .831 on the development sets
(`benchmarks/RESULTS.md`).
"""

from __future__ import annotations

import re
from functools import cached_property

import tantivy

from phi_assistant.errors import ConfigError

LANGUAGES = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
"""Language codes with a stemmer (Snowball, by way of tantivy)."""

_WITHOUT_STOP_WORDS = frozenset(("ar", "el", "ro", "ta", "tr"))
"""tantivy has no list for these; their questions keep every word."""

_LONGEST_WORD = 60
_NO_BLANKS = re.compile(r"([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
"""Scripts written without blanks (Thai, Lao, Burmese, Khmer, Kana, Han): each character is a word."""

STOP_WORDS = """a about above after again all also am an and any are aren as at be because been before being below
between both but by can cannot could couldn d did didn do does doesn doing don down during each few for from further
get give had hadn has hasn have haven having he hello her here hers herself hi him himself his how i if in into is isn
it its itself just know let ll m many me more most much my myself nor now of off ok okay on once only or other our ours
ourselves out over own please re s same shall she should shouldn so some such t tell than thank thanks that the their
theirs them themselves then there these they this those through to too under until up us use ve very was wasn we were
weren what when where which while who whom whose why will with won would wouldn yes you your yours yourself
yourselves""".split()
"""English words that say nothing of a question's subject."""


class Analyzer:
    """Turns text into stems, the same way for documents and questions.

    >>> Analyzer("en").terms("How are refunds paid?")
    ['refund', 'paid']
    """

    def __init__(self, language: str = "en") -> None:
        """Raises `ConfigError` for a language without a stemmer."""
        if language not in LANGUAGES:
            raise ConfigError(
                f"There is no stemmer for the language {language!r}, and search would find only exact words. "
                f"Set `language` to one of {', '.join(sorted(LANGUAGES))}."
            )
        self.language = language

    @cached_property
    def tokenizer(self) -> tantivy.TextAnalyzer:
        """What the lexical index registers: lower case, no accents, stemmed."""
        return _chain(self.language, for_questions=False)

    @cached_property
    def _question_tokenizer(self) -> tantivy.TextAnalyzer:
        return _chain(self.language, for_questions=True)

    def stems(self, text: str) -> list[str]:
        """Every word of a text, stemmed, in order."""
        return self.tokenizer.analyze(spaced(text))

    def content(self, question: str) -> list[str]:
        """The stems of a question that say what it is about, each once; none for "Yes, please"."""
        return list(dict.fromkeys(self._question_tokenizer.analyze(spaced(question))))

    def terms(self, question: str) -> list[str]:
        """What to search for: the content of a question, or all of its words if it has none ("Who are you?")."""
        return self.content(question) or list(dict.fromkeys(self.stems(question)))


def spaced(text: str) -> str:
    """The text with blanks around every character of a script that is written without them."""
    return _NO_BLANKS.sub(r" \1 ", text)


def _chain(language: str, *, for_questions: bool) -> tantivy.TextAnalyzer:
    name, filters = LANGUAGES[language], tantivy.Filter
    chain = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    chain = chain.filter(filters.remove_long(_LONGEST_WORD)).filter(filters.lowercase())
    if for_questions and language == "en":
        chain = chain.filter(filters.custom_stopword(STOP_WORDS))
    elif for_questions and language not in _WITHOUT_STOP_WORDS:
        chain = chain.filter(filters.stopword(name))
    return chain.filter(filters.ascii_fold()).filter(filters.stemmer(name)).build()
