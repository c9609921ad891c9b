"""Words that a nervous speaker, or a stranger with a phone, need not know are in no catalog."""

import json
import re

import pytest

from pylib.ui.i18n import LANGUAGES
from tests.support.english import catalog

JARGON = re.compile(
    r"\b(https?(?!://)|web ?socket|url|api|token|config(?!\.json)|audio ?context|codec|opus|pcm|bit ?rate"
    r"|cache|servers?|sessions?|servidor\w*|serveurs?|buffer\w*|latency|stream\w*|timeout|request)\b"
    r"|خادم|服务器|सर्वर",
    re.IGNORECASE,
)
"""In the languages there are. An address may begin with https://, and config.json names a file."""


def jargon_in(sentence: str) -> list[str]:
    return [match.group().lower() for match in JARGON.finditer(sentence)]


@pytest.mark.parametrize("page", ["speaker", "listener"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_holds_a_technical_term(page: str, language: str) -> None:
    sentences = json.loads(catalog(page, language))
    found = {key: jargon_in(sentence) for key, sentence in sentences.items()}
    assert {key: words for key, words in found.items() if words} == {}


def test_the_rule_would_notice() -> None:
    assert jargon_in("Opened over HTTP.") == ["http"]
    assert jargon_in("Die Antwort des Servers") == ["servers"]
    assert jargon_in("تعذّر الوصول إلى الخادم.") == ["خادم"]
    assert jargon_in("The address that begins with https://") == []
