"""What people type and paste, in small ASCII letters and digits where it means these. Portable."""

_DIGIT_ZEROS = (
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xE50, 0xED0, 0xF20, 0x1040, 0x17E0,
)  # fmt: skip
"""The zeros of other scripts (Arabic, Persian, Hindi, Bengali, Tamil, ...); nine digits follow each."""

_STYLED = (
    (0xFF01, 0xFF5E, "!", 94),
    (0x1D400, 0x1D6A3, "a", 26),
    (0x1D7CE, 0x1D7FF, "0", 10),
    (0x24B6, 0x24E9, "a", 26),
    (0x2460, 0x2468, "1", 9),
)
"""First and last of the full-width, bold, slanted and circled characters, and what they mean in turn."""

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u05be\u30fc\ufe58\ufe63\uff0d"

_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"

_INVISIBLE = (
    (0xAD, 0xAD),
    (0x300, 0x36F),
    (0x640, 0x640),
    (0x64B, 0x652),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2069),
    (0x20E3, 0x20E3),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
)
"""Soft hyphen, accents that are characters, zero-width and direction marks, emoji's variants."""

_ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ"
_BARE = "aaaaaaceeeeiiiinooooouuuuyy"

_ENTITIES = (
    ("&amp;", "&"), ("&shy;", ""), ("&nbsp;", " "), ("&lt;", " "), ("&gt;", " "), ("&quot;", " "),
    ("&ndash;", "-"), ("&mdash;", "-"), ("&#45;", "-"), ("&#x2d;", "-"), ("&#8209;", "-"), ("&#8211;", "-"),
)  # fmt: skip
"""HTML, as it is seen in a page's source or in a message that was escaped twice."""

_ESCAPES = (("%", "%"), ("%", "%"), ("=", "=3d"), ("=", "=2d"), ("-", "-3a_"))
"""The sign before two hexadecimal digits, and what shows that a text is escaped so: a link, a link within
another one, a mail's source, a link that a mail filter wrote anew."""

_SPOKEN = (
    "zero null cero oh o صفر शून्य 零 \u3007",
    "one eins ein uno una un une um uma واحد एक 一",
    "two zwei zwo dos deux dois duas اثنان اثنين إثنان إثنين दो 二",
    "three drei tres trois ثلاثة ثلاث तीन 三",
    "four vier cuatro quatre quatro أربعة اربعة أربع चार 四",
    "five funf fuenf cinco cinq خمسة خمس पांच पाँच 五",
    "six sechs seis meia ستة ست छह छः छ 六",
    "seven sieben siete sept sete سبعة سبع सात 七",
    "eight acht ocho huit oito ثمانية ثمان आठ 八",
    "nine neun nueve neuf nove تسعة تسع नौ 九",
)
"""The digits as the pages' eight languages say them one by one, without accents."""

SPOKEN_DIGITS = {word: str(digit) for digit, words in enumerate(_SPOKEN) for word in words.split()}


def plain(typed: str) -> str:
    """What was typed in small ASCII letters, digits and dashes where it means these; links unescaped."""
    text = "".join([_ascii(character) for character in typed]).lower()
    text = "".join([_without_accent(character) for character in text])
    for entity, meaning in _ENTITIES:
        text = text.replace(entity, meaning)
    for sign, shown_by in _ESCAPES:
        if shown_by in text:
            text = _unescaped(text, sign)
    return text


def with_digits_for_words(text: str) -> str:
    """A plain text with spoken digits as digits, four two seven as 4 2 7; only spaces separate its words."""
    spaced = ""
    for character in text:
        is_han = character > "\u3000" and character in SPOKEN_DIGITS
        separates = character < "\x80" and not kind_of(character)
        spaced += " " + character + " " if is_han else " " if separates else character
    return " ".join([SPOKEN_DIGITS.get(word, word) for word in spaced.split()])


def kind_of(character: str) -> str:
    """`digit`, `letter`, or an empty text for what separates words."""
    if "0" <= character <= "9":
        return "digit"
    return "letter" if "a" <= character <= "z" else ""


def _unescaped(text: str, sign: str) -> str:
    """Signs with two hexadecimal digits as the ASCII characters they mean, others as spaces.

    In a mail the sign at the end of a line means that the line goes on.
    """
    if sign == "=":
        text = text.replace("=\r\n", "").replace("=\n", "")
    parts = text.split(sign)
    unescaped = parts[0]
    for part in parts[1:]:
        try:
            code = int(part[:2], 16)
        except ValueError:
            unescaped += sign + part
            continue
        unescaped += (chr(code).lower() if 32 < code < 127 else " ") + part[2:]
    return unescaped


def _ascii(character: str) -> str:
    """The ASCII letter, digit or dash that is meant; nothing for what is invisible."""
    code = ord(character)
    if code < 0x80:
        return character
    if character in _DASHES or character in _SPACES:
        return "-" if character in _DASHES else " "
    for first, last in _INVISIBLE:
        if first <= code <= last:
            return ""
    for zero in _DIGIT_ZEROS:
        if zero <= code <= zero + 9:
            return chr(ord("0") + code - zero)
    return _without_style(code)


def _without_style(code: int) -> str:
    for first, last, begin, count in _STYLED:
        if first <= code <= last:
            return chr(ord(begin) + (code - first) % count)
    return chr(code)


def _without_accent(character: str) -> str:
    at = _ACCENTED.find(character) if character >= "\x80" else -1
    return character if at < 0 else _BARE[at]
