# Every target sets up what it needs first; when nothing changed, that takes a second.

SHELL := /bin/bash
PYTHON := .venv/bin/python
SETUP := @command -v python3 > /dev/null || { echo 'setup: Casework needs Python 3.11 or later: apt-get install python3 python3-venv' >&2; exit 1; }; python3 scripts/setup.py

# Kept even where the environment says otherwise: tests start many processes, which would all compile everything anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo serve test compile lint format bench docs messages lock setup setup-run

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup-run  ## Play sample cases from upload to report, then serve them on port 8000
	@exec $(PYTHON) -m casework.demo

serve: setup-run  ## Serve pages and API, with background work
	@exec .venv/bin/casework serve

test: setup compile lint  ## Check everything, then run the whole suite; the rules in casework/domain need full coverage
	@exec $(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder --cov=casework.domain --cov-report=term --cov-fail-under=100

# In a fresh clone: once and beside the checks of style and types, not in each of the three processes at the same time.
compile: setup
	@test -d tests/__pycache__ || { $(PYTHON) -m pytest --collect-only -p no:cacheprovider < /dev/null > /dev/null 2>&1 & }

lint: setup  ## Check style, types and what may import what
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet .
	@# On a busy machine its workers may not start within its three seconds, which ends it with 2: then without them.
	@.venv/bin/mypy -n 2 || { test $$? -eq 2 && .venv/bin/mypy; }
	@.venv/bin/lint-imports --no-logo

format: setup  ## Format the code and mend what can be mended without thought
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

bench: setup  ## Run every benchmark
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(PYTHON) "$$file" || exit 1; done

docs: setup  ## Build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet

messages: setup-run  ## Bring the message catalogues up to date with the texts in use
	@$(PYTHON) scripts/catalogues.py update

lock: setup  ## Write the locks from pyproject.toml and package.json (UPGRADE=1: newest versions)
	@$(PYTHON) scripts/lock.py
	@npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

setup:  ## Set everything up, the tools for tests and checks included
	$(SETUP) --for development

setup-run:
	$(SETUP) --for run
