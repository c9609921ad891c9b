"""What the speaker page says, in words anybody knows."""

STATES = {
    "signed-out": "Sign in to speak.",
    "idle": "Ready. Choose your microphone and press Start.",
    "creating": "Opening your talk …",
    "live": "You are live.",
    "unheard": "Nobody hears you at the moment.",
    "paused": "Paused. Nobody hears you.",
    "muted": "Your microphone is off. Nobody hears you.",
    "reconnecting": "The connection was lost. Reconnecting … Your listeners are waiting.",
    "ended": "Your talk has ended.",
    "error": "That did not work.",
}

MODES = {"http": "Opened over HTTP.", "websocket": "Opened over the live connection."}

REPLACED = "Your talk was taken over by another tab or device of yours."
GAVE_UP = "The connection could not be restored. Your listeners wait for two minutes. Press Try again."

NO_SOUND = (
    "Your microphone gives no sound any more. Check its cable or choose another; this page keeps trying."
)
MICROPHONE_LOST = "Your microphone is gone. Plug it in again, or choose another. This page keeps trying."
MICROPHONE_MUTED = "Your computer, or a call, has switched the microphone off. Switch it on again there."
MICROPHONE_HELD = "A call, or another program, has taken the sound. It goes on by itself when that is over."
MICROPHONE_TROUBLE = {
    "MICROPHONE_MISSING": MICROPHONE_LOST,
    "MICROPHONE_DENIED": "The browser may not use the microphone any more. Allow it in the address bar.",
    "MICROPHONE_IN_USE": "Another program is using the microphone. Close it there, or choose another.",
}
"""Why it cannot be opened again during a talk, by AudioError's code."""

CHECK_SOUND, STOP_CHECK = "Check the sound", "Stop the check"
SAY_SOMETHING = "Say something."
HEARD_WELL = "We hear you well."
SOUND_ADVICE = {
    "silence": "We hear nothing: switch the microphone on, or choose another.",
    "clipping": "You are too loud: move away from the microphone a little, or turn the volume down.",
    "quiet": "You are hard to hear: move closer to the microphone, or turn the volume up.",
    "noise": "There is much noise around you: move closer to the microphone, or go where it is quieter.",
    "echo": "There is an echo: turn your loudspeaker down, or use headphones.",
}
"""What to do, by what pylib.audio.soundcheck or the server found."""

TALKING_MUTED = "You are muted, nobody hears you."
TALKING_PAUSED = "You have paused, nobody hears you."

NOT_SWITCHED = "That microphone could not be opened. The one shown below is used."
ENDED_UNHEARD = (
    "The server could not be told. Your listeners will see within two minutes that the talk has ended."
)
UNEXPECTED = "Something went wrong on this page. Please try again, or reload the page."

ENDINGS = {
    "speaker-left": "The talk was ended because you were away for too long.",
    "speaker-never-came": "The talk was ended because nobody spoke.",
    "expired": "The talk was ended because it had lasted as long as a talk may last.",
}
"""The server's reasons for ending a session by itself."""

PAUSE, RESUME = "Pause", "Go on"
MUTE, UNMUTE = "Mute", "Unmute"
COPY, COPIED = "Copy link", "Copied"

DEFAULT_MICROPHONE = "The computer's choice"


def microphone_replaced(label: str) -> str:
    """Which microphone is used instead of the one that was chosen."""
    return f"Your microphone was lost. In use now: {label or DEFAULT_MICROPHONE}"


def microphone_used(label: str) -> str:
    """Which microphone is open."""
    return f"In use: {label or DEFAULT_MICROPHONE}"


def volume(fraction: float) -> str:
    """How strong the microphone is sent."""
    return f"{round(fraction * 100)} %"


LANGUAGES = (
    ("en", "English"),
    ("ar", "العربية"),
    ("bg", "Български"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("es", "Español"),
    ("et", "Eesti"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("ga", "Gaeilge"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("mt", "Malti"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("sv", "Svenska"),
    ("sw", "Kiswahili"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
)
"""Languages to choose from, in their own words; any ISO 639-1 code may be sent."""

TIERS = (("standard", "Speech (uses little data)"), ("premium", "Music and speech"))
