"""Bounds that both ends of the wire keep to. Portable: imports nothing."""

SPEAKER_GRACE_MS = 120_000
"""How long a session waits for a speaker who went away, on a server that tells no other time in `welcome`."""

LISTENED_MINUTES = (1, 5, 15, 30, 60)
"""Listenings are counted by their length: below the first of these, between each two, and above."""

MAX_TEXT_BYTES = 16 * 1024
"""A JSON message, unless it is sendAudio."""

MAX_AUDIO_TEXT_BYTES = 128 * 1024
"""A sendAudio message."""

MAX_OLDER_AUDIO_TEXT_BYTES = 192 * 1024
"""A sendAudio message of a client without `lectern.v1`: four seconds at 16 kHz."""
