"""Claims: whether a sentence of an answer says anything about the documents' subject.

Greetings, questions back, "Here is how:", offers of help and "The documents do not say" need no support.
English, German, Spanish and Filipino, by pattern. Knows nothing of passages.
"""

from __future__ import annotations

import re

from phi_assistant.sentences import QUESTION_MARKS

_COURTESY = r"""
(?:hi|hello|hey|dear|hallo|guten\ (?:tag|morgen|abend)|hola|buen[oa]s\ \w+|kumusta|magandang\ \w+)\b[^.:;]{0,30}$
|(?:(?:many\ )?thanks|thank\ you|(?:vielen\ )?danke?|(?:muchas\ )?gracias|(?:maraming\ )?salamat)\b(?!\ (?:to|a|des?)\b)
 [^.;]{0,60}$
|(?:you(?:'|’)?(?:re|\ are)\ (?:very\ |most\ )?welcome\b(?!\ to\b)|my\ pleasure$|gern(?:e|\ geschehen)?$|de\ nada$)
|(?:sure|certainly|of\ course|absolutely|(?:great|good)\ question)(?:\ thing)?
 (?:[,!]?\ (?:i|let\ me|here|happy|glad)\b[^.;:]{0,60})?$
|(?:i(?:'|’)?d\ be\ |i(?:'|’)?m\ )?(?:happy|glad)\ to\ (?:help|assist)\b[^.;:]{0,60}$
|(?:yes|no|ok|okay|ja|nein|sí|si|oo|opo|hindi(?:\ po)?|walang\ anuman)$
|(?:i(?:'|’)?m|i\ am|we(?:'|’)re|es\ tut\ mir|lo\ siento|paumanhin)\b.{0,12}\b(?:sorry|leid)\b[^.;,]{0,40}$
|(?:i|we)\ (?:hope|trust)\b.{0,40}\b(?:helps?|helpful|useful|answers?|assists?|information)\b
|(?:please\ )?(?:let\ (?:me|us)\ know\ if|feel\ free\ to\ (?:ask|reach|contact\ me)|don(?:'|’)?t\ hesitate\ to\ ask)\b
|if\ you\ (?:have|need|want|would\ like)\b.{0,60}\b(?:question|help|assistance|else|detail|information)s?\b.{0,60}
 \b(?:feel\ free|let\ (?:me|us)\ know|hesitate|just\ ask|(?:happy|glad|here)\ to\ (?:help|assist))\b
|(?:stay\ safe|good\ luck|have\ a\ (?:nice|great|good)\ \w+|take\ care|viel\ erfolg|buena\ suerte)$
|(?:(?:wenn|falls)\b.{0,30}|bei\ (?:weiteren\ )?)\bfragen\b.{0,60}$
|si\ (?:tiene|necesita)\b.{0,30}\b(?:preguntas?|dudas?|ayuda)\b.{0,60}$|no\ dude\ en\ (?:preguntar|contactar)\b
|kung\ may\b.{0,30}\b(?:tanong|katanungan)\b.{0,60}$
"""
_UNSAID = r"""
\bi\ (?:do\ not|don(?:'|’)?t|cannot|can(?:'|’)?t|could\ not|couldn(?:'|’)?t|am\ not|was\ not|am\ unable)\b
 .{0,30}\b(?:know|sure|find|found|have|answer|say|able|see|provide|confirm|certain|information|unable|determine|tell)\b
|\bwe\ (?:do\ not|don(?:'|’)?t)\ (?:know|have\ (?:any\ |enough\ |specific\ )*information)\b
|\b(?:documents?|passages?|texts?|sources?|contexts?|excerpts?|information\ (?:provided|given))\b.{0,40}
 \b(?:do(?:es)?\ not|don(?:'|’)?t|doesn(?:'|’)?t|did\ not|cannot)\b.{0,30}
 \b(?:say|state|mention|contain|include|provide|specify|give|indicate|cover|address|describe|explain|answer|discuss)
|\b(?:no|not\ any|insufficient|not\ enough)\b.{0,20}\b(?:information|mention|details?|evidence)\b.{0,40}
 \b(?:documents?|passages?|texts?|sources?|contexts?|provided|given|available|shown)\b
|\b(?:is|are)\ not\ (?:stated|mentioned|specified|discussed)\b
|\bit\ (?:is|\ would\ be)\ (?:not\ clear|unclear|unknown)\b
|\b(?:ich\ weiß\ (?:es\ )?nicht|(?:dokumente?|unterlagen|texte?|quellen?|passagen?)\b.{0,60}\b(?:nichts?|keine?n?)\b)
|\b(?:no\ (?:lo\ )?sé|(?:documentos?|textos?|fuentes?|pasajes?)\ no\b|no\ (?:se\ menciona|hay\ información|dispongo))
|\b(?:hindi\ ko\ alam|(?:walang|wala)\b.{0,30}\b(?:impormasyon|binanggit|nakasaad|sinasabi)|hindi\b.{0,20}\bdokumento)
"""
_COURTEOUS = re.compile(rf"(?:{_COURTESY})", re.IGNORECASE | re.VERBOSE)
_UNSAYING = re.compile(rf"(?:{_UNSAID})", re.IGNORECASE | re.VERBOSE)
_TURNS = re.compile(
    r"(?:[,;:.–—]\s*|\s)(?:but|however|though|although|except|aber|jedoch|doch|pero|sin embargo|ngunit|pero|subalit)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(rf"[{''.join(QUESTION_MARKS)}][\"'”’»)\]]*$")
_LEADS = re.compile(r"[:：]$")
_MOST_LED = 16
_LEAST_SAID = 4
"""Words before "but the documents do not say" that say something: "Yes, but" does not."""


def asserts(text: str) -> bool:
    """Whether this sentence, without marks of Markdown, needs a passage behind it."""
    said = text.strip()
    bare = said.rstrip(".!… ")
    if _QUESTION.search(said) or _COURTEOUS.match(bare):
        return False
    if _LEADS.search(said) and len(said.split()) <= _MOST_LED:
        return False
    unsaid = _UNSAYING.search(said)
    return not unsaid or any(
        match.start() >= unsaid.end() or len(said[: match.start()].split()) >= _LEAST_SAID
        for match in _TURNS.finditer(said)
    )
