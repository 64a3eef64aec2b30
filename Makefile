# Everything runs from .venv, which `make env` builds from pinned versions; a second `make env` does nothing.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp

.PHONY: env demo test test-slow test-small-install lint bench docs dist clean

env: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all]'
	touch $@

demo: env
	$(BIN)/fundusfm demo --out demo --resume

# One thread per process: two test processes on two cores would otherwise fight for them.
test: env
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --import-mode=importlib

# Tests that take more than ten seconds each: several processes and hosts, whole studies, the tutorial.
test-slow: env
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --import-mode=importlib -m slow

# The wheel in fresh environments, the container's commands, the systemd unit; prints sizes. Part of test-slow.
test-small-install: env
	OMP_NUM_THREADS=1 $(BIN)/pytest --import-mode=importlib -m 'slow or not slow' tests/deploy

lint: env
	$(BIN)/ruff check src tests benchmarks experiments docs
	$(BIN)/ruff check --preview --select PLW1514 src tests benchmarks experiments docs  # no file in the system's encoding
	$(BIN)/ruff format --check src tests benchmarks experiments docs
	$(BIN)/mypy

# Ours beside the usual pipeline, in turns; about an hour on two idle cores.
bench: env
	$(BIN)/python -m benchmarks

# Strict: a link that leads nowhere, or a docstring that does not fit its signature, is an error. tests/docs does the same.
docs: env
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo build/docs/index.html

# Wheel and source archive; from one commit always the same bytes.
dist: env
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*
	cd dist && sha256sum *

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache build dist demo
