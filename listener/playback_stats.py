"""What is heard, in numbers: for `window.lectern.stats()` and for the server. Portable."""

from pylib.audio.playback import Playback
from pylib.realtime.client import Message, RealtimeClient


def collect_stats(playback: "Playback | None", client: "RealtimeClient | None") -> dict[str, float]:
    """Counts and timings as plain numbers."""
    if playback is None or client is None:
        return {"framesReceived": 0}
    jitter = playback.jitter
    return {
        "framesReceived": jitter.received,
        "framesPlayed": playback.frames_played,
        "framesLost": jitter.lost,
        "framesDropped": jitter.dropped,
        "duplicates": jitter.duplicates,
        "gaps": playback.gaps,
        "underruns": playback.ring.underruns,
        "missingMs": playback.ring.missing_ms,
        "skips": playback.skips,
        "bufferMs": playback.depth_ms,
        "targetMs": jitter.target_ms,
        "delayMs": playback.delay_ms,
        "speed": playback.pace.speed,
        "tempo": playback.pace.tempo,
        "bytesReceived": client.frames.bytes,
        "malformedFrames": client.frames.malformed,
        "reconnects": client.reconnects,
        "refreshes": client.refreshes,
        "roundTripMs": client.server_clock.round_trip_ms or 0.0,
    }


def report(playback: Playback, client: RealtimeClient, state: str, audible: bool, delay_ms: float) -> Message:
    """The fields of `playbackReport`, sent every 2 s: whether this listener really hears, and how late."""
    return {
        "audible": audible,
        "state": state,
        "earDelayMs": max(0, int(delay_ms)),
        "bufferMs": int(playback.depth_ms),
        "gaps": playback.gaps,
        "lastSeq": client.frames.last_seq,
    }
