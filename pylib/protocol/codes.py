"""Why something was refused or is over: error codes, and the WebSocket's close codes.

Every code stands here once, also those that only a page gives itself: a code that a log names is explained
in this file. Sentences for people are in the pages' catalogs, under `error.<CODE>`.
Portable: imports nothing.
"""
# ruff: noqa: S105 - names of what went wrong with a token or a password, not passwords

# A server's answers: the caller's identity.

AUTH_MISSING_TOKEN = "AUTH_MISSING_TOKEN"
AUTH_TOKEN_INVALID = "AUTH_TOKEN_INVALID"
AUTH_TOKEN_EXPIRED = "AUTH_TOKEN_EXPIRED"
AUTH_UNAUTHORIZED = "AUTH_UNAUTHORIZED"
"""The session belongs to another account, only its speaker may do that, or the page is of another site."""

# A server's answers: the session.

SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
SESSION_INACTIVE = "SESSION_INACTIVE"
"""The session has ended, which is final."""
SESSION_MAX_LISTENERS_REACHED = "SESSION_MAX_LISTENERS_REACHED"
SESSION_DOOR_CLOSED = "SESSION_DOOR_CLOSED"
"""The speaker lets no newcomers in."""
SESSION_PLACE_GIVEN_AWAY = "SESSION_PLACE_GIVEN_AWAY"
"""The session is full, and nothing showed that this listener hears it: a newcomer has the place."""
SESSION_INVALID_ID_FORMAT = "SESSION_INVALID_ID_FORMAT"
"""No session ever has such an id."""

# A server's answers: what was sent.

VALIDATION_INVALID_LANGUAGE = "VALIDATION_INVALID_LANGUAGE"
VALIDATION_INVALID_QUALITY_TIER = "VALIDATION_INVALID_QUALITY_TIER"
VALIDATION_MISSING_PARAMETER = "VALIDATION_MISSING_PARAMETER"
VALIDATION_INVALID_PARAMETER = "VALIDATION_INVALID_PARAMETER"
VALIDATION_MESSAGE_TOO_LARGE = "VALIDATION_MESSAGE_TOO_LARGE"
VALIDATION_INVALID_MESSAGE_FORMAT = "VALIDATION_INVALID_MESSAGE_FORMAT"
"""No JSON object, no known action, no audio frame."""
AUDIO_FORMAT_UNAVAILABLE = "AUDIO_FORMAT_UNAVAILABLE"
"""The speaker cannot send sound in the only form that this listener takes."""
INVALID_PARAMETERS = "INVALID_PARAMETERS"
"""What older servers say, and older clients are told, for any VALIDATION code: they try no more."""
UNAUTHORIZED = "UNAUTHORIZED"
"""What they say and are told for any AUTH code: they try no more."""
IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
PRECONDITION_FAILED = "PRECONDITION_FAILED"
"""If-Match names an older version."""
NOT_FOUND = "NOT_FOUND"
"""No such address; a session that is missing is SESSION_NOT_FOUND."""
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"

# A server's answers: the server itself.

RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
"""Something that the server needs is away, such as the user pool's keys; the request is good."""
REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
"""The request took too long to arrive at the server, or its answer at a page."""


def for_status(status: int) -> str:
    """The code of an HTTP answer that names none, such as a proxy's."""
    return "HTTP_" + str(status)


# A page's own: what it asked and was not answered well.

NETWORK_ERROR = "NETWORK_ERROR"
ANSWER_UNREADABLE = "ANSWER_UNREADABLE"
NOT_CONNECTED = "NOT_CONNECTED"
CONNECTION_REFUSED = "CONNECTION_REFUSED"
"""The live connection is closed for good, and the server gave no code as its reason."""
CREATION_IN_PROGRESS = "CREATION_IN_PROGRESS"
END_UNSUPPORTED = "END_UNSUPPORTED"
"""The site's backend offers this page no way to end a session."""
ABORTED = "ABORTED"
INTERNAL_ERROR = "INTERNAL_ERROR"
HTTP_ERROR = "HTTP_ERROR"
REALTIME_ERROR = "REALTIME_ERROR"

