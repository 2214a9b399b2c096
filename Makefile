# The verbs of the house: `make help` lists them. Nothing is installed outside $(VENV).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
REQUIREMENTS := pyproject.toml constraints.txt
DEMO := $(VENV)/.installed-demo
DEV := $(VENV)/.installed-dev
PYTEST := $(BIN)/python -m pytest
LINTED := tunesmith tests $(wildcard conftest.py benchmarks examples)

# One thread per process for the linear algebra: the workers are the parallelism.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo venv test test-slow docs-test check lint format bench clean

help: ## list the verbs
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(DEMO) ## tune a small model before your eyes and leave a report (installs what it needs)
	@$(BIN)/tunesmith demo

venv: $(DEV) ## create .venv with the package and the tools of a developer

test: $(DEV) ## run the default tests (ARGS="-k store" narrows them)
	@$(PYTEST) $(ARGS)

test-slow: $(DEV) ## run the slow, statistics and e2e tests
	@$(PYTEST) -m "slow or statistics or e2e" $(ARGS)

docs-test: $(DEV) ## run every code block of the README and the documentation
	@$(PYTEST) README.md docs tests/docs $(ARGS)

lint: $(DEV) ## ruff, formatting, types and import contracts
	@$(BIN)/ruff check --quiet $(LINTED)
	@$(BIN)/ruff format --quiet --check $(LINTED)
	@$(BIN)/mypy
	@told=$$($(BIN)/lint-imports --no-logo) || { echo "$$told"; exit 1; }

check: lint test ## the one gate before a commit: lint, then test

format: $(DEV) ## format the code and apply ruff's safe fixes
	@$(BIN)/ruff check --quiet --fix-only $(LINTED)
	@$(BIN)/ruff format --quiet $(LINTED)

bench: $(DEV) ## compare the samplers on a few small problems
	@$(BIN)/python -m benchmarks.run --short

clean: ## remove what was built, cached or installed here
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find tunesmith tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamp files: an install is repeated only when what it depends on has changed.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "tunesmith needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(DEMO): $(VENV)/pyvenv.cfg $(REQUIREMENTS)
	@echo "installing tunesmith into $(VENV) (a minute or two the first time)"
	@$(PIP) install -c constraints.txt -e '.[demo]'
	@touch $@

$(DEV): $(VENV)/pyvenv.cfg $(REQUIREMENTS)
	@echo "installing tunesmith and the developer's tools into $(VENV) (a few minutes the first time)"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@ $(DEMO)
