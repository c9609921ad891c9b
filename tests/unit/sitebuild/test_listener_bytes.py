"""What a phone in a crowd loads of ours has a budget."""

import gzip

from sitebuild.page_archive import BUNDLES, pack
from tests.support.import_graph import TOP

OWN_FILES = (
    "listener/index.html",
    "listener/style.css",
    "listener/pyscript.toml",
    "listener/languages/en.json",
    "assets/look.css",
    "assets/start-words.json",
    "pylib/browser/start-watch.js",
)
BEFORE_FIGURES = 82_504
"""Bytes, before the page counted how it fares."""

FOR_FIGURES = 3_000


def test_the_page_and_all_that_it_counts_stay_small() -> None:
    files = (gzip.compress((TOP / name).read_bytes(), mtime=0) for name in OWN_FILES)
    total = len(pack(TOP, BUNDLES["listener/app.tgz"])) + sum(map(len, files))
    assert total <= BEFORE_FIGURES + FOR_FIGURES, total
