"""What was spoken against what was heard, in figures."""

import base64
import wave
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pystoi import stoi
from scipy import signal

RATE = 16_000
"""All comparing is done at this rate; STOI itself works at 10 kHz."""

SPEECH = Path(__file__).parents[1] / "data" / "speech.wav"
WINDOW_S = 2.0
STEP_S = 0.5
SLACK_S = 0.15
"""How far the largest tempo, 15 % off, takes a moment away in a second: half of a window."""

PACES = ((1, 1), (401, 400), (399, 400), (201, 200), (199, 200))
"""The 0.5 % by which pages may resample (`pylib/audio/rate_control.py`), as fractions."""

LOUD_DB = -40.0
"""Below this, relative to the loudest, the speaker is between two words."""

Samples = NDArray[np.float64]


class Heard(NamedTuple):
    """A recording of AudioContext.destination: floats from -1 to 1, and their rate in Hz."""

    samples: Samples
    rate: int

    def after(self, seconds: float) -> "Heard":
        """The same without its first seconds."""
        return Heard(self.samples[int(seconds * self.rate) :], self.rate)

    def newest(self, seconds: float) -> "Heard":
        """Its last seconds."""
        return Heard(self.samples[-int(seconds * self.rate) :], self.rate)


def read_speech() -> Samples:
    """The speech that the fake microphone repeats."""
    with wave.open(str(SPEECH)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float) / 32768


def write_microphone_file(path: Path) -> Path:
    """The speech at 48 kHz: Chromium's fake microphone resamples crudely."""
    samples = np.clip(signal.resample_poly(read_speech(), 3, 1) * 32767, -32768, 32767)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(3 * RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def from_browser(taken: dict[str, Any]) -> Heard:
    """What recorder.js gave."""
    samples = np.frombuffer(base64.b64decode(taken["base64"]), "<f4").astype(float)
    return Heard(samples, int(taken["rate"]))


class Match(NamedTuple):
    """Heard sound and, of the same length, the spoken sound it came from; both at RATE."""

    heard: Samples
    spoken: Samples


def align(heard: Heard) -> Match:
    """Find for each two seconds heard their place in the (repeating) speech, by cross-correlation.

    Then each half second is looked for around that place, at each of the paces: pages play a little faster
    or slower when sound came unevenly, and STOI, which compares moment by moment, has to follow.
    """
    sound = signal.resample_poly(heard.samples, RATE, heard.rate) if heard.rate != RATE else heard.samples
    paced = [(up / down, signal.resample_poly(sound, up, down)) for up, down in PACES]
    endless = np.tile(read_speech(), 2)
    size, step, slack = (int(seconds * RATE) for seconds in (WINDOW_S, STEP_S, SLACK_S))
    pieces, spoken = [], []
    for at in range(0, len(sound) - size + 1, size):
        place, _ = best_place(endless[slack:], sound[at : at + size])
        for ahead in range(0, size, step):
            around = endless[place + ahead :][: step + 2 * slack]
            tries = [each[int((at + ahead) * stretch) :][:step] for stretch, each in paced]
            found = [(*best_place(around, piece), piece) for piece in tries if len(piece) == step]
            offset, _, piece = max(found, key=lambda each: each[1])
            pieces.append(piece)
            spoken.append(around[offset:][:step])
    return Match(np.concatenate(pieces), np.concatenate(spoken))


def best_place(endless: Samples, piece: Samples) -> tuple[int, float]:
    """Where `piece` fits best, and how well, up to 1: normalised cross-correlation."""
    similarity = signal.correlate(endless, piece, mode="valid", method="fft")
    energy = np.sqrt(signal.convolve(endless**2, np.ones(len(piece)), mode="valid", method="fft").clip(1e-9))
    likeness = similarity / energy / np.sqrt(np.sum(piece**2) + 1e-9)
    place = int(np.argmax(likeness))
    return place, float(likeness[place])


def intelligibility(match: Match) -> float:
    """STOI (Taal et al. 2011), 0 to 1."""
    return float(stoi(match.spoken, match.heard, RATE))


def gain(match: Match) -> float:
    """How strong the heard sound is, 1 as it was spoken."""
    return float(np.sqrt(np.mean(match.heard**2) / np.mean(match.spoken**2)))


def longest_gap_ms(heard: Heard) -> float:
    """The longest stretch of digital silence; the speech itself has a noise floor and no such stretch."""
    silent = np.concatenate([[False], np.abs(heard.samples) < 1e-6, [False]])
    edges = np.flatnonzero(np.diff(silent.astype(int)))
    lengths = edges[1::2] - edges[::2]
    return float(lengths.max() / heard.rate * 1000) if len(lengths) else 0.0