# A page's own: signing in.

AUTH_FAILED = "AUTH_FAILED"
AUTH_INVALID_CREDENTIALS = "AUTH_INVALID_CREDENTIALS"
AUTH_SIGN_IN_REQUIRED = "AUTH_SIGN_IN_REQUIRED"
AUTH_CHALLENGE_REQUIRED = "AUTH_CHALLENGE_REQUIRED"
AUTH_NEW_PASSWORD_REQUIRED = "AUTH_NEW_PASSWORD_REQUIRED"
AUTH_PASSWORD_RESET_REQUIRED = "AUTH_PASSWORD_RESET_REQUIRED"
AUTH_NOT_CONFIRMED = "AUTH_NOT_CONFIRMED"
AUTH_CODE_REQUIRED = "AUTH_CODE_REQUIRED"
AUTH_LOCKED_OUT = "AUTH_LOCKED_OUT"
AUTH_ACCOUNT_REFUSED = "AUTH_ACCOUNT_REFUSED"
"""The account is switched off, or the site's own rules keep it out."""
AUTH_CLIENT_SECRET = "AUTH_CLIENT_SECRET"
AUTH_FLOW_OFF = "AUTH_FLOW_OFF"
"""The pool's app client does not allow USER_PASSWORD_AUTH (or, for a refresh, REFRESH_TOKEN_AUTH)."""
AUTH_BLOCKED = "AUTH_BLOCKED"
"""A firewall answered in the sign-in service's place."""
AUTH_SERVICE_FAILED = "AUTH_SERVICE_FAILED"
AUTH_SERVICE_REFUSED = "AUTH_SERVICE_REFUSED"

# A page's own: the site's files.

CONFIG_INVALID = "CONFIG_INVALID"
CONFIG_NOT_FOUND = "CONFIG_NOT_FOUND"
CONFIG_UNREACHABLE = "CONFIG_UNREACHABLE"
CATALOG_NOT_FOUND = "CATALOG_NOT_FOUND"
CATALOG_UNREADABLE = "CATALOG_UNREADABLE"
INSECURE_PAGE = "INSECURE_PAGE"
"""The page came over plain http, where browsers offer no microphone and no codecs."""

# A page's own: microphone and loudspeaker.

MICROPHONE_DENIED = "MICROPHONE_DENIED"
MICROPHONE_MISSING = "MICROPHONE_MISSING"
MICROPHONE_IN_USE = "MICROPHONE_IN_USE"
MICROPHONE_NOT_SWITCHED = "MICROPHONE_NOT_SWITCHED"
AUDIO_UNSUPPORTED = "AUDIO_UNSUPPORTED"
AUDIO_FAILED = "AUDIO_FAILED"

# Close codes, of RFC 6455 (section 7.4.1) and its registry.

CLOSE_NORMAL = 1000
"""The session has ended, or the client left."""
CLOSE_GOING_AWAY = 1001
CLOSE_NO_STATUS = 1005
"""Never sent: the other end closed without a code."""
CLOSE_LOST = 1006
"""Never sent: the connection broke without a close from either end."""
CLOSE_REFUSED = 1008
"""The reason is an error code; the client must not come back by itself."""
CLOSE_TOO_LARGE = 1009
CLOSE_SERVER_ERROR = 1011
CLOSE_RESTARTING = 1012
"""The server stops; come back after the delay that `goaway` told."""
CLOSE_TRY_LATER = 1013
"""The server cannot decide now whether the client may come in; the reason is an error code."""

# Close codes of Lectern's own (4000 to 4999 are for applications).

CLOSE_REPLACED = 4001
"""The speaker came with a newer connection, such as from another tab."""
CLOSE_TOO_SLOW = 4008
CLOSE_RATE_LIMIT = 4013

CLOSE_DEAD_PEER = 4000
"""Never sent: a page heard nothing from the server for too long."""
CLOSE_GAVE_UP = 4002
"""Never sent: a page has used up all attempts to reconnect."""
