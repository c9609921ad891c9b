"""The parts of the page: each makes of the figures a plot, the words for it, and its table."""
