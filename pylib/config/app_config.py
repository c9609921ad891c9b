"""AppConfig: the site's config file, read when a page starts, checked key by key.

The file itself is explained in docs/configuration.md. The listener page reads its few keys by
`pylib/config/site_config.py`, under the same rules for addresses. Plain Python: the speaker page reads
its config before it has pydantic.
"""

import json
import re
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Literal, NamedTuple

from pylib.config.site_config import (
    BACKENDS,
    backend_problems,
    config_error,
    http_url,
    read_json,
    websocket_url,
    with_implied,
)

EXAMPLE_ENCRYPTION_KEYS = ("your-secure-32-character-key-here", "replace-me-with-32-or-more-characters")
"""Values in published example files, here and of the original system: they are not secret."""


class KeyRule(NamedTuple):
    """The rule for one key: words that complete "<key> must be ...", and a function that reads its value.

    `read` takes the value in the file and the site's address; its ValueError completes "<key> ...".
    """

    must_be: str
    read: Callable[[object, str], Any]


def _that(must_be: str, accepts: Callable[[object], bool]) -> KeyRule:
    """A rule that takes the value unchanged if `accepts` says so."""

    def read(value: object, _site_url: str) -> object:
        if not accepts(value):
            raise ValueError("must be " + must_be)
        return value

    return KeyRule(must_be, read)


def _text_like(must_be: str, pattern: str) -> KeyRule:
    def read(value: object, _site_url: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value.strip()):
            raise ValueError("must be " + must_be)
        return value.strip()

    return KeyRule(must_be, read)


def _one_of(*choices: str) -> KeyRule:
    return _that(" or ".join(f'"{choice}"' for choice in choices), lambda value: value in choices)


def _own_key(value: object, _site_url: str) -> str:
    if not isinstance(value, str) or len(value) < 32:
        raise ValueError("must be a text of 32 or more characters")
    if value in EXAMPLE_ENCRYPTION_KEYS:
        raise ValueError(
            "must not be the example's value: choose a text of your own of 32 or more characters"
        )
    return value


_LIVE_ADDRESS = KeyRule("an address", websocket_url)
_ADDRESS_IF_ANY = KeyRule("an address", lambda value, site_url: http_url(value, site_url) if value else "")
_TRUE_OR_FALSE = _that("true or false", lambda value: isinstance(value, bool))
_PERCENT = _that(
    "a whole number from 0 to 100",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100,
)
_REGION = _text_like("an AWS region such as us-east-1", r"[a-z]{2}(-[a-z]+)+-\d")
_POOL = _text_like("a Cognito user pool id such as us-east-1_AbCdEfGhI", r"[a-z0-9-]+_[A-Za-z0-9]+")
_CLIENT = _text_like("the id of an app client of the user pool", r"[A-Za-z0-9_+-]{1,128}")
_OWN_KEY = KeyRule("a text of 32 or more characters", _own_key)


def _key(rule: KeyRule, default: Any = MISSING, *, secret: bool = False) -> Any:
    """A field with its rule. A secret field is left out of `repr`, and so out of logs."""
    return field(default=default, repr=not secret, metadata={"rule": rule})


@dataclass(frozen=True, kw_only=True)
class AppConfig:
    """One site's settings. Addresses are absolute; `cognito_endpoint` is filled in when it is not given."""

    websocket_url: str = _key(_LIVE_ADDRESS)
    use_http_session_creation: bool = _key(_TRUE_OR_FALSE, default=False)
    http_session_rollout_percent: int = _key(_PERCENT, default=100)
    http_api_url: str = _key(_ADDRESS_IF_ANY, default="")
    region: str = _key(_REGION)
    user_pool_id: str = _key(_POOL)
    client_id: str = _key(_CLIENT)
    encryption_key: str = _key(_OWN_KEY, secret=True)
    cognito_endpoint: str = _key(_ADDRESS_IF_ANY, default="")
    backend: Literal["lectern", "aws"] = _key(_one_of(*BACKENDS), default="lectern")
    transport: Literal["binary", "text"] = _key(_one_of("binary", "text"), default="binary")
    socket_auth: Literal["subprotocol", "query"] = _key(
        _one_of("subprotocol", "query"), default="subprotocol"
    )
    send_figures: bool = _key(_TRUE_OR_FALSE, default=True)
    rollout_guard: bool = _key(_TRUE_OR_FALSE, default=False)
    dev: bool = _key(_TRUE_OR_FALSE, default=False)


def parse_config(text: str, site_url: str) -> AppConfig:
    """Read and check a config file's text.

    `site_url` is the address of the site's root folder, against which relative addresses
    are resolved. Raises ConfigError whose `problems` has one sentence for each wrong field;
    none repeats a value, which may be secret.
    """
    told = read_json(text, _load)
    problems = backend_problems(told)
    given = with_implied(told)
    values: dict[str, Any] = {}
    for each in fields(AppConfig):
        try:
            values[each.name] = _value(each, given, site_url)
        except ValueError as error:
            problems.append(f"{each.name} {error}.")
    if values.get("use_http_session_creation") and values.get("http_api_url") == "":
        problems.append("http_api_url is needed when use_http_session_creation is true.")
    known = {each.name for each in fields(AppConfig)}
    problems += [
        f"{_shown(key)} is not a setting of this version; check its spelling."
        for key in given
        if key not in known
    ]
    if problems:
        raise config_error(problems)
    values["cognito_endpoint"] = values["cognito_endpoint"] or _amazons_own(values["region"])
    return AppConfig(**values)


def _load(text: str) -> Any:
    """JSON in which no key is told twice: which of the two counts, its writer cannot see."""
    return json.loads(text, object_pairs_hook=_without_repeats)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs if not key.startswith("//")]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise config_error([f"{key} is told more than once." for key in repeated])
    return dict(pairs)


def _value(key: Field[Any], given: dict[str, Any], site_url: str) -> Any:
    """What the file gives for a key, or its default. Raises ValueError."""
    rule: KeyRule = key.metadata["rule"]
    value = given.get(key.name, key.default)
    if value is MISSING:
        raise ValueError(f"is missing; it must be {rule.must_be}")
    return rule.read(value, site_url)


def _shown(key: str) -> str:
    """A key as it is read; in quotation marks and escaped where the eye would not see what is wrong."""
    return key if re.fullmatch(r"\w+", key, re.ASCII) else json.dumps(key)


def _amazons_own(region: str) -> str:
    return f"https://cognito-idp.{region}.amazonaws.com/"
