"""Refusals as clients without `lectern.v1` understand them.

A client of the original system asks again and again unless the code is one of two, and shows the message as
it is.
"""

from backend.problems import Problem
from pylib.protocol import codes

_SENTENCES = {
    codes.AUTH_MISSING_TOKEN: "You are not signed in. Please sign in, then try again.",
    codes.VALIDATION_INVALID_LANGUAGE: "This language is not known here. Please choose another one.",
    codes.VALIDATION_INVALID_QUALITY_TIER: "This sound quality is not known here. Please choose another one.",
    codes.VALIDATION_MISSING_PARAMETER: "Something is missing in what this page sent. Please reload it.",
    codes.VALIDATION_INVALID_PARAMETER: "This page sent something that is not understood. Please reload it.",
    codes.VALIDATION_MESSAGE_TOO_LARGE: "This page sends too much at once. Please reload it.",
    codes.SESSION_INVALID_ID_FORMAT: "This is not the code of a talk. A code looks like golden-eagle-427.",
    codes.VALIDATION_INVALID_MESSAGE_FORMAT: "This page asked for something that is not offered here.",
}


def translated(problem: Problem) -> Problem:
    """The problem with a code that an older client stops at, and a sentence for a person.

    `details.code` is the code that other clients are told.
    """
    code = problem.code
    if code.startswith("VALIDATION_"):
        code = codes.INVALID_PARAMETERS
    elif code.startswith("AUTH_"):
        code = codes.UNAUTHORIZED
    return Problem(
        problem.status,
        code,
        _SENTENCES.get(problem.code, problem.message),
        details={**problem.details, "code": problem.code},
        retry_after_s=problem.retry_after_s,
    )
