"""What an iPhone needs that others do not. Pure decisions over what the browser tells. Portable."""

from pylib.page_ports import Device

PHONES, TABLETS = ("iPhone", "iPod"), ("iPad",)


def is_ios(device: Device) -> bool:
    """Whether this is an iPhone or iPad; newer iPads call themselves a Mac, but Macs have no touch screen."""
    return device.platform in PHONES + TABLETS or (device.platform == "MacIntel" and device.touch_points > 1)


def needs_bridge(device: Device) -> bool:
    """Whether sound must pass an <audio> element to go on with the screen locked: iOS before 16.4."""
    return is_ios(device) and not device.has_audio_session


def obeys_silent_switch(device: Device) -> bool:
    """Whether the switch on its side may keep this device silent."""
    return device.platform in PHONES and not device.has_audio_session
