"""What an iPhone needs that others do not. Pure decisions over what the browser tells. Portable."""

from pylib.ui.ports import Device

PHONES, TABLETS = ("iPhone", "iPod"), ("iPad",)

PLAYS_ON = (17, 2)
"""The iOS from which a sound context plays on in the background when its page asked for playback.

WebKit learned it in the month of iOS 17.0 (bug 261554), too late for that one and most likely for 17.1.
"""

VERSION_MARKS = ("version/", " os ")
"""What stands before a version: Safari's, told also by an iPad that says it is a Mac; then that of iOS."""

NOT_SAFARI = "crios/"
"""Chrome, which on an iPad that says it is a Mac names a Safari of old."""


def is_ios(device: Device) -> bool:
    """Whether this is an iPhone or iPad; newer iPads call themselves a Mac, but Macs have no touch screen."""
    return device.platform in PHONES + TABLETS or (device.platform == "MacIntel" and device.touch_points > 1)


def needs_bridge(device: Device) -> bool:
    """Whether sound must pass an <audio> element to go on with the screen locked: iOS before PLAYS_ON."""
    return is_ios(device) and (not device.has_audio_session or _version(device.user_agent) < PLAYS_ON)


def obeys_silent_switch(device: Device) -> bool:
    """Whether the switch on its side may keep this device silent."""
    return device.platform in PHONES and not device.has_audio_session


def _version(user_agent: str) -> "tuple[int, int]":
    """Major and minor; one that is not told counts as new, as nearly all are."""
    says = user_agent.lower()
    for mark in VERSION_MARKS[1:] if NOT_SAFARI in says else VERSION_MARKS:
        told = says.partition(mark)[2].partition(" ")[0].replace("_", ".").split(".")
        if len(told) > 1 and told[0].isdigit() and told[1].isdigit():
            return int(told[0]), int(told[1])
    return PLAYS_ON
