"""Claims: whether a sentence of an answer says anything about the documents' subject.

Greetings, questions back, "Here is how:", offers of help and "The documents do not say" need no support.
English, German, Spanish and Filipino, by pattern. Knows nothing of passages.
"""

from __future__ import annotations

import re

_COURTESY = r"""
(?:hi|hello|hey|dear|hallo|guten\ (?:tag|morgen|abend)|hola|buen[oa]s\ \w+|kumusta|magandang\ \w+)\b[^.:;]{0,30}$
|(?:thanks|thank\ you|many\ thanks|danke|vielen\ dank|gracias|muchas\ gracias|salamat|maraming\ salamat)\b[^.;]{0,60}$
|(?:you(?:'|’)?(?:re|\ are)\ (?:very\ |most\ )?welcome|my\ pleasure|gern(?:e|\ geschehen)?|de\ nada|walang\ anuman)\b
|(?:sure|certainly|of\ course|absolutely|great\ question|good\ question|i(?:'|’)?d\ be\ happy|happy\ to\ help|glad\ to)
 \b[^.;:]{0,60}$
|(?:yes|no|ok|okay|ja|nein|sí|si|oo|opo|hindi(?:\ po)?)$
|(?:i(?:'|’)?m|i\ am|we(?:'|’)re|es\ tut\ mir|lo\ siento|paumanhin)\b.{0,12}\b(?:sorry|leid|happy)\b[^.;,]{0,40}$
|(?:i|we)\ (?:hope|trust)\b.{0,40}\b(?:helps?|helpful|useful|answers?|assists?|information)\b
|(?:let\ (?:me|us)\ know|feel\ free|please\ (?:feel\ free|let\ (?:me|us)\ know)|don(?:'|’)?t\ hesitate)\b
|if\ you\ (?:have|need|want|would\ like)\b.{0,60}\b(?:question|help|assistance|else|detail|information)s?\b.{0,60}
 \b(?:ask|know|free|contact|reach|happy|here)\b
|(?:is\ there|do\ you\ have)\ any(?:thing|\ other)\b
|(?:stay\ safe|good\ luck|have\ a\ (?:nice|great|good)\ \w+|take\ care|viel\ erfolg|buena\ suerte)\b
|(?:wenn|falls|bei)\b.{0,40}\bfragen\b.{0,60}|(?:si\ tiene|si\ necesita|no\ dude)\b.{0,80}
|(?:kung\ may|sabihin\ lang|magtanong\ lang)\b.{0,80}
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
_QUESTION = re.compile(r"[?？؟][\"'”’»)\]]*$")
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
