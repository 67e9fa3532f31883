# `make help` lists what can be made. A fresh machine needs Python 3.11 or later, make, and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
THREADS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fmt docs report-check clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## .venv with everything in it; the other targets call this when it is missing or outdated

$(STAMP): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "tfc needs Python 3.11 or later: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  editables hatchling setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --no-build-isolation --editable '.[train,serve,dev]' 'torch==2.13.0'
	@touch $(STAMP)

demo: $(STAMP) ## a translator for phrases, from a page to a server that is asked, and what each stage scores
	@PATH="$(CURDIR)/$(BIN):$$PATH" OMP_NUM_THREADS=$(THREADS) bash examples/demo.sh

# Tests run beside one another, where threads that spin while they wait would starve those that work.
test: $(STAMP) ## every test, on two cores
	@OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -q -n $(THREADS) --dist worksteal $(TESTS)

check: $(STAMP) ## ruff, ruff format, pyright, import-linter, and the layout of every spec
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/tfc fmt --check examples/*.tfs
	$(BIN)/pyright
	$(BIN)/lint-imports

fmt: $(STAMP) ## format the code and the specs
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/tfc fmt examples/*.tfs

docs: $(STAMP) ## refresh what is made from the code: reference, codes, transcripts, picture
	$(BIN)/python -m docs.make

report-check: $(STAMP) ## the report in headless Chromium: keys, themes, contrast, narrow windows; pictures in build/report
	$(BIN)/python -m tests.report.check_in_browser

clean: ## remove caches and wheels; not .venv, and not build/, where trained weights may be
	rm -rf dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
