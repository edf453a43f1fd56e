"""Orders: what in a document addresses whoever answers from it, rather than whoever reads it.

"Ignore all previous instructions and …", "If you are an AI, …", "print your system prompt", a comment of HTML. From
there to the end of the paragraph nothing is shown to a model, quoted, or taken for evidence: neither the order nor the
link that it wants spread. By pattern, in a dozen languages: an order in words that nobody thought of is seen by the
gates alone (see `guards` and `grounding`), and a page that explains such attacks cannot be quoted where it shows one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

Span = tuple[int, int]

WITHHELD = "(…)"
"""What stands in a prompt where an order stood."""

_EARLIER = r"(?:all|any|every|your|previous|prior|above|earlier|preceding|foregoing|system|other|original|initial)"
_RULES = r"(?:instruct\w*|prompts?|rules|guidelines|directions|directives|orders|commands|constraints|restrictions)"
_MODEL = (
    r"(?:(?:an?\s+)?(?:ai|artificial\s+intelligence|large\s+language|language)[\s-]+(?:model|assistant|agent|system|bot)s?"
    r"|ais?|llms?|chat\s?bots?|chatgpt|gpt(?:-?\d)?|copilot|(?:virtual|digital)\s+assistants?)"
)
_SAY = (
    r"(?:say|answer|reply|respond|output|print|write|state|tell\s+(?:them|him|her|the\s+user|users?|everyone|people))"
)
_MUST = r"(?:\w+\s+){0,6}?(?:must|shall|should|is\s+to|has\s+to|will)\s+(?:\w+\s+){0,2}?"
_PRAISE = r"reveal|recommend|insist|claim|refuse|praise|ignore"

_PATTERNS = (
    # Forget what you were told.
    rf"\b(?:ignore|disregard|forget|override|overwrite|bypass|discard|cancel|(?:do\s+not|don['’]t|stop)\s+(?:follow|obey)\w*)"
    rf"\s+(?:\w+\s+){{0,3}}?{_EARLIER}\s+(?:\w+\s+){{0,4}}?{_RULES}\b",
    r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all|what(?:ever)?)\s+(?:\w+\s+){0,4}?"
    r"(?:above|before|said|told|you\s+know|previously)\b",
    r"\b(?:ignore|disregard|forget)\s+(?:(?:the|any|all|every|these|other|previous)\s+){1,3}"
    r"(?:passages?|context|questions?|sources?|quer(?:y|ies))\b",
    rf"\b(?:new|updated|revised|real|actual|hidden|secret|additional|final|priority)\s+(?:system\s+)?"
    rf"(?:{_RULES}|task|objective)\s*(?::|for\s+(?:you|the\s+(?:model|assistant|ai)|{_MODEL})\b)",
    r"\b(?:end|begin(?:ning)?|start)\s+of\s+(?:the\s+)?(?:passages|context|user\s+input|system\s+prompt|untrusted\s+\w+"
    r"|retrieved\s+\w+)\b",
    # You are somebody else.
    rf"\byou\s+are\s+(?:now|no\s+longer|from\s+now\s+on)\b[^.\n]{{0,40}}?\b(?:{_MODEL}|assistant|model|persona|mode|"
    r"unrestricted|jailbroken|dan|pirate|terminal|poet)\b",
    rf"\b(?:act|behave|respond|answer|speak|reply)\s+(?:as|like)\s+(?:an?\s+)?(?:\w+\s+){{0,3}}?(?:{_MODEL}|assistant|persona|"
    r"linux\s+terminal|translator|pirate|poet|dan)\b",
    r"\bpretend\s+(?:that\s+)?you(?:['’]re|\s+are)\b|\b(?:jailbreak|jailbroken|dan)\s+mode\b",
    # Whoever is addressed.
    rf"\b(?:note|notice|attention|message|hint|dear|hello|hey|instructions?|important|warning)\b[^.\n]{{0,20}}?"
    rf"\b(?:to|for|all)?\s*(?:the\s+|any\s+|all\s+)?{_MODEL}\b[^.\n]{{0,30}}?[:,!]",
    rf"\b(?:if|when|since|because)\s+you\s+(?:are|were|['’]re)\s+(?:\w+\s+){{0,3}}?{_MODEL}\b",
    rf"\bas\s+(?:an?\s+)?{_MODEL}\b[^.\n]{{0,10}}\byou\b",
    rf"\b(?:{_MODEL}\s+{_MUST}(?:{_SAY}|include|append|add|{_PRAISE})|assistant\s+{_MUST}(?:{_PRAISE}))\b",
    # What is to be said.
    rf"\b(?:if|when|whenever)\s+(?:you\s+are|you['’]re|anyone|somebody|someone|(?:the\s+|a\s+)?users?)\s+asks?(?:ed)?\b"
    rf"[^.\n]{{0,80}}?\b(?:always\s+|only\s+|just\s+)?{_SAY}\b",
    rf"\b{_SAY}\s+(?:\w+\s+){{0,3}}?that\s+(?:the\s+|your\s+)?(?:documents?|passages?|sources?)\s+"
    r"(?:do(?:es)?\s+not|don['’]t|doesn['’]t|cannot)\b",
    rf"\b{_SAY}\s+(?:to\s+(?:all|any|every|each|this|the)\s+\w+\s+)?(?:only\s+|exactly\s+|always\s+|instead\s+)+"
    r"(?:with\s+|by\s+saying\s+|in\s+)?(?:the\s+(?:words?|text|phrase|link|sentence|following)|[\"“”'‘«`:])",
    r"\b(?:begin|start|end|finish|prefix|close)\s+(?:each|every|all|your)\s+(?:of\s+your\s+)?(?:answer|reply|repl|respons|"
    r"message|sentence)",
    r"\b(?:in|to|at\s+the\s+end\s+of|from|with)\s+(?:your|each|every|all\s+your)\s+(?:next\s+|final\s+|own\s+)?"
    r"(?:answer|reply|replies|response|output)s?\b[^.\n]{0,60}?(?:https?:|www\.|!\[|\blinks?\b|\bimages?\b|\bsecret|\bwords?\b)",
    # What is to be told or sent.
    r"\b(?:print|reveal|repeat|show|output|leak|disclose|recite|translate|summari[sz]e|tell|write|copy|encode)\s+"
    r"(?:\w+\s+){0,4}?(?:your|the|its|all)\s+(?:\w+\s+)?(?:system|initial|hidden|original|secret|developer)?\s*"
    r"(?:prompt|instructions\s+(?:you|that|above|verbatim)|rules\s+(?:you|above|that)|system\s+message)",
    rf"\b(?:print|reveal|repeat|leak|disclose|recite)\s+(?:\w+\s+){{0,2}}?your\s+(?:\w+\s+)?{_RULES}\b|\byour\s+(?:\w+\s+)?system\s+prompt\b",
    r"\b(?:append|add|include|embed|insert|attach|put|encode|send|forward|post|leak|exfiltrate)\b[^.\n]{0,60}?"
    r"\b(?:conversation|chat\s+history|user['’]?s?\s+(?:question|message|data|name|e-?mail|query)|previous\s+messages)"
    r"[^.\n]{0,80}?(?:\b(?:urls?|links?|images?|address|parameter)\b|https?:)",
    r"\b(?:do\s+not|don['’]t|never)\s+(?:mention|tell|reveal|disclose|inform|cite|warn)\b[^.\n]{0,30}?"
    r"\b(?:(?:this|these)\s+(?:instruction|message|note|text|comment|order)s?|the\s+users?|users?)\b",
    r"\b(?:decode|decrypt|decipher|un?rot13)\b[^.\n]{0,60}?\b(?:obey|follow|execute|do\s+what|carry\s+out|base64|rot13)\b"
    r"|\bbase64\b[^.\n]{0,60}?\b(?:obey|follow|execute|do\s+what|carry\s+out|instruct)",
    r"[\"']?(?:tool_calls?|function_call)[\"']?\s*[:=]|<(?:tool_call|function_calls?|invoke)\b|<\|tool",
    # Marks of messages.
    r"\[/?INST\]|<</?SYS>>|^\s*#{2,}\s*(?:system|new\s+instructions?|assistant|instruction)\s*:?\s*$"
    r"|^\s*(?:\[|\()?\s*system\s*(?:\]|\)|(?:message|note|override|update)s?\s*:)|<(?:system|assistant|instructions?)>",
    # The first of these in other languages.
    r"\b(?:ignorier\w*|missacht\w*|vergiss|vergessen\s+sie|überschreib\w*)\b[^.\n]{0,60}?"
    r"\b(?:anweisung|instruktion|regel|vorgabe|prompt|anleitung(?:en)?\s+(?:oben|zuvor))",
    r"\b(?:ignor[aeá]\w*|olvid[ae]\w*|desobede\w*|descart[ae]\w*)\b[^.\n]{0,60}?\b(?:instrucci|indicaci|reglas|órdenes)",
    r"\b(?:ignore[rz]?|oublie[rz]?|négligez)\b[^.\n]{0,60}?\b(?:instructions|consignes|règles)\b",
    r"\b(?:ignor[ai]\w*|dimentic[ah]\w*|trascura\w*)\b[^.\n]{0,60}?\b(?:istruzion|regole|indicazion)",
    r"\b(?:ignor[ea]\w*|esqueç?[ac]\w*|desconsidere)\b[^.\n]{0,60}?\b(?:instruç|regras|orientaç)",
    r"\b(?:negeer|vergeet)\b[^.\n]{0,60}?\b(?:instructies|regels|aanwijzingen)",
    r"\b(?:zignoruj|ignoruj|zapomnij)\b[^.\n]{0,60}?\b(?:instrukcj|polece|zasad)",
    r"\b(?:huwag\s+(?:mong?\s+)?(?:pansinin|sundin)|balewalain|kalimutan|isantabi)\b[^.\n]{0,80}?"
    r"\b(?:tagubilin|utos|panuto|patakaran|instruksyon|alituntunin)",
    r"(?:忽略|无视|忽視|无需理会|忘记|忘掉)[^。\n]{0,16}(?:指令|指示|规则|提示|说明|命令)",
    r"(?:指示|命令|ルール|プロンプト)[^。\n]{0,10}(?:無視|忘れ)",
    r"\b(?:про)?игнорируй\w*[^.\n]{0,60}?(?:инструкци|указани|правил)|\bзабудь\w*[^.\n]{0,60}?(?:инструкци|указани|правил)",
    r"(?:تجاهل|انس)[^.\n]{0,60}?(?:التعليمات|الأوامر|القواعد)",
    r"(?:निर्देश|आदेश|नियम)[^।\n]{0,40}(?:अनदेखा|नज़रअंदाज|नजरअंदाज|भूल|उपेक्षा)",
)
_ORDER = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE | re.MULTILINE)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PARAGRAPH = re.compile(r"\n[ \t]*\n|\Z")
_SENTENCE_ENDS = re.compile(r"[.!?。！？।؟][\"'”’»)\]*_]*\s+|\n")


@lru_cache(maxsize=4096)  # a chunk is read for evidence, for the prompt, and for citations; a millisecond each time
def orders_in(text: str) -> tuple[Span, ...]:
    """Where orders stand, each from the beginning of its sentence to the end of its paragraph; not overlapping."""
    plain, offsets = _plain(text)
    spans = [(offsets[start], offsets[end]) for start, end in (match.span() for match in _HIDDEN.finditer(plain))]
    at = 0
    while match := _ORDER.search(plain, at):
        start, at = _beginning(plain, match.start()), _paragraph_end(plain, match.end())
        spans.append((offsets[start], offsets[at]))
    return tuple(_joined(spans))


def withheld(text: str) -> str:
    """The text with `WITHHELD` in the place of orders, and without the letters that nobody sees."""
    for start, end in reversed(orders_in(text)):
        text = f"{text[:start]}{WITHHELD}{text[end:]}"
    return text if text.isascii() else "".join(sign for sign in text if not _is_unseen(sign))


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as it looks ("ｉｇｎｏｒｅ" is "ignore"), and where in the text each of its characters stood."""
    if text.isascii():
        return text, list(range(len(text) + 1))
    pieces = [
        (letter, place)
        for place, sign in enumerate(text)
        if not _is_unseen(sign)
        for letter in unicodedata.normalize("NFKC", sign)
    ]
    return "".join(letter for letter, _ in pieces), [*(place for _, place in pieces), len(text)]


def _is_unseen(sign: str) -> bool:
    """Joiners within words of Arabic, Indic and Persian are seen by their effect, and stay."""
    return unicodedata.category(sign) == "Cf" and sign not in "\u200c\u200d"


def _beginning(text: str, at: int) -> int:
    """Of the sentence that this offset is in."""
    line = text.rfind("\n\n", 0, at) + 1
    ends = [match.end() for match in _SENTENCE_ENDS.finditer(text, line, at)]
    return ends[-1] if ends else line


def _paragraph_end(text: str, at: int) -> int:
    found = _PARAGRAPH.search(text, at)
    return found.start() if found else len(text)


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
