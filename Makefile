# `make demo` and `make test` need one thing installed: a Python 3.11, 3.12 or 3.13.
# Everything else goes into .venv. PostgreSQL comes along unless DATABASE_URL names one.

VENV ?= .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
BESIDE_POSTGRESQL := $(PY) -m saleor_wechat_returns.embedded --
VERSIONS := 3.11 3.12 3.13
TESTS := tests
ELSEWHERE := tests/domain tests/usecases
CACHES := .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
GENERATED := schema.graphql docs/*.md

export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

# $(call find_python,VERSIONS): a shell command that prints a Python of one of these versions, or
# nothing. Candidates are run, not looked up: a name on PATH may be a shim that fails. They are
# asked for venv and ensurepip too, which some systems package apart.
find_python = for candidate in $(PYTHON) python3.12 python3.11 python3.13 python3 python \
	  "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[123].*/bin/python; do \
	    "$$candidate" -c 'import sys, venv, ensurepip; \
	sys.exit("%d.%d" % sys.version_info[:2] not in "$(1)".split())' >/dev/null 2>&1 \
	      && { echo "$$candidate"; break; }; \
	  done

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: demo
demo: $(READY) ## a shop, a customer and a refund, simulated; ONCE=1 plays the story and ends
	@$(BESIDE_POSTGRESQL) $(PY) -m saleor_wechat_returns demo

.PHONY: test
test: $(READY) ## every test; ARGS="-k refund" for some, in one process
	@echo "== tests, $$($(PY) -V)"
ifdef ARGS
	@$(BESIDE_POSTGRESQL) $(PY) -m pytest $(ARGS)
else
	@$(call pytest,$(PY),$(TESTS))
	@for version in $(VERSIONS); do \
	  $(MAKE) --no-print-directory -s elsewhere VERSION=$$version || exit; \
	done
endif

# $(call pytest,PYTHON,FOLDERS): a process per core, each with a database of its own; then those
# tests that nothing may run beside (5: there are none of them).
pytest = $(1) -m saleor_wechat_returns.embedded -- \
	  $(1) -m pytest -n logical --maxprocesses 4 --dist worksteal -m "not alone" $(2) \
	&& { $(1) -m saleor_wechat_returns.embedded -- $(1) -m pytest -m alone $(2) \
	  || [ $$? -eq 5 ]; }

# The rules and the use cases on another Python, where there is one.
.PHONY: elsewhere
elsewhere:
	@$(PY) -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] == "$(VERSION)")' || exit 0; \
	python=$$($(call find_python,$(VERSION))); \
	if [ -z "$$python" ]; then \
	  echo "== SKIPPED: no Python $(VERSION) found, so it is not shown that $(ELSEWHERE) pass there"; \
	  exit 0; \
	fi; \
	echo "== $(ELSEWHERE), Python $(VERSION)"; \
	other=.venv-$(VERSION)/bin/python ready=.venv-$(VERSION)/.ready; \
	if [ ! -e $$ready ] || [ setup.cfg -nt $$ready ] || [ constraints.txt -nt $$ready ]; then \
	  "$$python" -m venv --clear .venv-$(VERSION) \
	  && $$other -m pip install -q -c constraints.txt -e '.[dev]' \
	  && touch $$ready || exit; \
	fi; \
	$(call pytest,$$other,$(ELSEWHERE))

.PHONY: bench
bench: $(READY) ## what uploads cost in memory, measured
	@$(BESIDE_POSTGRESQL) $(PY) -m bench

.PHONY: check
check: export DEBUG = 1
check: $(READY) ## style, types, direction of imports, leftovers, migrations, generated files
	@echo "== ruff"
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@echo "== mypy"
	@$(PY) -m mypy
	@echo "== import-linter"
	@$(VENV)/bin/lint-imports --no-logo
	@echo "== leftovers of a merge"
	@! git grep -nE '^(<{7}|>{7}) '
	@echo "== migrations"
	@$(PY) manage.py makemigrations --check --dry-run
	@echo "== generated files"
	@before=$$(cat $(GENERATED) 2>/dev/null | cksum); \
	$(MAKE) --no-print-directory -s schema docs || exit; \
	[ "$$before" = "$$(cat $(GENERATED) 2>/dev/null | cksum)" ] || { \
	  echo "They were out of step with the code. They are fresh now: commit them."; exit 1; }

.PHONY: schema
schema: export DEBUG = 1
schema: $(READY) ## write schema.graphql
	@$(PY) -m saleor_wechat_returns schema

.PHONY: docs
docs: export DEBUG = 1
docs: $(READY) ## write the generated pages of docs/
	@$(PY) -m saleor_wechat_returns docs

.PHONY: clean
clean: ## remove what make has made, and what killed runs left in the temporary folder
	@python=$$($(call find_python,$(VERSIONS))); \
	[ -z "$$python" ] || "$$python" -m saleor_wechat_returns.embedded --clean
	rm -rf $(VENV) $(VERSIONS:%=.venv-%) $(CACHES) *.egg-info build dist tests/strangers/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): setup.cfg constraints.txt
	@python=$$($(call find_python,$(VERSIONS))); \
	if [ -z "$$python" ]; then \
	  echo "No Python 3.11, 3.12 or 3.13 with venv was found. Install one (Debian and Ubuntu:" >&2; \
	  echo "apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python" >&2; \
	  exit 1; \
	fi; \
	echo "== installing into $(VENV), $$("$$python" -V)"; \
	"$$python" -m venv --clear $(VENV)
	@$(PY) -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@
