"""What the listener page says, in words anybody knows."""

STATES = {
    "no-code": "Type the code that the speaker shows, such as golden-eagle-427.",
    "looking": "Looking for the talk …",
    "ready": "Ready when you are.",
    "unreached": "The talk could not be opened.",
    "connecting": "Connecting …",
    "live": "You are listening live.",
    "behind": "You are hearing what was said during your pause.",
    "rest": "This talk has ended. You are hearing the rest of it.",
    "buffering": "Waiting for sound …",
    "paused": "Paused.",
    "speaker-paused": "The speaker is taking a break. Stay on this page.",
    "speaker-muted": "The speaker's microphone is off for a moment.",
    "speaker-away": "The speaker lost the connection and is coming back. Stay on this page.",
    "reconnecting": "The connection was lost. Reconnecting …",
    "ended": "This talk has ended. Thank you for listening.",
    "blocked": "Your browser is keeping the sound off. Tap Listen once more.",
    "not-found": "There is no talk with this code. Please check it and try again.",
    "full": "This talk has no free place at the moment. Please try again in a minute.",
}

BROKEN = "This page cannot be used at the moment."
BAD_CODE = "A code has two words and three digits, such as golden-eagle-427."
UNREACHABLE = "The server cannot be reached. Please check your connection and try again."
GAVE_UP = "The connection could not be restored. Tap Listen to try again."

REFUSALS = {
    "SESSION_NOT_FOUND": "not-found",
    "SESSION_INVALID_ID_FORMAT": "not-found",
    "SESSION_INACTIVE": "ended",
    "SESSION_MAX_LISTENERS_REACHED": "full",
}
"""Why the server refused a listener, as the state it puts the page in."""

PAUSE, RESUME = "Pause", "Go on"
MUTE, UNMUTE = "Mute", "Unmute"
ORIGINAL = "Original"
NO_DELAY, NO_TIME = "-", "under 0.1 s"
