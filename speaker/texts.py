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
GAVE_UP = "The connection could not be restored. Press Start to open a new talk."
NO_PAGE_CONFIG = "This page is not set up yet: its config file cannot be read."

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
