"""Every error Lectern raises on purpose, in one tree.

    LecternError                 message (a sentence fit to show a person), code
    |- ConfigError               the site's config file is missing or wrong
    |- TransportError            no whole HTTP answer arrived
    |  |- NetworkError           nothing answered, or the answer broke off
    |  |- RequestTimeout         the answer took longer than allowed
    |- HttpError                 what SessionHttpService raises: status_code, details, ids
    |- AuthError                 signing in, or a token's refresh, failed
    |  |- InvalidCredentials     e-mail and password do not match
    |  |- ChallengeRequired      the account needs a step this page cannot do
    |  |- SignInRequired         the page holds no usable token: the person must sign in
    |- RealtimeError             the live connection failed or refused something
    |  |- ConnectionRefused      closed with a code that forbids a reconnect: close_code
    |  |- RequestFailed          an `error` message answered a request
    |  |- RequestUnanswered      no answer to a request in time
    |- FrameError                bytes that are no audio frame
    |- AudioError                microphone or loudspeaker trouble, named by its code
    |- Aborted                   the person changed their mind

An error that docs/protocol.md has a code for (`SESSION_NOT_FOUND`) carries that code. A page looks
the code up in its catalog, and shows the message where the catalog lacks it. This module also runs
on MicroPython, where exceptions cannot be chained.
"""

from pylib.protocol import codes

RETRYABLE_STATUS = (500, 502, 503, 504)
"""Statuses after which a retry may succeed; after 501 and 505 it cannot (RFC 9110, 15.6.2 and 15.6.6)."""

TIMEOUT_STATUS = 408
NETWORK_STATUS = 0


class LecternError(Exception):
    """Base of the tree. `str(error)` is a sentence that may be shown to a person.

    `retry_after_s` is how long the server asks to wait before another try, None where it does not.
    """

    default_code = codes.INTERNAL_ERROR

    def __init__(self, message: str, *, code: str = "", retry_after_s: "float | None" = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.retry_after_s = retry_after_s


class ConfigError(LecternError):
    """The site's config file cannot be used; `problems` holds one sentence per wrong field."""

    default_code = codes.CONFIG_INVALID

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), code: str = "") -> None:
        super().__init__(message, code=code)
        self.problems = problems


class TransportError(LecternError):
    """No whole HTTP answer arrived; the server may or may not have acted on the request."""

    default_code = codes.NETWORK_ERROR


class NetworkError(TransportError):
    """Nothing answered, or the answer broke off."""


class RequestTimeout(TransportError):
    """The whole request (connect, headers, body) took longer than its timeout."""

    default_code = codes.REQUEST_TIMEOUT


class HttpError(LecternError):
    """An HTTP call failed, all its retries included.

    `status_code` is that of the answer, or 0 for a network failure, or 408 for our own timeout.
    """

    default_code = codes.HTTP_ERROR

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        code: str = "",
        details: "dict[str, object] | None" = None,
        request_id: str = "",
        correlation_id: str = "",
        retry_after_s: "float | None" = None,
    ) -> None:
        super().__init__(message, code=code, retry_after_s=retry_after_s)
        self.status_code = status_code
        self.details = details or {}
        self.request_id = request_id
        self.correlation_id = correlation_id


class AuthError(LecternError):
    """Signing in, or a token's refresh, failed."""

    default_code = codes.AUTH_FAILED


class InvalidCredentials(AuthError):
    """E-mail and password match no account. The service does not tell which of the two is wrong."""

    default_code = codes.AUTH_INVALID_CREDENTIALS


class ChallengeRequired(AuthError):
    """The account needs a further step (a new password, a code) that this page cannot do."""

    default_code = codes.AUTH_CHALLENGE_REQUIRED


class SignInRequired(AuthError):
    """The page holds no usable token: the person must sign in again."""

    default_code = codes.AUTH_SIGN_IN_REQUIRED


class RealtimeError(LecternError):
    """The live connection failed, or the server refused something over it."""

    default_code = codes.REALTIME_ERROR


class ConnectionRefused(RealtimeError):
    """The server closed the connection with a code after which a reconnect cannot succeed."""

    default_code = codes.CONNECTION_REFUSED

    def __init__(self, message: str, *, close_code: int, code: str = "") -> None:
        super().__init__(message, code=code)
        self.close_code = close_code


class RequestFailed(RealtimeError):
    """The server answered a request with an `error` message."""


class RequestUnanswered(RealtimeError):
    """No answer to a request in time."""

    default_code = codes.REQUEST_TIMEOUT


class FrameError(LecternError):
    """Bytes that are not an audio frame of this protocol."""

    default_code = codes.VALIDATION_INVALID_MESSAGE_FORMAT


class AudioError(LecternError):
    """Microphone or loudspeaker trouble.

    `code` is one of MICROPHONE_DENIED, MICROPHONE_MISSING, MICROPHONE_IN_USE, AUDIO_UNSUPPORTED,
    AUDIO_FAILED.
    """

    default_code = codes.AUDIO_FAILED


class Aborted(LecternError):
    """The person cancelled an action; pages show no error."""

    default_code = codes.ABORTED


def is_retryable(error: BaseException) -> bool:
    """Whether a retry of an HTTP request may succeed after this error; decided here and nowhere else."""
    if isinstance(error, HttpError):
        return error.status_code in RETRYABLE_STATUS or error.status_code in (TIMEOUT_STATUS, NETWORK_STATUS)
    return isinstance(error, TransportError)
