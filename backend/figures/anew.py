"""An operator's wish to count anew, left as a file: the command is another process than the server."""

from pathlib import Path

FILE = "judge-anew"


def ask_anew(data_dir: Path) -> str:
    """Leave the wish; returns what will be, as a sentence. Raises OSError."""
    (data_dir / FILE).touch()
    return "From the next minute on /status compares what is counted then, and nothing from before."


def takes_anew(data_dir: Path) -> bool:
    """Whether there is such a wish, which is granted now: the file is gone then."""
    try:
        (data_dir / FILE).unlink()
    except OSError:
        return False
    return True
