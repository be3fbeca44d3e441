# Folkmoot. `make help` lists what there is; everything else needs only python3 with
# venv (3.11 or newer), and brings the rest into .venv and web/node_modules.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --retries 8
# Arguments for the program: make run ARGS="--port 9000"
ARGS ?=
# Processes for the tests: make test JOBS=4
JOBS ?= 2

.PHONY: help setup setup-dev run demo test check bench soak fmt lint types wheel lock
.PHONY: web contracts smoke tools check-format

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# --- setting up --------------------------------------------------------------------

setup: .make/runtime web ## Make .venv, install from the lock files, build the front end

setup-dev: .make/dev web

.make/venv:
	@echo "==> making $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Folkmoot needs Python 3.11 or newer; PYTHON=... names one."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	    || { echo "python3 has no venv; on Debian: apt-get install python3-venv"; exit 1; }
	@mkdir -p .make && touch $@

.make/runtime: requirements.lock requirements-build.lock pyproject.toml | .make/venv
	@echo "==> installing Python packages from requirements.lock (a minute or so)"
	@# Apart: one file has hashes, and then pip wants them of all it is given.
	@$(PIP) install -qq -r requirements.lock
	@$(PIP) install -qq -r requirements-build.lock
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@mkdir -p .make && touch $@

.make/dev: requirements-dev.lock | .make/runtime
	@echo "==> installing test and lint packages from requirements-dev.lock"
	@$(PIP) install -qq -r requirements-dev.lock
	@touch $@

web: .make/runtime
	@$(BIN)/python hatch_build.py

# --- running -----------------------------------------------------------------------

run: setup ## Set everything up and start the server; ARGS="--port 9000"
	@echo "==> folkmoot serve $(ARGS)"
	@exec $(BIN)/folkmoot serve $(ARGS)

demo: setup ## The same with a live demonstration meeting
	@echo "==> folkmoot demo $(ARGS)"
	@exec $(BIN)/folkmoot demo $(ARGS)

# --- testing -----------------------------------------------------------------------

tools: .make/dev
	@$(BIN)/python tests/bootstrap.py

test: setup-dev tools ## Bring what the tests need and run them all; ARGS="-k board"
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -m "not bench and not soak" $(ARGS)
	@$(BIN)/python tests/front_end.py test

check: setup-dev tools ## Exactly what CI runs
	@$(BIN)/python tests/check.py

bench: setup-dev ## Measure; prints tables and JSON
	@$(BIN)/python tests/bootstrap.py bench
	$(BIN)/python -m tests.bench $(ARGS)

soak: setup-dev tools ## 50 kills, five minutes of HLS, bad networks, a long meeting; ARGS="--minutes 60"
	$(BIN)/pytest -m soak -s
	$(BIN)/python -m tests.soak $(ARGS)

# --- looking after the code --------------------------------------------------------

fmt: .make/dev ## Format, and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lint: .make/dev ## Format check, ruff and import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: setup-dev ## mypy and tsc
	$(BIN)/mypy
	@$(BIN)/python tests/front_end.py types

wheel: .make/runtime ## Build dist/*.whl with the front end inside
	$(PIP) wheel -q --no-deps --no-build-isolation -w dist .
	@ls -l dist/*.whl

# Versions move only here, to the newest that pyproject.toml allows. Hashes for what
# operators install; asking for those of the test tools would download gigabytes.
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile -q --upgrade \
    --strip-extras --no-emit-index-url --no-emit-find-links
BUILD_NEEDS := import tomllib; \
    project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
    print(*project["optional-dependencies"]["build"], sep="\n")
lock: .make/dev ## Renew the lock files of Python and npm
	$(COMPILE) --no-build-isolation --generate-hashes --extra captions \
	    -o requirements.lock pyproject.toml
	$(BIN)/python -c '$(BUILD_NEEDS)' | \
	    $(COMPILE) -c requirements.lock -o requirements-build.lock -
	$(COMPILE) --no-build-isolation --extra captions --extra build --extra test --extra dev \
	    -c requirements.lock -o requirements-dev.lock pyproject.toml
	@$(BIN)/python tests/front_end.py lock
