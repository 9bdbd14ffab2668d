# make run   sets everything up, starts the server, translates a sample, says where everything is
# make test  sets everything up and runs the tests
# make lint, make audit, make bench, make docs, make down, make clean
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run test lint audit bench docs down clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.khelmerch-setup
SAMPLE ?= $(firstword $(sort $(wildcard samples/*.docx)))
FROM ?= mon_Cyrl
TO ?= cmn_Hans
TESTS ?=
# Test processes. Tests that share a Ray stay in one of them.
WORKERS ?= 2
# Those that need nothing but this repository; the others want a model or evaluation text, and say so in their --help.
BENCH ?= dispatch_speed crash

help:
	@sed -n '1,3s/^# //p' Makefile

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@if [ ! -x $(BIN)/python ]; then \
	  python=; \
	  for name in python3.11 python3 python3.12 python3.13; do \
	    if command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; \
	    then python=$$name; break; fi; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "Khelmerch needs Python 3.11, 3.12 or 3.13, and none was found on PATH; install one (Debian: apt-get install python3.11 python3.11-venv) and run make again." >&2; exit 1; \
	  fi; \
	  echo "Creating $(VENV) with $$($$python --version)"; \
	  if ! $$python -m venv $(VENV); then \
	    rm -rf $(VENV); echo "$$python cannot create virtual environments; install its venv package (Debian: apt-get install $$python-venv) and run make again." >&2; exit 1; \
	  fi; \
	fi
	@echo "Installing the packages of constraints.txt into $(VENV) (several minutes the first time; log: $(VENV)/setup.log)"
	@if ! PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --progress-bar off -c constraints.txt -e '.[dev]' 2>&1 | tee $(VENV)/setup.log \
	  | awk '/^(Collecting|Requirement already)/ { n++; if (n % 20 == 0) { print "  " n " requirements looked at"; fflush() } } \
	         /^ *Downloading .*\((9|[0-9][0-9]+)\.?[0-9]* [MG]B\)/ { print "  " $$1 " " $$2 " " $$3 " " $$4; fflush() } \
	         /^Installing collected/ { print "  unpacking (a minute or two)"; fflush() }'; \
	then echo "The installation failed; its last lines:" >&2; tail -n 15 $(VENV)/setup.log >&2; exit 1; fi
	@touch $(STAMP)
	@echo "Ready: $(BIN)/khelmerch"

run: setup
	@if [ -z "$(SAMPLE)" ]; then echo "There is no .docx in samples/; name a file with: make run SAMPLE=path/to/file.docx" >&2; exit 1; fi
	@$(BIN)/khelmerch up
	@$(BIN)/khelmerch translate "$(SAMPLE)" --from $(FROM) --to $(TO) --out data/out
	@$(BIN)/khelmerch status
	@echo "The server keeps running; stop it with: make down"

test: setup
	@$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder $(TESTS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# Known faults of the pinned packages; needs the network, and ends with 3 when nothing could be looked up.
audit: setup
	@$(BIN)/python -m pip install --quiet -c constraints.txt 'pip-audit>=2.9' || echo "pip-audit could not be installed." >&2
	@$(BIN)/python deploy/audit.py

# The benchmarks of BENCH, one after the other; a single one with: make bench BENCH=name
bench: setup
	@for name in $(BENCH); do echo "== benchmarks.$$name"; $(BIN)/python -m benchmarks.$$name; done

# The site of docs/, into build/site
docs: setup
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[docs]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

down:
	@if [ -x $(BIN)/khelmerch ]; then $(BIN)/khelmerch down; else echo "Nothing is installed here, so nothing runs."; fi

# Keeps data/ (the database, uploads and results). Stops the server first, since it runs from the environment that goes.
clean: down
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -path ./data -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
