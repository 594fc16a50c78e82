# Two commands set up all they need: `make playground` and `make test`.
# PYTHON chooses the interpreter (else the first here that is new enough), VENV where its environment goes:
#   make test PYTHON=python3.13 VENV=.venv-3.13
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null || true)))
VENV ?= .venv
BIN := $(VENV)/bin
# Quiet but for errors: what a machine's own settings make pip warn of is no concern of whoever tries this.
PIP := $(BIN)/pip install -qq --disable-pip-version-check

.PHONY: playground test check bench lock clean

playground: $(VENV)/.run
	@$(BIN)/opshat playground

test: check
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# On pip, not on python: without its venv package Debian makes the one and then stops.
$(BIN)/pip:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Python 3.11 or newer is needed: install one, or name it, as in make PYTHON=python3.12 playground." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/pip
	@echo "Setting up $(VENV); once, for a minute or so..."
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.txt .ci/browser
	@echo "Adding what the tests need; once..."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@sh .ci/browser
	@touch $@

# Writes the pinned requirements anew from pyproject.toml (needs `uv`).
lock:
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements.txt
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
