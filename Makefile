# The commands of the project; `make` alone lists them.
# PYTHON chooses the interpreter .venv is made with, PORT where `make run` serves, STAGE what is packaged and deployed.

PORT ?= 8000
STAGE ?= prod
# One worker more than cores: each waits for its own local AWS half of the time.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1 )))
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
endif
PY := .venv/bin/python

.PHONY: help run test check openapi clean venv package lock deploy rehearse bench admin
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: venv ## the whole platform on this machine, with demo data: make run [PORT=8000]
	@PORT=$(PORT) exec $(PY) -m dev.run

test: check ## everything that must pass: lint, format, types, tests
	@echo "Tests (pytest) ..."
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile

check: venv ## lint, format and types alone
	@echo "Lint (ruff check) ..."
	@$(PY) -m ruff check .
	@echo "Format (ruff format --check) ..."
	@$(PY) -m ruff format --check .
	@echo "Types (mypy --strict) ..."
	@$(PY) -m mypy

openapi: venv ## write docs/openapi.json from the routes and their types
	@$(PY) -m dev.openapi

package: venv ## what CloudFormation deploys, in build/<stage>: make package STAGE=prod
	@$(PY) -m dev.packaging $(STAGE)

deploy: venv ## build/<stage> to AWS: make deploy STAGE=prod [WITH="AlarmEmail=... Front=waf"]; docs/runbook.md
	@$(PY) -m dev.deploy $(STAGE) $(WITH)

rehearse: venv ## package, lint, deploy on the local AWS, use it, update it, delete it
	@$(PY) -m dev.rehearse

bench: venv ## what it costs, against its targets and other frameworks: make bench [ONLY=cold,warm]; docs/benchmarks.md
	@$(PY) -m bench $(ONLY)

lock: venv ## write requirements.lock anew after a change of requirements.txt
	@$(PY) -m dev.packaging.lock

admin: venv ## an operator's command: make admin DO="first-administrator PHONE" STAGE=prod; docs/runbook.md
	@$(PY) -m dev.admin $(DO) --stage $(STAGE)

clean: venv ## remove the local run's data; .venv stays
	@$(PY) -m dev.clean

venv:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "MicroWish needs Python 3.11 or newer. Name one: make run PYTHON=/path/to/python3.13"; exit 1; }
	@$(PYTHON) dev/venv.py
