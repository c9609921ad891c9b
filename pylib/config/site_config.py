"""The site's config file as the listener page reads it, and the rules for its addresses.

Portable: runs on MicroPython. The speaker page reads the same file by `pylib/config/app_config.py`,
which checks every key and uses the same rules.
"""

import json
from typing import Any, Callable, NamedTuple

from pylib.config.json_faults import why_not_json
from pylib.errors import ConfigError

SiteConfig = NamedTuple(
    "SiteConfig",
    [
        ("websocket_url", str),
        ("http_api_url", str),
        ("transport", str),
        ("backend", str),
        ("send_figures", bool),
    ],
)
"""The keys that the listener page reads. `http_api_url` is empty for a site without an HTTP API."""

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
TRANSPORTS = ("binary", "text")
"""How sound travels: as binary frames, or as text where a gateway drops binary frames."""

LECTERN = "lectern"
AWS = "aws"
"""The backend of the original system, behind API Gateway."""
BACKENDS = (LECTERN, AWS)

IMPLIED_BY_AWS = {"transport": "text", "socket_auth": "query"}
"""What that backend takes and nothing else; a site need not say so."""

_WEBSOCKET_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_HTTP_SCHEMES = {"http": "http", "https": "https"}
_NEVER_IN_URLS = " \t\r\n\\@#"
"""White space, and the characters that let a url hide its host or name a user."""
_NEVER_IN_HOSTS = "<>{}$*,;'\"%|^`"
"""Of places that were to be filled in, as in wss://<your-host>, and of lists."""


def read_site_config(text: str, site_url: str) -> SiteConfig:
    """Read the config file's text; relative addresses are resolved against `site_url`.

    Raises ConfigError with one sentence for each wrong field.
    """
    fields = read_json(text)
    problems: list[str] = []
    urls = {"websocket_url": "", "http_api_url": ""}
    for name, resolve in (("websocket_url", websocket_url), ("http_api_url", http_url)):
        value = fields.get(name) or ""
        if value or name == "websocket_url":
            try:
                urls[name] = resolve(value, site_url)
            except ValueError as error:
                problems.append(name + " " + str(error) + ".")
    problems += backend_problems(fields)
    fields = with_implied(fields)
    transport, backend = fields.get("transport", "binary"), fields.get("backend", LECTERN)
    if transport not in TRANSPORTS:
        problems.append('transport must be "binary" or "text".')
    if backend not in BACKENDS:
        problems.append('backend must be "lectern" or "aws".')
    send_figures = fields.get("send_figures", True)
    if not isinstance(send_figures, bool):
        problems.append("send_figures must be true or false.")
    if problems:
        raise config_error(problems)
    return SiteConfig(urls["websocket_url"], urls["http_api_url"], transport, backend, send_figures)


def backend_problems(fields: "dict[str, Any]") -> "list[str]":
    """One sentence for each setting that contradicts the chosen backend."""
    if fields.get("backend") != AWS:
        return []
    return [
        key + ' must be "' + value + '" or left out when backend is "aws".'
        for key, value in IMPLIED_BY_AWS.items()
        if key in fields and fields[key] != value
    ]


def with_implied(fields: "dict[str, Any]") -> "dict[str, Any]":
    """The config with what the chosen backend implies; `backend_problems` says what contradicts it."""
    return dict(fields, **IMPLIED_BY_AWS) if fields.get("backend") == AWS else fields


def read_json(text: str, load: Callable[[str], Any] = json.loads) -> "dict[str, Any]":
    """The config file as a dict without its comments, keys that begin with `//`. Raises ConfigError.

    Some editors put a byte order mark in front; JSON has none. `load` may be stricter than the interpreter's.
    """
    text = text[1:] if text[:1] == "\ufeff" else text
    try:
        fields = load(text)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep for the interpreter
        raise config_error([why_not_json(text)])
    if not isinstance(fields, dict):
        raise config_error(["The config file must hold one JSON object."])
    return {name: value for name, value in fields.items() if not name.startswith("//")}


def config_error(problems: "list[str]") -> ConfigError:
    """One ConfigError for all problems found."""
    return ConfigError(
        "This site's config file needs a correction: " + " ".join(problems), problems=tuple(problems)
    )


def websocket_url(value: object, site_url: str) -> str:
    """A ws or wss address; relative and http addresses are translated. Raises ValueError."""
    return _absolute(value, site_url, _WEBSOCKET_SCHEMES, "a ws:// or wss:// address")


def http_url(value: object, site_url: str) -> str:
    """An http or https address without a query. Raises ValueError."""
    url = _absolute(value, site_url, _HTTP_SCHEMES, "an http:// or https:// address")
    if "?" in url:
        raise ValueError("must not have a query")
    return url


def _absolute(value: object, site_url: str, schemes: "dict[str, str]", wanted: str) -> str:
    """Resolve, translate the scheme and check. The error's text continues "<key> ..."."""
    wanted = "must be " + wanted + ", or relative to the site, such as /api"
    value = value.strip() if isinstance(value, str) else value
    if not isinstance(value, str) or not value or any(character in _NEVER_IN_URLS for character in value):
        raise ValueError(wanted)
    if ":" in value.partition("/")[0] and "://" not in value:
        raise ValueError(wanted)  # a scheme without a host, such as javascript:
    if "://" not in value and _is_like_a_host(value.partition("/")[0].lower()):
        raise ValueError("lacks its beginning, " + ("wss" if "ws" in schemes else "https") + "://")
    url = _resolved(value, site_url)
    scheme, _, rest = url.partition("://")
    host = _host(rest)
    if scheme.lower() not in schemes or not host:
        raise ValueError(wanted)
    secure = scheme.lower() in ("https", "wss")
    if not secure and host not in LOCAL_HOSTS:
        raise ValueError("must be secure (" + ("wss" if "ws" in schemes else "https") + "://) for " + host)
    return schemes[scheme.lower()] + "://" + rest


def _is_like_a_host(first: str) -> bool:
    """Whether the first part of a relative address is a host whose scheme was left out, not a folder."""
    return first in LOCAL_HOSTS or "." in first.strip(".")


def _resolved(value: str, site_url: str) -> str:
    """An absolute url (RFC 3986, section 5.2, without dot segments)."""
    scheme, _, rest = site_url.partition("://")
    if "://" in value:
        return value
    if value.startswith("//"):
        return scheme + ":" + value
    rest = rest.partition("#")[0].partition("?")[0]
    authority = rest.partition("/")[0]
    if value.startswith("/"):
        return scheme + "://" + authority + value
    path = rest[len(authority) :]
    folder = path[: path.rfind("/") + 1] or "/"
    return scheme + "://" + authority + folder + value


def _host(rest: str) -> str:
    """The host of what follows `://`, in lower case; empty when there is none or its port is no number."""
    authority = rest.partition("/")[0].partition("?")[0].lower()
    bracket = authority.find("]")
    colon = authority.find(":", bracket + 1)
    host, port = (authority, "") if colon < 0 else (authority[:colon], authority[colon + 1 :])
    if colon >= 0 and not (port.isdigit() and 0 < int(port) < 65536):
        return ""
    return "" if any(character in _NEVER_IN_HOSTS for character in host) else host
