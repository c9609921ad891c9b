"""What a machine may lack: a screen (Xvfb gives one) and a sound device (PulseAudio does)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.engines.programs import Program, running

SAMPLE_RATE = 48_000


@asynccontextmanager
async def sound_device(folder: Path) -> AsyncIterator[tuple[Program, dict[str, str]]]:
    """A loudspeaker that nobody hears, with its own clock; yields it and the environment that leads to it."""
    socket = folder / "sound.socket"
    modules = (
        f"module-null-sink rate={SAMPLE_RATE}",
        f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
    )
    command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "-v"]
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    loads = [f"--load={module}" for module in modules]
    with running([*command, *loads], folder / "pulseaudio.log", home) as program:
        await program.said("Daemon startup complete")
        yield program, {"PULSE_SERVER": f"unix:{socket}", **home}


@asynccontextmanager
async def screen(folder: Path) -> AsyncIterator[dict[str, str]]:
    """A screen that nobody sees; yields the environment that leads to it."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with running(command, folder / "xvfb.log", {}) as program:
        number = await program.said(r"^(\d+)$")
        yield {"DISPLAY": f":{number[1]}"}
