"""Whatever the device's rate: the voice stays up to 10 kHz, and no mirrored tone joins it."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.worklet import Samples, capture, play

DEVICE_RATES = (8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
VOICE_HZ = (100.0, 300.0, 1000.0, 3400.0, 7000.0, 10_000.0)
USABLE = 0.9071
"""Share of half a rate that is kept: 10 kHz of what 22.05 kHz can hold."""

SECONDS = 0.25
AMPLITUDE = 0.1


def tones(frequencies: list[float], rate: int) -> Samples:
    time = np.arange(int(SECONDS * rate)) / rate
    return np.asarray(sum(AMPLITUDE * np.sin(2 * np.pi * hertz * time) for hertz in frequencies), np.float32)


def kept_by(*rates: int) -> list[float]:
    return [hertz for hertz in VOICE_HZ if hertz <= USABLE * min(rates) / 2]


def beyond(rate: int, other: int) -> list[float]:
    """Tones that the other rate cannot hold, from just above half of it on."""
    return [float(hertz) for hertz in np.linspace(1.003 * other / 2, 0.99 * rate / 2, 9) if other < rate]


def measure(samples: Samples, rate: int, frequencies: list[float]) -> tuple[dict[float, float], float]:
    """Each tone's level, and that of all else, in dB; 0 is a tone as it went in."""
    settled = samples[rate // 20 : -rate // 20].astype(float)
    time = np.arange(len(settled)) / rate
    waves = [wave(2 * np.pi * hertz * time) for hertz in frequencies for wave in (np.sin, np.cos)]
    shares, *_ = np.linalg.lstsq(np.array(waves).T, settled, rcond=None)
    heard = np.hypot(shares[::2], shares[1::2]) / AMPLITUDE
    rest = settled - shares @ np.array(waves)
    rest_level = np.sqrt(2 * np.mean(rest**2)) / AMPLITUDE
    levels = {hertz: 20 * np.log10(level) for hertz, level in zip(frequencies, heard, strict=True)}
    return levels, float(20 * np.log10(rest_level + 1e-12))


def check(samples: Samples, rate: int, voice: list[float]) -> None:
    levels, rest = measure(samples, rate, voice)
    print({hertz: round(level, 2) for hertz, level in levels.items()}, "rest", round(rest, 1))
    assert all(abs(level) < 1 for level in levels.values()), levels
    assert rest < -45


@pytest.mark.parametrize("rate", [48_000, 16_000])
@pytest.mark.parametrize("device", DEVICE_RATES)
def test_a_microphone_at_any_rate_keeps_the_voice_and_brings_no_mirrored_tones(
    tmp_path: Path, device: int, rate: int
) -> None:
    voice = kept_by(device, rate)
    sound = tones(voice + beyond(device, rate), device)
    check(capture(tmp_path, [sound], context_rate=device, rate=rate).samples, rate, voice)


@pytest.mark.parametrize("rate", [48_000, 16_000])
@pytest.mark.parametrize("device", DEVICE_RATES)
def test_a_loudspeaker_at_any_rate_keeps_the_voice_and_brings_no_mirrored_tones(
    tmp_path: Path, device: int, rate: int
) -> None:
    voice = kept_by(device, rate)
    sound = tones(voice + beyond(rate, device), rate)
    played = play(tmp_path, sound, [], seconds=SECONDS, rate=rate, context_rate=device, ahead_s=0.1)
    check(played.samples, device, voice)


@pytest.mark.parametrize("device", [8000, 44_100, 48_000, 192_000])
def test_a_block_tells_the_time_at_which_its_sound_was_heard(tmp_path: Path, device: int) -> None:
    click = np.zeros(device // 2, np.float32)
    click[device // 4] = 1.0
    captured = capture(tmp_path, [click], context_rate=device)
    number, place = divmod(int(np.argmax(captured.samples)), 960)
    at_s = captured.end_times[number] - (960 - place) / 48_000
    assert at_s == pytest.approx(0.25, abs=1.5 / min(device, 48_000))
    assert np.diff(captured.end_times) == pytest.approx(0.02, abs=1.0 / device)
