"""The words of orders to a model, in two dozen languages, and those that make a warning of them; see `orders`."""

from __future__ import annotations

import re

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
    r"\bignorer\w*\s+(?:all[ae]?\s+|de\s+|samtliga\s+)*(?:tidigare|föregående|ovan\w*|tidligere|foregående|forrige|all[ae])"
    r"[^.\n]{0,40}?\b(?:instruktion|instruks|anvisning|vejledning|regler|reglene|reglerna)",
    r"\bαγν[οό][ήη]σ\w*\s+(?:\w+\s+)?(?:όλ|προηγο[υύ]μεν|παραπάνω)[^.\n]{0,60}?\b(?:οδηγί|εντολ|κανόν)",
    r"(?:이전|위의|앞의|모든)[^.\n]{0,16}(?:지시|명령|규칙|프롬프트|지침)[^.\n]{0,16}(?:무시|잊)",
    r"\b(?:про)?ігнору\w*\s+(?:усі|всі|попередн|наведен|вищ)[^.\n]{0,60}?(?:інструкц|вказів|правил)|\bзабудь\w*[^.\n]{0,60}?(?:інструкц|вказів)",
    r"\b(?:önceki|yukarıdaki)\b[^.\n]{0,40}?(?:talimat|komut|yönerge|kural)\w*[^.\n]{0,40}?"
    r"(?:yok\s+say|görmezden\s+gel|unut|dikkate\s+alma)",
    r"\b(?:bỏ\s+qua|phớt\s+lờ|quên)\b[^.\n]{0,30}?(?:chỉ\s+dẫn|hướng\s+dẫn|chỉ\s+thị|lệnh|quy\s+tắc)[^.\n]{0,20}?"
    r"\b(?:trước|trên)\b",
    r"\b(?:abaikan|lupakan|hiraukan)\b[^.\n]{0,30}?\b(?:instruksi|perintah|aturan|petunjuk)\b[^.\n]{0,20}?"
    r"\b(?:sebelum|di\s+atas)",
    r"(?:התעלמ|התעלם|שכח)[^.\n]{0,40}?(?:הוראות|הכללים|ההנחיות)",
    r"(?:เพิกเฉย|ละเว้น|ไม่ต้องสนใจ|ลืม)[^\n]{0,30}?(?:คำสั่ง|คำแนะนำ)",
    r"(?:निर्देश|आदेश|नियम)[^।\n]{0,40}(?:अनदेखा|नज़रअंदाज|नजरअंदाज|भूल|उपेक्षा)",
)
ORDER = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE | re.MULTILINE)

FORGOING = re.compile(
    r"(?:ignor|disregard|forget|overrid|bypass|missacht|verg[ei]ss|vergeet|negeer|überschreib|olvid|desobede|descart|oubli"
    r"|néglig|dimentic|trascur|esque|desconsider|zignoruj|zapomnij|huwag|balewala|kalimut|isantabi|忽|无视|忘"
    r"|指示|命令|про?игнор|игнор|забудь|تجاهل|انس|निर्देश|आदेश|नियम|αγν|이전|위의|앞의|모든|про?ігнор|ігнор|bỏ|phớt|quên"
    r"|abaikan|lupakan|hiraukan|התעל|שכח|önceki|yukarıdaki|เพิก|ละเว้น|ลืม)",
    re.IGNORECASE,
)
"""How orders to leave rules aside begin."""
NOT = re.compile(
    r"(?:\b(?:not|never|no|non|ne|não|nunca|nie|не|huwag|μην?|لا|đừng|không|jangan|אל)\s+(?:mong?\s+)?|n['’]t\s+|\bn['’]"
    r"|[勿别]|不要|不可|不得|لا\s*ت|อย่า|ห้าม)$",
    re.IGNORECASE,
)
NOT_THEN = re.compile(
    r"(?:huwag\s+kalimut|\w+\s+(?:(?:sie|u|ook|auch)\s+)?(?:nicht|niet|inte|ikke|pas)\b)", re.IGNORECASE
)
NOT_LAST = re.compile(r"しない|しては|するな|하지\s*(?:마|않|말)|ी?\s*(?:न|मत|ना)\s|ma(?:yın|yınız)\b")
"""Words for "not" before, within and after them."""
