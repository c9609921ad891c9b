"""Python's log records in the browser's console, each at its own level."""

import logging

import js


class ConsoleHandler(logging.Handler):
    """Writes to console.debug, info, warn or error."""

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        text = self.format(record)
        if record.levelno >= logging.ERROR:
            js.console.error(text)
        elif record.levelno >= logging.WARNING:
            js.console.warn(text)
        else:
            js.console.info(text)


def log_to_console(level: int = logging.INFO) -> None:
    """Write the records of the "lectern" logger to the browser's console, and nowhere else."""
    handler = ConsoleHandler()
    handler.setFormatter(logging.Formatter("[%(name)s] %(message)s"))
    logger = logging.getLogger("lectern")
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
