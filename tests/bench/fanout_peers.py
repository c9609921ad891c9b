"""The peers of the fan-out benchmark: what one would use instead of ours, as far as it is installed here.

All are told to send at once what they have: no burst at the beginning, no waiting for full packets.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.bench.fanout_servers import CONFIG_PORT, HERE, HOST, Contender

PASSWORD = "benchmark"
"""Of a server that nobody else reaches, for a minute."""

ICECAST = f"""<icecast>
  <location>here</location><admin>nobody@localhost</admin><hostname>{HOST}</hostname>
  <limits>
    <clients>20000</clients><sources>2</sources><burst-size>0</burst-size>
    <header-timeout>60</header-timeout><source-timeout>120</source-timeout>
  </limits>
  <authentication><source-password>{PASSWORD}</source-password></authentication>
  <listen-socket><port>{CONFIG_PORT}</port><bind-address>{HOST}</bind-address></listen-socket>
  <paths><logdir>/dev</logdir><webroot>/tmp</webroot><adminroot>/tmp</adminroot></paths>
  <logging><accesslog>null</accesslog><errorlog>-</errorlog><loglevel>1</loglevel></logging>
  <security><chroot>0</chroot>{{owner}}</security>
</icecast>
"""
"""https://www.icecast.org/docs/icecast-2.4.1/config-file.html"""

# It refuses to run as root, and may change its owner only then.
ICECAST_OWNER = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"

MOSQUITTO = f"""listener {CONFIG_PORT} {HOST}
allow_anonymous true
persistence false
set_tcp_nodelay true
log_dest none
"""
"""https://mosquitto.org/man/mosquitto-conf-5.html"""


class Peer(NamedTuple):
    """A contender that may be missing, and how to come by it."""

    contender: Contender
    is_installed: bool
    advice: str


def peers(folder: Path) -> Iterator[Contender]:
    """All that can run here; for each that cannot, a sentence is printed."""
    for peer in (_websockets(), _node_ws(), _icecast(folder), _mosquitto(folder)):
        if peer.is_installed:
            yield peer.contender
        else:
            print(f"{peer.contender.name} is not installed ({peer.advice}): left out.")


def _websockets() -> Peer:
    return Peer(
        Contender("websockets broadcast", [sys.executable, "-m", "tests.bench.fanout_websockets"]),
        importlib.util.find_spec("websockets") is not None,
        "python -m tools.venv bench",
    )


def _node_ws() -> Peer:
    return Peer(
        Contender("node ws", ["node", str(HERE / "fanout_ws.cjs")]),
        _node_has_ws(),
        "npm install --prefix FOLDER ws, and NODE_PATH=FOLDER/node_modules in front of the command",
    )


def _node_has_ws() -> bool:
    if shutil.which("node") is None:
        return False
    return subprocess.run(["node", "-e", "require('ws')"], check=False, capture_output=True).returncode == 0


def _icecast(folder: Path) -> Peer:
    """Opus in a byte stream over HTTP: the audience's players add what they buffer."""
    program = _program("icecast2", "icecast")
    file = folder / "icecast.xml"
    contender = Contender(
        "Icecast, Ogg over HTTP",
        [program, "-c", str(file)],
        protocol="ogg",
        paths=("/talk", "/talk"),
        token=b64encode(f"source:{PASSWORD}".encode()).decode(),
        config=(file, ICECAST.format(owner=ICECAST_OWNER if os.geteuid() == 0 else "")),
    )
    return Peer(contender, bool(program), "Debian: apt-get install icecast2")


def _mosquitto(folder: Path) -> Peer:
    program = _program("mosquitto")
    file = folder / "mosquitto.conf"
    contender = Contender(
        "Mosquitto, MQTT QoS 0",
        [program, "-c", str(file)],
        protocol="mqtt",
        paths=("talk", "talk"),
        config=(file, MOSQUITTO),
    )
    return Peer(contender, bool(program), "Debian: apt-get install mosquitto")


def _program(*names: str) -> str:
    """Where it is, in the folders of daemons too; empty if it is nowhere."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    return next((found for name in names if (found := shutil.which(name, path=path))), "")
