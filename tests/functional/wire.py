"""What a program may send to a terminal: printable text and the few sequences that move, colour and erase. Everything else
(titles, clipboard, reports, anything that strangers could have slipped in) is a violation."""

import re
import unicodedata

# Text: no C0, DEL, C1, and of the rest only what has a place on a screen.
FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

# ECMA-48 control sequences by their final byte; private ones ("?") by what they set.
MOVES = set("ABCDEFGHKJLMPXdfmr@bSTZ`e")
PRIVATE_MODES = {"1", "7", "12", "25", "1000", "1006", "1049", "47", "2004", "1034", "3", "4", "5"}
CSI = re.compile(r"\x1b\[([?]?)([0-9;:]*)([ -/]*)([@-~])")
ESCAPES = re.compile(r"\x1b(?:[()*+][AB0U]|[78=>MDEHc])")
BEGUN = re.compile(rb"\x1b(?:\[[?]?[0-9;]*|[()*+])?\Z")
CONTROLS = set("\r\n\b\t\x0e\x0f\x00")


class Violation(AssertionError):
    pass


def _complain(text, at, why):
    raise Violation(f"{why} at {at}: {text[max(0, at - 40):at + 40]!r}")


def _csi(text, found):
    prefix, figures, between, final = found.groups()
    if prefix == "?" and final in "hlsr":
        if all(mode in PRIVATE_MODES for mode in figures.split(";")):
            return
    elif prefix == "?" and final == "c" and re.fullmatch(r"[0-9;]*", figures):
        return  # the Linux console's cursor shapes
    elif prefix == "" and final in "hl" and figures in ("4", "20", "34"):
        return
    elif prefix == "" and final == "t" and figures in ("22;0;0", "23;0;0"):
        return  # xterm's title, put aside and taken back
    elif prefix == "" and between == "" and final in MOVES:
        return
    _complain(text, found.start(), f"sequence {found.group()!r}")


def strings(data):
    """Yields the pieces of printable text in `data`, in order; Violation for anything outside of the repertoire."""
    text = data.decode("utf-8", "strict")
    at, piece = 0, []
    while at < len(text):
        char = text[at]
        if char == "\x1b":
            found = CSI.match(text, at)
            if found:
                _csi(text, found)
            else:
                found = ESCAPES.match(text, at)
            if not found:
                _complain(text, at, "escape")
            at = found.end()
        elif char in CONTROLS:
            at += 1
        else:
            category = unicodedata.category(char)
            if category in FORBIDDEN:
                _complain(text, at, f"character U+{ord(char):04X} ({category})")
            piece.append(char)
            at += 1
            continue
        if piece:
            yield "".join(piece)
            piece = []
    if piece:
        yield "".join(piece)


def whole(data):
    """`data` without a character or sequence that is still on its way at its end."""
    data = BEGUN.sub(b"", data)
    for back in range(1, 4):
        if len(data) >= back and data[-back] >= 0xC0:
            need = 2 if data[-back] < 0xE0 else 3 if data[-back] < 0xF0 else 4
            return data[:-back] if need > back else data
    return data


def check(data):
    """Violation if `data` leaves the repertoire; returns the printable text in it."""
    return "".join(strings(whole(data)))
