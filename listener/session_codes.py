"""Codes as people type and paste them, and the nearest of those that this browser has found. Portable."""

import re

DIGIT_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10)
"""The zeros of Arabic, Persian, Hindi, Bengali, Thai and full-width digits; nine digits follow each."""

MAX_MISTAKES = 3
"""Two unrelated codes differ in more places; a code typed by ear or in haste seldom does."""

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"

_DASHED = re.compile("[a-z]+-[a-z]+-[0-9][0-9][0-9]")

_INVISIBLE = (
    (0xAD, 0xAD),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2069),
    (0x20E3, 0x20E3),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
)
"""Soft hyphen, zero-width and direction marks, emoji's variants: they travel with what is copied."""


def tidy(typed: str) -> str:
    """A code in the form of golden-eagle-427, from whatever was typed or pasted.

    The code may stand anywhere: in a link, a chat message, after "Code:". A link's own parameter comes
    first, then what is written with dashes, then two words before three digits, then two words and three
    digits in another order. Text without a code comes back as its words, joined by dashes.
    """
    text = _plain(typed)
    for parameter in text.replace("?", "&").replace("#", "&").split("&")[1:]:
        if parameter.startswith("s="):
            found = _dashed(parameter) or _two_words_and_digits(_words(parameter[2:]))
            if found:
                return found
    words = _words(text)
    return _dashed(text) or _two_words_and_digits(words) or "-".join(words)


def nearest(typed: str, recent: "list[str]") -> str:
    """The code among `recent` that a tidy code is nearest to; empty when none is near or two equally are."""
    bare = typed.replace("-", "")
    ranked = sorted([(mistakes(bare, code.replace("-", "")), code) for code in recent if code != typed])
    if not ranked or ranked[0][0] > MAX_MISTAKES:
        return ""
    return "" if len(ranked) > 1 and ranked[1][0] == ranked[0][0] else ranked[0][1]


def mistakes(one: str, other: str) -> int:
    """How many letters were left out, added, changed or swapped with their neighbour.

    The optimal string alignment distance: Damerau, "A technique for computer detection and
    correction of spelling errors", CACM 7 (1964), by Wagner and Fischer's table, row by row.
    """
    older: list[int] = []
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i in range(1, len(one) + 1):
        older, above, row = above, row, [i]
        for j in range(1, len(other) + 1):
            changed = above[j - 1] + (one[i - 1] != other[j - 1])
            row.append(min(changed, above[j] + 1, row[j - 1] + 1))
            if older and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]


def _dashed(text: str) -> str:
    """The first code that is written with dashes; empty without one."""
    found = _DASHED.search(text)
    while found:
        rest = text[text.index(found.group(0)) + len(found.group(0)) :]
        if not rest or _kind(rest[0]) != "digit":
            return found.group(0)
        text = rest
        found = _DASHED.search(text)
    return ""


def _two_words_and_digits(words: "list[str]") -> str:
    """The code among words and numbers; empty without one. Its digits may stand apart, as in 4 2 7."""
    joined = _with_numbers_joined(words)
    for i in range(2, len(joined)):
        one, other, number = joined[i - 2], joined[i - 1], joined[i]
        if _kind(one[0]) == _kind(other[0]) == "letter" and _kind(number[0]) == "digit" and len(number) == 3:
            return one + "-" + other + "-" + number
    letters = [word for word in joined if _kind(word[0]) == "letter"]
    numbers = [word for word in joined if _kind(word[0]) == "digit"]
    if len(letters) == 2 and len(numbers) == 1 and len(numbers[0]) == 3:
        return "-".join(letters + numbers)
    return ""


def _with_numbers_joined(words: "list[str]") -> "list[str]":
    """The words, with single digits in a row as one number."""
    joined: list[str] = []
    single = False
    for word in words:
        digit = len(word) == 1 and _kind(word) == "digit"
        if digit and single:
            joined[-1] += word
        else:
            joined.append(word)
        single = digit
    return joined


def _words(text: str) -> "list[str]":
    """Runs of letters and runs of digits, in order; all else separates."""
    words: list[str] = []
    before = ""
    for character in text:
        kind = _kind(character)
        if kind and kind == before:
            words[-1] += character
        elif kind:
            words.append(character)
        before = kind
    return words


def _plain(typed: str) -> str:
    """What was typed in small ASCII letters, digits and dashes where it means these; links unescaped."""
    text = "".join([_ascii(character) for character in typed]).lower()
    # A link that travelled inside another link is escaped twice.
    for _ in range(2):
        text = _unescaped(text)
    return text


def _unescaped(text: str) -> str:
    """Percent signs with two hexadecimal digits as the ASCII characters they mean, others as spaces."""
    parts = text.split("%")
    plain = parts[0]
    for part in parts[1:]:
        try:
            code = int(part[:2], 16)
        except ValueError:
            plain += "%" + part
            continue
        plain += (chr(code) if 32 < code < 127 else " ") + part[2:]
    return plain


def _ascii(character: str) -> str:
    """The ASCII letter, digit or dash that is meant; nothing for what is invisible."""
    code = ord(character)
    for zero in DIGIT_ZEROS:
        if zero <= code <= zero + 9:
            return chr(ord("0") + code - zero)
    for first, last in _INVISIBLE:
        if first <= code <= last:
            return ""
    if character in _DASHES:
        return "-"
    return chr(code - 0xFEE0) if 0xFF01 <= code <= 0xFF5E else character


def _kind(character: str) -> str:
    if "0" <= character <= "9":
        return "digit"
    return "letter" if "a" <= character <= "z" else ""
