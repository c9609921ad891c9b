"""The rollout settings of the served config, as pages understand them."""

from pathlib import Path

import pytest

from backend.figures.rollout_setting import read_setting
from backend.figures.tally import UNKNOWN


@pytest.mark.parametrize("percent", ["101", "-1", "1" + "0" * 400, "1e1", "true", "null", '"10"'])
def test_a_percentage_that_pages_refuse_is_not_known(tmp_path: Path, percent: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(f'{{"use_http_session_creation": true, "http_session_rollout_percent": {percent}}}')
    assert read_setting(config) == UNKNOWN
