"""Why a user pool does not sign somebody in: each reason a person can act on has a code and a sentence.

Amazon Cognito names the reason by an exception, and some only by that exception's message: an account that is
locked and a wrong password are both NotAuthorizedException. Its messages are never shown, nor logged: some
repeat what was typed.
"""

from typing import NamedTuple

from pylib.errors import AuthError, ChallengeRequired, HttpError, InvalidCredentials, LecternError
from pylib.protocol import codes

WRONG_PASSWORD = "E-mail and password do not match. Please check both and try again."  # noqa: S105 - a sentence
ASK_ADMIN = " This page cannot do that: please ask the person who runs this site."
TELL_ADMIN = " Please tell the person who runs this site."

WRONG_ACCOUNT = ("NotAuthorizedException", "UserNotFoundException")
"""Both errors are told in one sentence, so that a stranger cannot learn which addresses have an account."""

FAILED = (
    *("InternalErrorException", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException"),
    *("RequestTimeout", "RequestTimeoutException", "RequestAbortedException"),
)
FAILED_STATUSES = (408, 425)
"""Of the service or a gateway before it, beside those from 500 on: nothing is wrong with what was asked."""
LEAST_FAILED = 500

TOO_OFTEN = (
    *("TooManyRequestsException", "LimitExceededException", "TooManyFailedAttemptsException"),
    *("ThrottlingException", "Throttling", "RequestLimitExceeded"),
)
BLOCKED_STATUSES = (202, 403, 405)
"""Of a firewall's answer in the service's place: with 202 and 405 AWS WAF asks a browser for a proof."""

TEXTS = {
    codes.AUTH_LOCKED_OUT: (
        "After too many wrong passwords this account is locked for a while. Wait 15 minutes, then try again."
    ),
    codes.AUTH_ACCOUNT_REFUSED: (
        "This account may not sign in here at the moment. Please ask the person who runs this site."
    ),
    codes.AUTH_NEW_PASSWORD_REQUIRED: "This account must choose a new password first." + ASK_ADMIN,
    codes.AUTH_PASSWORD_RESET_REQUIRED: "The password of this account must be reset first." + ASK_ADMIN,
    codes.AUTH_NOT_CONFIRMED: "This account is not confirmed yet. Follow the link in your e-mail first.",
    codes.AUTH_CODE_REQUIRED: "This account needs a code from a phone, an app or an e-mail to sign in."
    " This page cannot ask for it: please talk to the person who runs this site.",
    codes.AUTH_CHALLENGE_REQUIRED: "This account needs a further step to sign in." + ASK_ADMIN,
    codes.AUTH_CLIENT_SECRET: "This site's sign-in asks for a secret that no page can keep." + TELL_ADMIN,
    codes.AUTH_FLOW_OFF: "This site's sign-in does not allow signing in with a password." + TELL_ADMIN,
    codes.AUTH_SERVICE_REFUSED: "This site's sign-in is not set up correctly." + TELL_ADMIN,
    codes.AUTH_BLOCKED: (
        "The sign-in service lets nobody in from your network. Try another network, such as your phone's."
    ),
    codes.AUTH_FAILED: (
        "The sign-in service has a problem at the moment. Please try again in a few minutes."
    ),
    codes.RATE_LIMIT_EXCEEDED: "Too many tries in a short time. Please wait a few minutes, then try again.",
}
"""The English of each code; pages translate by the code."""

BY_CHALLENGE = {
    "NEW_PASSWORD_REQUIRED": codes.AUTH_NEW_PASSWORD_REQUIRED,
    "SMS_MFA": codes.AUTH_CODE_REQUIRED,
    "SMS_OTP": codes.AUTH_CODE_REQUIRED,
    "EMAIL_OTP": codes.AUTH_CODE_REQUIRED,
    "SOFTWARE_TOKEN_MFA": codes.AUTH_CODE_REQUIRED,
    "SELECT_MFA_TYPE": codes.AUTH_CODE_REQUIRED,
}
"""A challenge that is missing here is told as "a further step"."""

BY_EXCEPTION = {
    "PasswordResetRequiredException": codes.AUTH_PASSWORD_RESET_REQUIRED,
    "UserNotConfirmedException": codes.AUTH_NOT_CONFIRMED,
    "UserLambdaValidationException": codes.AUTH_ACCOUNT_REFUSED,
    "ForbiddenException": codes.AUTH_BLOCKED,
    # Answers a refresh token that was replaced long ago, where they rotate.
    "RefreshTokenReuseException": codes.AUTH_INVALID_CREDENTIALS,
    **dict.fromkeys(TOO_OFTEN, codes.RATE_LIMIT_EXCEEDED),
}

BY_WORDS = (
    ("attempts exceeded", codes.AUTH_LOCKED_OUT),
    ("limit exceeded", codes.RATE_LIMIT_EXCEEDED),
    ("secret", codes.AUTH_CLIENT_SECRET),
    ("flow", codes.AUTH_FLOW_OFF),
    ("rotation", codes.AUTH_FLOW_OFF),
    ("disabled", codes.AUTH_ACCOUNT_REFUSED),
    ("must be reset", codes.AUTH_PASSWORD_RESET_REQUIRED),
    ("password has expired", codes.AUTH_PASSWORD_RESET_REQUIRED),
)
"""Words of a message by which NotAuthorizedException, or another general one, means something special."""

TYPED = ("username", "password", "authparameters")
"""Words of InvalidParameterException about what a person typed: no account can have that name or password."""

OF_THE_ACCOUNT = (
    *(codes.AUTH_ACCOUNT_REFUSED, codes.AUTH_NEW_PASSWORD_REQUIRED, codes.AUTH_PASSWORD_RESET_REQUIRED),
    *(codes.AUTH_NOT_CONFIRMED, codes.AUTH_CODE_REQUIRED, codes.AUTH_CHALLENGE_REQUIRED),
)
"""Reasons that the pool's administrator must do away with; all others pass, or are the site's."""


class Refusal(NamedTuple):
    """An answer other than tokens: its HTTP status, Cognito's name for the reason, and its message."""

    status: int
    name: str
    message: str


def error_of(refusal: Refusal) -> LecternError:
    """The error for an answer other than 200."""
    if refusal.status >= LEAST_FAILED or refusal.status in FAILED_STATUSES or refusal.name in FAILED:
        status = max(refusal.status, LEAST_FAILED)
        return HttpError(TEXTS[codes.AUTH_FAILED], status_code=status, code=codes.AUTH_SERVICE_FAILED)
    code = _code(refusal)
    return InvalidCredentials(WRONG_PASSWORD) if code == codes.AUTH_INVALID_CREDENTIALS else error_for(code)


def challenged(name: str) -> AuthError:
    """The error for an answer that asks for a further step."""
    return error_for(BY_CHALLENGE.get(name, codes.AUTH_CHALLENGE_REQUIRED))


def error_for(code: str) -> AuthError:
    """The error with this code and its sentence."""
    kind = ChallengeRequired if code in OF_THE_ACCOUNT else AuthError
    return kind(TEXTS[code], code=code)


def _code(refusal: Refusal) -> str:
    if refusal.status == 429:
        return codes.RATE_LIMIT_EXCEEDED
    if not refusal.name:
        return _code_of_a_page(refusal.status)
    if refusal.name in BY_EXCEPTION:
        return BY_EXCEPTION[refusal.name]
    return _code_by_words(refusal.name, refusal.message.lower())


def _code_by_words(name: str, message: str) -> str:
    for words, code in BY_WORDS:
        if words in message:
            return code
    about_typed = name == "InvalidParameterException" and any(words in message for words in TYPED)
    is_wrong = name in WRONG_ACCOUNT or about_typed
    return codes.AUTH_INVALID_CREDENTIALS if is_wrong else codes.AUTH_SERVICE_REFUSED


def _code_of_a_page(status: int) -> str:
    """Something else answered in the service's place, such as a firewall or a portal."""
    if status in BLOCKED_STATUSES:
        return codes.AUTH_BLOCKED
    return codes.AUTH_SERVICE_REFUSED if 400 <= status < 500 else codes.AUTH_FAILED
