"""What a person reads when a call fails: one plain sentence that says what to do.

A page looks an error's code up in its catalog, which holds these sentences in each language; where the
catalog lacks the code, the page shows the English from here. Texts that servers send are for developers
(a gateway's is often just "Forbidden") and are never shown. Portable: runs on MicroPython.
"""

import math

from pylib.errors import ConfigError, LecternError, RequestFailed
from pylib.protocol import codes
from pylib.ui.i18n import Phrase

MINUTE_S = 60

BY_CODE = {
    codes.REQUEST_TIMEOUT: "This site took too long to answer. Please try again in a moment.",
    codes.NETWORK_ERROR: "This site cannot be reached. Check your internet connection, then try again.",
    codes.ANSWER_UNREADABLE: "This site gave an answer that makes no sense here. Please try again later.",
    codes.AUTH_MISSING_TOKEN: "You are not signed in. Please sign in, then try again.",
    codes.AUTH_TOKEN_INVALID: "Your sign-in is no longer valid. Please sign in again.",
    codes.AUTH_TOKEN_EXPIRED: "Your sign-in has run out. Please sign in again.",
    codes.AUTH_SIGN_IN_REQUIRED: "You are not signed in any more. Please sign in again.",
    codes.AUTH_UNAUTHORIZED: "This talk belongs to another account. Sign in with the one that started it.",
    codes.SESSION_NOT_FOUND: "There is no talk with this code. Check it, or ask the speaker for a new link.",
    codes.SESSION_INACTIVE: "This talk has ended. Ask the speaker for a new link.",
    codes.SESSION_MAX_LISTENERS_REACHED: "This talk is full. Please try again in a few minutes.",
    codes.SESSION_DOOR_CLOSED: "The speaker lets nobody else in at the moment. Please try again later.",
    codes.SESSION_PLACE_GIVEN_AWAY: (
        "This talk is full, and no sound was heard on this device. Please try again."
    ),
    codes.SESSION_INVALID_ID_FORMAT: "This is not the code of a talk. A code looks like golden-eagle-427.",
    codes.VALIDATION_INVALID_LANGUAGE: "This language is not known here. Please choose one from the list.",
    codes.VALIDATION_INVALID_QUALITY_TIER: (
        "This sound quality is not known. Please choose one from the list."
    ),
    codes.IDEMPOTENCY_KEY_REUSED: "This was asked for before with other settings. Please try again.",
    codes.IDEMPOTENCY_IN_PROGRESS: "Your talk is still being opened. Wait a few seconds, then try again.",
    codes.CONNECTION_REFUSED: "The connection was closed. Reload the page, then try again.",
    codes.END_UNSUPPORTED: (
        "This site cannot tell your listeners that the talk has ended. Please tell them yourself."
    ),
    codes.RATE_LIMIT_EXCEEDED: "Too many tries in a short time. Please wait a minute, then try again.",
    codes.SERVICE_UNAVAILABLE: "This site is busy at the moment. Please try again in a few minutes.",
}

BY_STATUS = {
    0: BY_CODE[codes.NETWORK_ERROR],
    400: "That was not understood. Check what you entered, then try again.",
    401: "You are not signed in any more. Please sign in again.",
    403: "This account is not allowed to do this. Sign in with the account that started the talk.",
    404: BY_CODE[codes.SESSION_NOT_FOUND],
    408: BY_CODE[codes.REQUEST_TIMEOUT],
    409: "The talk has changed in the meantime. Reload the page, then try again.",
    412: "The talk has changed in the meantime. Reload the page, then try again.",
    422: "That cannot be accepted. Check what you entered, then try again.",
    429: BY_CODE[codes.RATE_LIMIT_EXCEEDED],
    500: "Something went wrong on this site. Please try again in a moment.",
    502: "This site cannot be reached at the moment. Please try again in a few minutes.",
    503: BY_CODE[codes.SERVICE_UNAVAILABLE],
    504: BY_CODE[codes.REQUEST_TIMEOUT],
}

SHARED_TEXTS = {
    codes.VALIDATION_INVALID_PARAMETER: "HTTP_400",
    codes.INVALID_PARAMETERS: "HTTP_400",
    codes.UNAUTHORIZED: "HTTP_403",
    codes.INTERNAL_SERVER_ERROR: "HTTP_500",
    codes.SERVICE_UNAVAILABLE: "HTTP_503",
    codes.AUTH_SERVICE_FAILED: codes.AUTH_FAILED,
    "HTTP_401": codes.AUTH_SIGN_IN_REQUIRED,
    "HTTP_404": codes.SESSION_NOT_FOUND,
    "HTTP_408": codes.REQUEST_TIMEOUT,
    "HTTP_412": "HTTP_409",
    "HTTP_429": codes.RATE_LIMIT_EXCEEDED,
    "HTTP_504": codes.REQUEST_TIMEOUT,
}
"""Codes without a catalog entry of their own, each with the code whose sentence a page shows instead."""

WAIT_MINUTES = "error.wait-minutes"
"""Key of what is said instead of RATE_LIMIT_EXCEEDED's sentence, where a minute is not enough."""

SERVER_TROUBLE = BY_STATUS[500]
REFUSED = "That was refused. Reload the page, then try again."


def text_for_answer(status: int, code: str = "") -> str:
    """The English sentence for an answer's error code, or without one for its status (0: no answer came)."""
    if code in BY_CODE:
        return BY_CODE[code]
    return BY_STATUS.get(status, SERVER_TROUBLE if status >= 500 else REFUSED)


def text_for_error(error: LecternError) -> str:
    """The English sentence for an error: its code's; else its own message, unless a server wrote that."""
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    return REFUSED if isinstance(error, RequestFailed) else error.message


def phrase_for_code(code: str, english: str) -> Phrase:
    """What a page says for an error code; `english` where its catalog has no sentence for the code."""
    return Phrase("error." + SHARED_TEXTS.get(code, code), {}, english)


def phrase_for_error(error: LecternError) -> Phrase:
    """What a page says for an error. Mistakes in the config file are in English, as its keys are."""
    if error.code == ConfigError.default_code:
        return Phrase("", {}, error.message)
    if error.code == codes.RATE_LIMIT_EXCEEDED and (error.retry_after_s or 0) > MINUTE_S:
        minutes = str(math.ceil((error.retry_after_s or 0) / MINUTE_S))
        return Phrase(WAIT_MINUTES, {"minutes": minutes}, text_for_error(error))
    return phrase_for_code(error.code, text_for_error(error))
