"""Portable: what people write in place of JSON, and the sentence that names it."""

import json

from pylib.config.json_faults import why_not_json
from tests.support.portable import raises

FAULTS = (
    ("", "is empty"),
    (" \r\n", "is empty"),
    ("\ufffd\ufffd{\x00}\x00", "must be saved as UTF-8"),
    ("<!doctype html><p>Sign in", "holds a web page"),
    ("region: us-east-1", "must begin with {"),
    ("[" * 100_000, "must begin with {"),
    ('{\n"a": 1,\n}', "line 3 has a comma or colon with nothing after it"),
    ('{\n"a":,\n"b": 1}', "line 2 has a comma or colon with nothing after it"),
    ('{\n// why\n"a": 1}', "line 2 has a comment"),
    ('{\n/* why */"a": 1}', "line 2 has a comment"),
    ('{"a": 1, # why\n"b": 2}', "line 1 has a comment"),
    ("{\n'a': 1}", "line 2 has a quotation mark other than"),
    ("{\n\u201ca\u201d: 1}", "line 2 has a quotation mark other than"),
    ('{\n"a": \u201eb\u201c}', "line 2 has a quotation mark other than"),
    ('{"a": `b`}', "line 1 has a quotation mark other than"),
    ("{\n\na: 1}", "line 3 has a, which is neither"),
    ('{"a": True}', "line 1 has True, which is neither"),
    ('{"a": yes}', "line 1 has yes, which is neither"),
    ('{"a": us-east-1}', "line 1 has us-east-1, which is neither"),
    ('{"a": 0x1}', "line 1 has 0x1, which is neither"),
    ('{"a": 1\n"b": 2}', "line 2 begins where a comma or colon is missing"),
    ('{"a" 1}', "line 1 begins where a comma or colon is missing"),
    ('{"a": 1};', "line 1 comes after the end"),
    ('{"a": 1}\n{"b": 1}', "line 2 comes after the end"),
    ('{"a": {"b": 1}\n', "line 1 is the last one"),
    ('{"a": "b\nc"}', "line 1 has a text that does not end on it"),
    ('{"a": "b', "line 1 has a text that does not end on it"),
    ('{"a": "b\tc"}', "line 1 has a tab"),
    ('{"a": "wss:\\live"}', "line 1 has a \\ in a text"),
    ('{\u00a0"a": 1}', "line 1 has a character where none may be: U+00A0"),
)


def test_each_fault_is_named_with_its_line() -> None:
    for text, words in FAULTS:
        assert words in why_not_json(text), (text[:40], why_not_json(text))


def test_a_backslash_that_json_knows_is_no_fault() -> None:
    text = '{"a": "b\\\\c\\n\\u00e9", "d": [-1.5e3, true, null, {"e": {}}],}'
    assert "nothing after it" in why_not_json(text)
    raises(ValueError, lambda: json.loads('{"a" '))
