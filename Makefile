# Lectern: `make serve` to try it, `make test` to test it, `make site` to publish it.
# PORT=8001 another port, PYTHON=python3.12 another Python, CONFIG=file the config.json to publish,
# ARGS="-k name" more arguments for pytest, LECTERN_CACHE=folder another place for downloads.

PORT ?= 8000
PYTHON ?= python3
CONFIG ?=
ARGS ?=

BIN := .venv/bin
# Folders that hold Python, as far as they exist.
CODE := $(wildcard pylib backend sitebuild tools speaker listener tests dev_server.py)

# Python keeps what it has compiled: the tests start hundreds of processes with the same modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test test-engines soak check format coverage bench bench-fanout bench-http bench-peers site lock clean venv dev runtime

serve: venv runtime
	@exec $(BIN)/python dev_server.py --port $(PORT)

# Two tests at a time: with three, the pages of journeys on two slow cores may get no time for ten seconds. Those marked
# `quiet`, which judge sound or time, come last and alone.
# With ARGS (-k name, for one) whatever they choose, one by one.
test: dev runtime
	@$(BIN)/python -m tools.node
	@$(BIN)/python -m tools.chromium
	@$(BIN)/python -m pytest $(or $(ARGS),-n 2 --dist loadgroup --no-loadscope-reorder)

# The pages in Chromium, Firefox and WebKit; an engine that is not installed is skipped (docs/browsers.md).
test-engines: dev runtime
	@$(BIN)/python -m tools.chromium
	@$(BIN)/python -m pytest -m engines tests/engines $(ARGS)

# The long forms of some tests: thousands of examples, kills and faults, and half an hour in real browsers;
# an hour and a half in all. LECTERN_SOAK_MINUTES=3 LECTERN_SOAK_SEEDS=1 shorten the two longest.
soak: dev runtime
	@$(BIN)/python -m tools.chromium
	@$(BIN)/python -m pytest -m soak $(ARGS)

check: dev
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy $(CODE)

format: dev
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

coverage: ARGS := --cov --cov-report=term $(ARGS)
coverage: test

# Figures of this machine, printed as a table.
bench: dev runtime
	@$(BIN)/python -m tools.chromium
	@$(BIN)/python -m tests.bench.journey

# One server process on one core, the load client on another; takes ten minutes on a quiet machine.
# Icecast, Mosquitto and node's ws stand beside it where they are installed. ARGS="--seconds 5 --only Lectern".
bench-fanout: dev bench-peers
	@$(BIN)/python -m tests.bench.fanout $(ARGS)

# GET /sessions/{id} beside Starlette on uvicorn. Needs wrk. ARGS="--rounds 9" for more than three.
bench-http: dev bench-peers
	@$(BIN)/python -m tests.bench.http $(ARGS)

# Python packages that are measured beside ours and used for nothing else.
bench-peers: venv
	@$(PYTHON) -m tools.venv bench

site: venv runtime
	@$(BIN)/python -m tools.site $(if $(CONFIG),--config "$(CONFIG)")

venv:
	@$(PYTHON) -m tools.venv serve

dev:
	@$(PYTHON) -m tools.venv dev

runtime: venv
	@$(BIN)/python -m tools.runtime

# New versions: edit requirements/*.in or package.json, run this, run the tests, commit what changed.
lock: venv
	@$(PYTHON) -m tools.venv lock
	@$(BIN)/python -m tools.lock

clean:
	@rm -rf .venv .runtime .runtime.* dist dist.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov test-results
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
