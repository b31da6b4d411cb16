# What one can do here. `make run` and `make test` do their own set-up.
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))) python3)
UV := $(shell command -v uv 2>/dev/null)
STAMP = $(VENV)/.installed-$(1)
CATALOGS := $(patsubst %.po,%.mo,$(wildcard community/translations/*/LC_MESSAGES/messages.po))
ARGS ?=
export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help setup run test check fix bench vendor lock messages clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(call STAMP,run) $(CATALOGS) ## a virtual environment with what Kith needs to run

run: setup ## the site with its jobs and a demo town on SQLite (PORT=8000)
	@KITH_ENV=$${KITH_ENV:-development} PUBLIC_URL=$${PUBLIC_URL:-http://127.0.0.1:$(PORT)} \
	  $(BIN)/flask --app wsgi setup --demo && \
	KITH_ENV=$${KITH_ENV:-development} PUBLIC_URL=$${PUBLIC_URL:-http://127.0.0.1:$(PORT)} \
	  $(BIN)/flask --app wsgi serve --port $(PORT) --with-jobs

test: $(call STAMP,dev) $(CATALOGS) ## everything that must hold: lint, types, unit, property, browser, both databases
	@BIN=$(BIN) scripts/test $(ARGS)

check: $(call STAMP,dev) $(CATALOGS) ## style, types, templates, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/djlint --check --lint --quiet templates
	$(BIN)/lint-imports

fix: $(call STAMP,dev) ## put style right where a tool can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint --reformat --quiet templates

bench: $(call STAMP,dev) $(CATALOGS) ## measure; prints tables
	@for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

vendor: $(call STAMP,dev) ## fetch front-end files anew (needs Node)
	$(BIN)/python scripts/vendor.py

messages: $(call STAMP,dev) ## collect texts to translate
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k gettext -k ngettext:1,2 --no-location --omit-header -o /tmp/kith.pot .
	$(BIN)/pybabel -q update --no-wrap --ignore-pot-creation-date --no-fuzzy-matching --ignore-obsolete -i /tmp/kith.pot -d community/translations

lock: $(call STAMP,dev) ## pin every dependency with its hashes
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header pyproject.toml --extra production -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header pyproject.toml --extra production --group dev -o requirements-dev.lock

clean: ## remove what was made here, but for your data
	rm -rf $(VENV) node_modules build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage *.egg-info
	find community/translations -name '*.mo' -delete

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kith needs Python 3.11 or newer, found $$($(PYTHON) --version)"; exit 1; }
ifneq ($(UV),)
	@$(UV) venv -q --python $(PYTHON) $(VENV)
else
	@$(PYTHON) -m venv $(VENV)
endif

$(call STAMP,run): requirements.lock | $(BIN)/python
	@echo "Installing what Kith needs (once) …"
ifneq ($(UV),)
	@$(UV) pip install -q --python $(BIN)/python --no-deps --require-hashes -r $<
else
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
endif
	@touch $@

$(call STAMP,dev): requirements-dev.lock | $(BIN)/python
	@echo "Installing what Kith and its tests need (once) …"
ifneq ($(UV),)
	@$(UV) pip install -q --python $(BIN)/python --no-deps --require-hashes -r $<
else
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
endif
	@touch $@ $(call STAMP,run)

%.mo: %.po | $(BIN)/python
	@$(BIN)/pybabel -q compile -i $< -o $@ 
