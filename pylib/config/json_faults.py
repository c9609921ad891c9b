"""Why a config file is no JSON, in words for the person who wrote it. Portable.

Interpreters' own messages differ, say little (MicroPython's gives no place at all), and speak to programmers.
"""

LITERALS = ("true", "false", "null")

_NUMBER = "+-.0123456789eE"
_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u2032\u2033\u00b4`'"
"""All but the straight double one: word processors and chats put them."""


def why_not_json(text: str) -> str:
    """One sentence that names the first fault and its line."""
    if not text.strip():
        return "The config file is empty: it must hold one JSON object."
    if "\x00" in text or "\ufffd" in text:
        return "The config file must be saved as UTF-8."
    if text.lstrip()[0] == "<":
        return "The config file holds a web page instead of settings."
    if text.lstrip()[0] != "{":
        return "The config file must begin with { and be valid JSON."
    fault, at = _first_fault(text)
    return "The config file is not valid JSON: line " + str(text.count("\n", 0, at) + 1) + " " + fault + "."


def _first_fault(text: str) -> "tuple[str, int]":
    """Words that follow "line 3", and the place in the text."""
    at = depth = 0
    before = ""
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
            continue
        word, after = _next(text, at)
        fault = "comes after the end" if before and not depth else _fault_of(word, before)
        if fault:
            return fault, at
        depth += (word in "{[") - (word in "]}")
        before, at = word, after
    return "is the last one, though a brace or bracket is still open", len(text.rstrip())


def _next(text: str, at: int) -> "tuple[str, int]":
    """A string, a name or number, or one sign, and where it ends."""
    end = at + 1
    if text[at] == '"':
        while end < len(text) and text[end] not in '"\n':
            end += 2 if text[end] == "\\" else 1
        return text[at : end + 1], end + 1
    while _is_name(text[at]) and end < len(text) and _is_name(text[end]):
        end += 1
    return text[at:end], end


def _is_name(character: str) -> bool:
    return character in _NUMBER + "_" or character.isalpha()


def _fault_of(word: str, before: str) -> str:
    """What is wrong with this word after that one; empty for nothing."""
    if word[0] in _QUOTES:
        return 'has a quotation mark other than the straight "'
    if word[0] in "/#":
        return 'has a comment: only a key that begins with // is one, as in "// why": "because"'
    if word in ",:}]":
        return "has a comma or colon with nothing after it" if before in (",", ":") else ""
    return _fault_of_value(word) or _fault_of_place(before)


def _fault_of_value(word: str) -> str:
    if word[0] == '"':
        return _fault_in_text(word)
    if word in "{[" or word in LITERALS or _is_number(word):
        return ""
    if _is_name(word[0]):
        return "has " + word + ", which is neither in quotation marks nor true, false, null or a number"
    return "has a character where none may be: U+" + hex(0x10000 + ord(word[0]))[3:].upper()


def _fault_of_place(before: str) -> str:
    return "" if not before or before in "{[,:" else "begins where a comma or colon is missing"


def _fault_in_text(word: str) -> str:
    if len(word) < 2 or word[-1] != '"':
        return "has a text that does not end on it"
    if any(character < " " for character in word):
        return "has a tab or another invisible character in a text"
    if any(part[:1] not in '"/bfnrtu' for part in word[1:-1].replace("\\\\", "").split("\\")[1:]):
        return "has a \\ in a text: write / or \\\\"
    return ""


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word[0] in "-0123456789"
