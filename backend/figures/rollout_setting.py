"""What the served config file asks for: the operator may edit it at any time."""

import json
from collections.abc import Callable
from pathlib import Path

from backend.figures.tally import UNKNOWN, RolloutSetting

PERCENTS = range(101)


def read_setting(config: Path, served: Callable[[bytes], bytes] = bytes) -> RolloutSetting:
    """The rollout settings in this file as it is `served`, as pages understand it.

    `UNKNOWN` while it cannot be read.
    """
    try:
        read = json.loads(served(config.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return UNKNOWN
    if not isinstance(read, dict):
        return UNKNOWN
    http, percent = (
        read.get("use_http_session_creation", False),
        read.get("http_session_rollout_percent", 100),
    )
    if not isinstance(http, bool) or type(percent) is not int or percent not in PERCENTS:
        return UNKNOWN
    return RolloutSetting(http, percent)


def percent_asked(setting: RolloutSetting) -> int:
    """For how many users of a hundred HTTP is asked for; -1 while that is not known."""
    if setting.http is None or setting.percent is None:
        return -1
    return setting.percent if setting.http else 0
