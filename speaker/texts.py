"""What the speaker page says, in words anybody knows."""

STATES = {
    "signed-out": "Sign in to speak.",
    "idle": "Ready. Choose your microphone and press Start.",
    "creating": "Opening your talk …",
    "live": "You are live.",
    "paused": "Paused. Nobody hears you.",
    "muted": "Your microphone is off. Nobody hears you.",
    "reconnecting": "The connection was lost. Reconnecting … Your listeners are waiting.",
    "ended": "Your talk has ended.",
    "error": "That did not work.",
}

MODES = {"http": "Opened over HTTP.", "websocket": "Opened over the live connection."}

REPLACED = "Your talk was taken over by another tab or device of yours."
GAVE_UP = "The connection could not be restored. Your listeners wait for two minutes. Press Try again."
NO_SOUND = "Your microphone gives no sound any more. Check its cable, or end the talk and choose another."
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
