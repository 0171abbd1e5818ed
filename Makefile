# One line per target: `make help` prints them. Every target does its own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TESTS ?= tests
JOBS ?= 2

.PHONY: help install demo test clients check bench docs format clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.runtime ## Set up .venv with everything that Brickyard needs to run

demo: $(VENV)/.runtime ## Run the medallion pipeline on shipped real data (state is kept in $$BRICKYARD_HOME)
	@$(BIN)/brickyard demo

test: $(VENV)/.development ## Run all tests (TESTS=path for some, JOBS=n for parallel processes)
ifeq ($(TESTS),tests)
	@$(BIN)/python -m pytest tests -q -n $(JOBS) --dist loadfile --ignore tests/acceptance
	@echo "Whole installations, one at a time: some of these tests measure time."
	@$(BIN)/python -m pytest tests/acceptance -q
else
	@$(BIN)/python -m pytest $(TESTS) -q -n $(JOBS) --dist loadfile
endif

clients: $(VENV)/.development ## Run only the tests with other people's clients, as they are published
	@$(BIN)/python -m pytest tests/compat -m clients -q -n $(JOBS) --dist loadfile

check: $(VENV)/.development ## Lint, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache | tail -n 8

bench: $(VENV)/.development ## Measure the budgets, beside a bare loop that does the same work
	@$(BIN)/python -m bench.run

docs: $(VENV)/.development ## Write the generated pages of docs/
	@$(BIN)/python -m docs.generate

format: $(VENV)/.development ## Format the code and mend what can be mended by machine
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove what the other targets made (never the home)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Brickyard needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Brickyard into $(VENV) (once, about a minute) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
