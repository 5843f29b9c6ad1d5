# The commands of the project. `make up` runs the product, `make test` tests it; both set themselves up.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := services/common services/api services/consumer services/admin operator dev
READY := $(VENV)/.ready
# Most integration tests wait for a server: four at once keep two cores busy. WORKERS=0 runs them one by one.
WORKERS ?= 4
# A worker takes a file at a time, in the order given: those that wait long first, so that all end at about one time.
# One that crashes ends the run; in another's place it would only crash again.
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0

.DEFAULT_GOAL := help
.PHONY: help setup up test test-unit test-integration lint types imports format lock kafka database reset-database \
	stop smoke clean test-long test-operator simulate-scaling bench-reports bench-sizing images e2e

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: $(READY) ## make the virtual environment

# Python's own venv and pip, so that nothing has to be there first; again whenever a requirement changes.
$(READY): requirements/dev.txt $(PACKAGES:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python >= 3.11 is needed; this is $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "installing into $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "python -m venv failed; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  $(PACKAGES:%=-e %)
	@touch $@

up: setup ## run everything here: Kafka, Postgres, API, consumer, classrooms (TRAFFIC=off RATE= PORT= ANSWERS= KAFKA_ENABLED=)
	@exec $(BIN)/ingestor-dev up

test: setup lint types imports ## what needs no cluster, some minutes; the long tests are apart
	$(PYTEST) tests/integration tests/unit -m "not long"

test-long: setup ## the long tests: outages, restarts and crowds, and the operator's (a real API server: KUBEBUILDER_ASSETS)
	$(PYTEST) tests/integration tests/unit -m long

test-unit: setup ## the tests that start nothing
	$(PYTEST) tests/unit

test-integration: setup ## the tests against the real Kafka and Postgres
	$(PYTEST) tests/integration

test-operator: setup ## the operator's tests alone (a real API server: KUBEBUILDER_ASSETS)
	$(PYTEST) tests/integration/operator tests/unit/ingestor_operator

simulate-scaling: setup ## a simulated school day: how many consumers we and others would run, with plots
	$(BIN)/python bench/scaling/run.py

bench-reports: setup ## reports and queries at 10 million answers, reports at 100 thousand too (some minutes, some GB of disk)
	$(BIN)/python bench/reports/run.py

bench-sizing: setup ## what an event costs in CPU, memory and bytes, and what an installation needs by that (some minutes)
	$(BIN)/python bench/sizing/run.py

images: ## build the three container images, and list what is in each (dist/sbom)
	scripts/images

e2e: setup ## the whole system on a kind cluster (docker, kind, kubectl, helm, tilt; KIND_NODE_IMAGE chooses the node)
	scripts/e2e

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy $(PACKAGES) tests scripts

imports: setup
	$(BIN)/lint-imports

format: setup ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## resolve the pinned requirements anew (needs uv)
	requirements/lock.sh

kafka: setup ## just the Kafka, with its topic, on 9092, in the background (make stop)
	@exec $(BIN)/ingestor-dev kafka

database: setup ## just the database, on 5432, in the background (make stop)
	@exec $(BIN)/ingestor-dev database

reset-database: setup ## start the database afresh, after asking
	@exec $(BIN)/ingestor-dev reset-database

stop: setup ## stop what `make kafka` and `make database` started
	@exec $(BIN)/ingestor-dev stop

smoke: setup ## the set-up guide's integration test against what runs on localhost:8080
	@exec $(BIN)/ingestor-dev smoke

clean: ## remove the data of make up (.dev); keeps the virtual environment
	@if [ -x $(BIN)/ingestor-dev ]; then $(BIN)/ingestor-dev clean; else rm -rf .dev; fi
