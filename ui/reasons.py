"""Why a file could not be read, for whoever does not read English: each reason in a sentence, and its exact words.

Ingestion says its reasons in English and for a terminal. They begin alike where the same helps; what it says besides,
such as how large a file was, stays as it is.
"""

from __future__ import annotations

import re

from ui.text import html
from ui.words import N_, _, language

_LOCKED = N_(
    "It has a password. Write that under “Some of them have a password” and have the file read again, or add a copy "
    "without one."
)
_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"wants a password|is encrypted", _LOCKED),
    (r"is protected against copying", N_("It is protected against copying. Add a copy without protection.")),
    (r"is too (large|long)|holds [\d,]+ characters|takes more than", N_("It is too large to be read. Split it.")),
    (r"has no text layer", N_("It is a picture or a scan, and no words were found in it.")),
    (r"holds no(thing|\b)|holds times|is a message without|is an archive that holds no", N_("There is no text in it.")),
    (
        r"is of a kind|is a recording|is of (an older|PowerPoint)|lies too deep",
        N_("Files of this kind cannot be read. Save it as PDF or .docx, and add that."),
    ),
    (
        r"is damaged|is not what|ended the process|made the process|nests",
        N_("It is damaged. Save it again, and add that."),
    ),
)
_OTHER = N_("It could not be read.")


def told(reason: str) -> str:
    """HTML: what it is and what helps in the language of whoever looks, and the exact words where they say more."""
    sentence = next((said for begins, said in _SENTENCES if re.match(begins, reason)), _OTHER)
    if sentence == _LOCKED:  # the exact words are for a terminal
        return html(_(sentence))
    exact = f'<span lang="en" translate="no">{html(reason)}</span>'
    return exact if language() == "en" else f"{html(_(sentence))}<br><small>{exact}</small>"
