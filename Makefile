# Barnraise: two commands matter, `make demo` and `make test`. Everything is kept inside .venv and removed with it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
unexport PYTHONDONTWRITEBYTECODE  # the tests start the program hundreds of times: it is compiled once

.PHONY: help demo test lint bench fuzz browser html screenshots lock clean

help:
	@echo "make demo    a small network of organisations on this machine (Ctrl-C ends it)"
	@echo "make test    everything: lint, types, floors, tests, browser journeys"
	@echo "make lint    ruff, mypy and import-linter only"
	@echo "make bench   the benchmark table"
	@echo "make fuzz    half an hour of any bytes into every parser (Linux; see docs/contribute.md)"
	@echo "make html    every page before the checker of the HTML standard (needs npm and Java)"
	@echo "make clean   remove .venv and what tests left"

demo: $(VENV)/installed
	$(BIN)/barnraise demo $(ARGS)

test: $(VENV)/installed-dev lint browser
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed
	$(BIN)/barnraise bench $(ARGS)

# Coverage-guided fuzzing: all targets for half an hour, or make fuzz ARGS="frames receipts --seconds 600".
fuzz: $(VENV)/installed-dev requirements-fuzz.lock
	@$(PIP) install --require-hashes --no-deps -r requirements-fuzz.lock
	$(BIN)/python -m tests.fuzz $(ARGS)

# A Chromium for the browser tests: what is there, then Debian's when root, then Playwright's own.
browser: $(VENV)/installed-dev
	@$(BIN)/python -m tests.kit.chromium

# Every page in both languages before vnu, the checker of the HTML standard; needs npm and a Java of 11 or newer.
html: browser
	@test -d $(VENV)/vnu || npm install --silent --ignore-scripts --no-save --prefix $(VENV)/vnu vnu-jar@26.9.27
	$(BIN)/python -m pytest tests/browser/valid_html.py $(ARGS)

# The pictures of the README and of the guides, from a demo network.
screenshots: browser
	$(BIN)/python -m tests.kit.screenshots

# Lock files carry hashes and no index host; run after changing pyproject.toml (needs uv).
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra build --extra dev pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra fuzz pyproject.toml -o requirements-fuzz.lock

clean:
	rm -rf $(VENV) demo-data build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/browser/shots

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Barnraise needs Python 3.11 or newer; '$(PYTHON)' is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Barnraise needs (once) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@echo "Installing what the tests need (once) …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
