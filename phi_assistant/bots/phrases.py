"""What a tutor says by itself, and how a student goes on, in the languages that the fact gate knows."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """Of one language."""

    look: str
    kind: str
    begins: str
    ask: str
    again: str
    kinds: dict[str, str]
    """What is looked for, by the kinds of `expected.asked_for`."""


PHRASES = {
    "en": Phrases(
        look="Look in {place}.",
        kind="You are looking for {kind}.",
        begins="The sentence begins “{words} …”.",
        ask="What does it say about your question: “{question}”?",
        again="Read the chapter once more with your question in mind: “{question}”. Which sentence comes nearest?",
        kinds={"when": "a time", "number": "a number", "who": "a name", "where": "a place", "why": "a reason"},
    ),
    "de": Phrases(
        look="Schau in {place}.",
        kind="Du suchst {kind}.",
        begins="Der Satz beginnt mit „{words} …“.",
        ask="Was steht dort zu deiner Frage: „{question}“?",
        again="Lies das Kapitel noch einmal mit deiner Frage im Kopf: „{question}“. "
        "Welcher Satz kommt ihr am nächsten?",
        kinds={
            "when": "eine Zeitangabe",
            "number": "eine Zahl",
            "who": "einen Namen",
            "where": "einen Ort",
            "why": "einen Grund",
        },
    ),
    "es": Phrases(
        look="Mira en {place}.",
        kind="Buscas {kind}.",
        begins="La frase empieza por «{words} …».",
        ask="¿Qué dice sobre tu pregunta: «{question}»?",
        again="Lee otra vez el capítulo pensando en tu pregunta: «{question}». ¿Qué frase se le acerca más?",
        kinds={
            "when": "un momento",
            "number": "un número",
            "who": "un nombre",
            "where": "un lugar",
            "why": "una razón",
        },
    ),
    "tl": Phrases(
        look="Tingnan sa {place}.",
        kind="Hinahanap mo ang {kind}.",
        begins="Nagsisimula ang pangungusap sa “{words} …”.",
        ask="Ano ang sinasabi nito tungkol sa tanong mo: “{question}”?",
        again="Basahin muli ang kabanata habang iniisip ang tanong mo: “{question}”. "
        "Aling pangungusap ang pinakamalapit?",
        kinds={
            "when": "isang panahon",
            "number": "isang bilang",
            "who": "isang pangalan",
            "where": "isang lugar",
            "why": "isang dahilan",
        },
    ),
}

MORE = re.compile(
    r"\b(?:(?:an?\s*other|one more|next|bigger|fuller|better|more)\s+(?:hint|clue|tip)s?|hints?|clues?|more"
    r"|help(?: me)?|i(?:['’]m| am)? (?:give up|stuck|lost|not sure)"
    r"|i (?:really |still )?(?:don['’]?t|do not) (?:know|get it|understand)|no (?:idea|clue)|idk"
    r"|(?:just )?(?:tell|show|give) me(?: the (?:answer|solution))?|the (?:answer|solution)"
    r"|(?:noch )?(?:ein(?:en)? )?(?:tipp|hinweis)|hilfe|keine ahnung|(?:ich )?wei(?:ß|ss) (?:ich |es )?nicht"
    r"|ich gebe auf|(?:sag mir )?die (?:antwort|lösung)|weiter"
    r"|otra pista|una pista|más|ayuda|no (?:lo )?sé|ni idea|me rindo|la (?:respuesta|solución)"
    r"|isa pa(?:ng pahiwatig)?|pahiwatig|tulong|hindi ko (?:po )?alam|suko na ako|(?:ang )?sagot)\b",
    re.IGNORECASE,
)
"""Asking on, which says nothing of what is asked."""

FOLLOWS = re.compile(
    r"(?:so|and|maybe|perhaps|then|or|also|vielleicht|und|oder|y|o|quizás|baka)?,?\s*"
    r"(?:(?:is|are|was|were|does|do|did|has|have|could|would|can) (?:it|that|this|they|there)\b"
    r"|(?:it|they|that|this)(?:['’]s)?\b|because\b|since\b"
    r"|(?:ist|sind|war|hat) (?:es|das|sie)\b|weil\b|¿?(?:es|son|será) \w+|porque\b|dahil\b|kasi\b)",
    re.IGNORECASE,
)
"""A try at an answer: "Is it the friction?", "Because it is smooth"."""

QUESTION = re.compile(
    r"(?:(?:and|but|ok(?:ay)?|now|please|then|und|aber|bitte|y|pero|at)\s*,?\s+)*"
    r"(?:what|who|whom|whose|which|when|where|why|how|can|could|do|does|did|is|are|explain|define|describe|tell me|show"
    r"|was|wer|wen|wem|welche[rsn]?|wann|wo|warum|wie|wieso|erklär\w*|beschreib\w*|definier\w*"
    r"|¿|qué|quién|cuál|cuándo|dónde|cómo|cuánt[oa]s?|explica|define"
    r"|ano|sino|kailan|saan|bakit|paano|ilan|ipaliwanag)\b",
    re.IGNORECASE,
)
"""How another question begins."""
