# make run, make test, make lint, make bench, make faults: each does its own set-up.
# Needs git, make and Python 3.11 with venv.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DB ?= sqlite
# Of test processes, on two cores: much of what tests do is waiting.
WORKERS ?= 3
POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/postgres
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: help run test thorough lint openapi format bench faults fuzz lock clean

help:
	@echo "make run     serve the workspace on http://127.0.0.1:$(PORT)/ (PORT=... for another)"
	@echo "make test    every test, browser included (DB=postgres: on PostgreSQL, with two servers and Redis)"
	@echo "make thorough  the rest of the tests in a browser and of the server: other themes, widths, faults"
	@echo "make lint    formatter, linter, types, migrations, deployment check, import directions"
	@echo "make openapi writes docs/openapi.yaml, the description of the API, and its table in docs/api.md"
	@echo "make fuzz    thousands of generated calls to the API against its description (EXAMPLES=, SEED=, ONLY=ids)"
	@echo "make bench   the figures of docs/performance.md, measured here"
	@echo "make inspect TOKEN=...  the tools of /mcp, by the official inspector"
	@echo "make faults  the long campaign of kills and cuts; a Word file in LibreOffice"

# ------------------------------------------------------------------ set-up

$(VENV)/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed: sudo apt-get install python3 python3-venv (or set PYTHON=)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: sudo apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/scale.stamp: requirements-scale.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-scale.txt
	@touch $@

$(VENV)/providers.stamp: requirements-providers.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-providers.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: chromium
chromium:
	@command -v chromium-headless-shell >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the browser tests"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium-headless-shell >/dev/null; \
	  elif command -v chromium >/dev/null; then true; \
	  else echo "The browser tests need Chromium: sudo apt-get install chromium-headless-shell"; exit 1; fi; }

.PHONY: curl
curl:
	@command -v curl >/dev/null || { echo "The tests of docs/api.md need curl: sudo apt-get install curl"; exit 1; }

.PHONY: services
services:
	@$(BIN)/python -m tests.services || exit 1

# ------------------------------------------------------------------ run

run: $(VENV)/run.stamp
	@if [[ "$${DATABASE_URL:-}" == postgres* || -n "$${REDIS_URL:-}" ]] || grep -qsE '^ *(export +)?(DATABASE_URL *= *["'"'"']?postgres|REDIS_URL *= *[^ ])' .env; then $(MAKE) --no-print-directory $(VENV)/scale.stamp; fi
	@if [[ -n "$${OPENAI_API_KEY:-}$${GEMINI_API_KEY:-}$${COMPATIBLE_SERVERS:-}" ]] || grep -qsE '^ *(export +)?(OPENAI_API_KEY|GEMINI_API_KEY|COMPATIBLE_SERVERS) *= *[^ ]' .env; then $(MAKE) --no-print-directory $(VENV)/providers.stamp; fi
	@$(BIN)/python manage.py migrate --no-input -v 0
	@$(BIN)/python manage.py collectstatic --no-input -v 0
	@$(BIN)/python manage.py first_admin --port $(PORT)
	@SIGNUP=$${SIGNUP:-on} exec $(BIN)/python manage.py serve --port $(PORT)

# ------------------------------------------------------------------ checks

ifeq ($(DB),postgres)
test: $(VENV)/dev.stamp services
	DATABASE_URL=$(POSTGRES_URL) $(BIN)/python -m pytest -n $(WORKERS) -m "not browser and not server and not scale and not thorough" --no-skips
	DATABASE_URL=$(POSTGRES_URL) $(BIN)/python -m pytest -m scale --no-skips
else
test: $(VENV)/dev.stamp chromium curl
	$(BIN)/python -m pytest -n $(WORKERS) -m "not browser and not server and not scale and not thorough"
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "(server or browser) and not thorough" || \
	  { echo "What failed beside others is run once more, by itself:"; \
	    $(BIN)/python -m pytest -m "(server or browser) and not thorough" --last-failed --last-failed-no-failures none; }
endif

thorough: $(VENV)/dev.stamp chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "thorough"

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	@mkdir -p var && $(OPENAPI) --file var/openapi.yaml && diff -u docs/openapi.yaml var/openapi.yaml || { echo "docs/openapi.yaml is not what the API is: make openapi"; exit 1; }
	HTTPS=on SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python -m pytest -q tests/test_architecture.py
	@! grep -n "://" requirements*.txt || { echo "The lock must hold no addresses."; exit 1; }
	@$(BIN)/python -m tests.sizes

# The description as it is without any setting: as a workspace of no name, by http.
OPENAPI := env -u SITE_NAME -u HTTPS $(BIN)/python manage.py spectacular --validate --fail-on-warn
openapi: $(VENV)/run.stamp
	$(OPENAPI) --file docs/openapi.yaml
	$(BIN)/python -m tests.api.reference

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(VENV)/dev.stamp
	FUZZ_EXAMPLES=$(or $(EXAMPLES),100) FUZZ_SEED=$(or $(SEED),1) FUZZ_ONLY='$(ONLY)' $(BIN)/python -m pytest -q -s -p no:logging tests/api/test_fuzz.py

faults: $(VENV)/dev.stamp chromium
	$(BIN)/python -m tests.server.campaign $(ARGS)
	$(BIN)/python -m tests.exports.office

# Names, versions and hashes; no addresses.
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet
lock: $(VENV)/dev.stamp
	$(LOCK) -o requirements.txt
	$(LOCK) --extra scale -c requirements.txt -o requirements-scale.txt
	$(LOCK) --extra providers -c requirements.txt -o requirements-providers.txt
	$(LOCK) --extra scale --extra providers --extra dev -c requirements.txt -o requirements-dev.txt

# Needs Node 20 or newer; not part of any check.
.PHONY: inspect
URL ?= http://127.0.0.1:$(PORT)/mcp
METHOD ?= --method tools/list
inspect:
	@test -n "$(TOKEN)" || { echo "make inspect TOKEN=... [URL=$(URL)] [METHOD='--method tools/call --tool-name analyze_costs']"; exit 1; }
	@npx -y @modelcontextprotocol/inspector@0.17.5 --cli $(URL) --transport http --header "Authorization: Bearer $(TOKEN)" $(METHOD)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results
