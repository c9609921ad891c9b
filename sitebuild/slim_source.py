"""Python source as it travels to a browser: every statement on its line, without comments and docstrings."""

import io
import tokenize
from collections.abc import Iterator

LAYOUT = {tokenize.NL, tokenize.COMMENT}
"""Tokens between statements."""


def slim(source: str) -> str:
    """The same program, a third of its size; a traceback still names the lines of the original.

    A file that is no Python stays as it is: the browser's Python says best what is wrong with it.
    """
    lines = source.splitlines(keepends=True)
    try:
        for token, text in _dispensable(source):
            _replace(lines, token, text)
    except (SyntaxError, tokenize.TokenError):
        return source
    return "".join(line.rstrip() + "\n" for line in lines)


def _dispensable(source: str) -> Iterator[tuple[tokenize.TokenInfo, str]]:
    """Comments and strings that are a statement of their own, each with what takes its place.

    The last ones come first, so that replacing one moves none of the others. A block that begins with
    its docstring begins with `pass` instead: it may hold nothing else.
    """
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    comments = [(token, "") for token in tokens if token.type == tokenize.COMMENT]
    code = [token for token in tokens if token.type not in LAYOUT]
    starts = {tokenize.NEWLINE: "", tokenize.DEDENT: "", tokenize.INDENT: "pass"}
    docstrings = [
        (token, "" if before is None else starts[before.type])
        for before, token, after in zip([None, *code], code, code[1:], strict=False)
        if token.type == tokenize.STRING
        and after.type == tokenize.NEWLINE
        and (before is None or before.type in starts)
    ]
    return iter(sorted([*comments, *docstrings], reverse=True))


def _replace(lines: list[str], token: tokenize.TokenInfo, text: str) -> None:
    """Put a text in a token's place; a token of several lines leaves empty ones."""
    (first, start), (last, end) = token.start, token.end
    rest = lines[last - 1][end:]
    for number in range(first, last):
        lines[number] = "\n"
    lines[first - 1] = lines[first - 1][:start] + text + rest
