"""Bounds that both ends of the wire keep to. Portable: imports nothing."""

MAX_TEXT_BYTES = 16 * 1024
"""A JSON message, unless it is sendAudio."""

MAX_AUDIO_TEXT_BYTES = 128 * 1024
"""A sendAudio message."""
