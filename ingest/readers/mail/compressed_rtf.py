"""Rich Text as Outlook packs it ("LZFu"): with a dictionary that already holds how Rich Text begins.

Knows the packing alone. What is cut short is unpacked as far as it goes.
"""

from __future__ import annotations

import struct

from phi_assistant.errors import LoadError

__all__ = ["unpacked_rtf"]

_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par "
    rb"\pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_PACKED, _PLAIN = b"LZFu", b"MELA"


def unpacked_rtf(data: bytes) -> bytes:
    if len(data) < 16 or data[8:12] not in (_PACKED, _PLAIN):
        raise LoadError("is damaged: its text in Rich Text is packed in no known way. Save it again from Outlook.")
    size = struct.unpack_from("<I", data, 4)[0]
    return data[16 : 16 + size] if data[8:12] == _PLAIN else _unpacked(data[16:], size)


def _unpacked(data: bytes, size: int) -> bytes:
    """Eight pieces follow each byte of flags: a byte itself, or where in the window a stretch stands."""
    out, at = bytearray(_KNOWN), 0
    while at < len(data) and len(out) - len(_KNOWN) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out[len(_KNOWN) :])
                place, length = divmod(int.from_bytes(data[at : at + 2], "big"), 16)
                if place == len(out) % _WINDOW:  # the end
                    return bytes(out[len(_KNOWN) :])
                _repeat(out, (len(out) - place) % _WINDOW, length + 2)
                at += 2
            else:
                out += data[at : at + 1]
                at += 1
    return bytes(out[len(_KNOWN) :])


def _repeat(out: bytearray, back: int, length: int) -> None:
    """Byte for byte, for the stretch may go on into what it writes; what lies before the window is blank."""
    for _ in range(length):
        out.append(out[-back] if back <= len(out) else 0x20)
