"""What iPhones and iPads need that other devices do not, decided from what their browser says. Portable."""

from pylib.ui.ports import Device

PHONES, TABLETS = ("iPhone", "iPod"), ("iPad",)

PLAYS_ON = (17, 2)
"""The iOS from which a sound context plays on in the background when its page asked for playback.

WebKit gained it in the month in which iOS 17.0 came out (bug 261554), so 17.0 and most likely 17.1 lack it.
"""

VERSION_MARKS = ("version/", " os ")
"""What stands before a version: of Safari, also on an iPad that calls itself a Mac; then of iOS."""

CHROME_MARK = "crios/"
"""Chrome's on iOS. When its iPad calls itself a Mac, the Safari version that it names is an old one."""


def is_ios(device: Device) -> bool:
    """Whether this is an iPhone or iPad; newer iPads call themselves a Mac, but no Mac has a touch screen."""
    return device.platform in PHONES + TABLETS or (device.platform == "MacIntel" and device.touch_points > 1)


def needs_bridge(device: Device) -> bool:
    """Whether sound must pass an <audio> element to go on with the screen locked: iOS before PLAYS_ON."""
    return is_ios(device) and (not device.has_audio_session or _version(device.user_agent) < PLAYS_ON)


def obeys_silent_switch(device: Device) -> bool:
    """Whether the silent switch on the side of this device silences a page."""
    return device.platform in PHONES and not device.has_audio_session


def _version(user_agent: str) -> "tuple[int, int]":
    """Major and minor; a user agent that names none counts as new, as nearly all devices are."""
    agent = user_agent.lower()
    for mark in VERSION_MARKS[1:] if CHROME_MARK in agent else VERSION_MARKS:
        version = agent.partition(mark)[2].partition(" ")[0].replace("_", ".").split(".")
        if len(version) > 1 and version[0].isdigit() and version[1].isdigit():
            return int(version[0]), int(version[1])
    return PLAYS_ON
