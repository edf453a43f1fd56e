"""Languages: which one a text is in, what it is called, and how one says in it that the documents do not say.

By its little words, or by its script where that tells it. A question is a few words long and a wrong guess is worse
than none, so of two languages that fit about as well neither is taken. Knows nothing of documents or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAMES = {
    "ar": "Arabic",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tl": "Filipino",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "zh": "Chinese",
}

REFUSALS = {
    "en": "Your documents do not say.",
    "de": "Das steht nicht in Ihren Dokumenten.",
    "es": "Sus documentos no lo dicen.",
    "tl": "Hindi ito sinasabi ng inyong mga dokumento.",
    "ar": "مستنداتك لا تذكر ذلك.",
    "da": "Af dine dokumenter fremgår det ikke.",
    "el": "Τα έγγραφά σας δεν το αναφέρουν.",
    "fa": "اسناد شما در این باره چیزی نمی‌گویند.",
    "fr": "Vos documents ne le disent pas.",
    "hi": "आपके दस्तावेज़ों में यह नहीं बताया गया है।",
    "it": "I suoi documenti non lo dicono.",
    "ja": "お手元の文書には書かれていません。",
    "ko": "문서에 나와 있지 않습니다.",
    "nl": "Dat staat niet in uw documenten.",
    "no": "Det kommer ikke frem av dokumentene dine.",
    "pl": "Nie ma tego w Twoich dokumentach.",
    "pt": "Os seus documentos não o dizem.",
    "ru": "В ваших документах об этом не говорится.",
    "sv": "Det står inte i dina dokument.",
    "th": "เอกสารของคุณไม่ได้ระบุไว้",
    "uk": "Ваші документи про це не говорять.",
    "ur": "آپ کی دستاویزات میں یہ نہیں بتایا گیا۔",
    "zh": "您的文档中没有提到这一点。",
}

_LITTLE_WORDS = {
    "da": "hvad hvor hvordan hvorfor hvornår hvem hvilken hvilke kan jeg er det en et af til med på for og ikke der"
    " den de min mit har skal",
    "de": "was wer wen wem wie wo wann warum wieso welche welcher welches wieviel kann können ich man der die das"
    " den dem des ein eine einen einem einer ist sind war hat haben wird werden mit für auf von zu im in am"
    " bei es gibt nicht und oder mein meine muss darf soll bekomme lange viel",
    "en": "what who whom whose which when where why how can could do does did is are was were has have will would"
    " should must may the a an of to in on for with from by at and or not my your it there i you we they if"
    " about long much many",
    "es": "qué quién quiénes cuál cuáles cuándo dónde cómo cuánto cuánta cuántos cuántas por puedo puede se es son"
    " fue hay el la los las un una de del en con para y o no mi su tengo tiene qué debo que al como está están"
    " cuanto cuanta cuantos cuantas cuando donde quien cual lo su sus",
    "fr": "que quoi qui quel quelle quels quelles quand où pourquoi comment combien est ce puis peut je on il elle"
    " le la les un une des du de au aux en dans pour avec sur et ou ne pas mon ma mes sont y a t dois faut",
    "it": "che cosa chi quale quali quando dove perché come quanto quanta quanti quante posso può si è sono il lo"
    " la gli le un una di del della dei in con per e o non mio mia ho ha devo c'è ci da al alla",
    "nl": "wat wie welke welk wanneer waar waarom hoe kan kunnen ik je het de een is zijn was heeft heb moet mag"
    " van in op met voor naar te en of niet mijn er bij aan hoeveel lang",
    "no": "hva hvor hvordan hvorfor når hvem hvilken hvilke kan jeg er det en et av til med på for og ikke der den"
    " de min mitt har skal",
    "pl": "co kto jak gdzie kiedy dlaczego czy ile który która które mogę można jest są w na z do i nie się po o od"
    " za mój moja mam ma",
    "pt": "que quem qual quais quando onde porque por como quanto quanta quantos quantas posso pode se é são foi há"
    " o a os as um uma de do da dos das em no na com para e ou não meu minha tenho tem devo ao",
    "sv": "vad var hur varför när vem vilken vilka kan jag är det en ett av till med på för och inte där den de min"
    " mitt har ska man",
    "tl": "ano sino kanino alin kailan saan bakit paano ilan magkano gaano ba ang ng sa mga ay na at hindi para"
    " kung ito po ko mo ka niya may mayroon nasa nang si ni kay pwede puwede maaari dapat",
}
_WORDS = {language: frozenset(words.split()) for language, words in _LITTLE_WORDS.items()}
_SCRIPTS = {
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
}
"""Those that one language of `NAMES` is written in; Kana come before Han, which Japanese has as well."""

_RELATIVES = {"ar": {"ur": "ٹڈڑےںہھ", "fa": "پچژگ"}, "ru": {"": "ўђћљњџјѕѓќ", "uk": "іїєґ"}}
"""Letters that these do not have, and the language that has them; none where several have."""

_CLEAR = 1
"""By how many little words a language must be ahead of the next."""


def spoken(question: str) -> str:
    """The code of the language that a question is in; empty where that is not clear."""
    letters = [letter for letter in question if letter.isalpha()]
    for language, script in _SCRIPTS.items():
        if 2 * sum(bool(script.match(letter)) for letter in letters) > len(letters):
            return _relative(language, question.lower())
        if language == "ja" and script.search(question):
            return language
    counts = _counted(question, _WORDS)
    best, second = sorted(counts, key=counts.__getitem__, reverse=True)[:2]
    return best if counts[best] >= counts[second] + _CLEAR else ""


def likeliest(text: str, among: Iterable[str]) -> str:
    """Of these languages the one whose little words the text has most of, however few; empty for none."""
    counts = _counted(text, among)
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else ""


def _counted(text: str, among: Iterable[str]) -> dict[str, int]:
    """How many little words of each of these languages a text has."""
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower())
    return {language: sum(word in _WORDS[language] for word in words) for language in among}


def _relative(language: str, question: str) -> str:
    """The language itself, or the one that is written like it and whose letters the question has."""
    others = _RELATIVES.get(language, {}).items()
    return next((other for other, letters in others if any(letter in letters for letter in question)), language)


def refused(question: str) -> str:
    """That the documents do not say, in the language of the question if it is among `REFUSALS`, else in English."""
    return REFUSALS.get(spoken(question), REFUSALS["en"])
