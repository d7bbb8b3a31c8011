# Two commands do everything: `make run` opens the player on a demo library, `make test` runs the tests.
# Both set up what they need in .venv the first time and again when the pins change.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.auralis-ready
INPUTS := pyproject.toml constraints.txt

TESTS := $(BIN)/python -m pytest
AT_ONCE := --numprocesses 3 --dist loadfile  # notebooks and files whole; sound in a browser alone

NOTEBOOKS := notebooks/*.ipynb
PAGES := build/notebooks

DOCUMENTED := audio errors settings library shelf lab track analysis.profile analysis.loudness analysis.fingerprint \
  analysis.comparison plan.enhance plan.model plan.presets render.grid render.renderer \
  render.chunks render.chains render.seams render.cache dsp.fades jobs.enhance jobs.export \
  jobs.experiment jobs.experimentresult jobs.measure catalogue.scanning.scan catalogue.finding.queries \
  catalogue.playlists.playlists catalogue.listening.marks catalogue.listening.plays \
  catalogue.listening.statistics catalogue.editing.edits catalogue.experiments.experiments \
  stream.protocol stream.session player.dashboard view

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all notebooks reference lint format bench clean

help:  ## Show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## Create .venv with everything pinned, and compile the kernels

# uv when it is there, else the standard library's venv and pip.
$(STAMP): $(INPUTS)
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); sys.exit(None if ok else "auralis_lab needs Python 3.11 to 3.13, %s is %s; choose one with: make PYTHON=python3.12" % (sys.executable, sys.version.split()[0]))'
	@if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then \
	  echo "setting up $(VENV) with uv" && \
	  { [ -x $(BIN)/python ] || uv venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV); } && \
	  uv pip install --quiet --compile-bytecode --python $(VENV) --constraint constraints.txt --editable '.[lab,scale,dev]'; \
	else \
	  echo "setting up $(VENV) with pip; the first time takes a few minutes" && \
	  { [ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear $(VENV); } && \
	  $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[lab,scale,dev]'; \
	fi
	@echo "compiling the kernels" && $(BIN)/python -m auralis_lab.warm
	@touch $@

run: $(STAMP)  ## Open the player dashboard on the demo library
	$(BIN)/auralis demo $(RUN_OPTIONS)

test: $(STAMP) lint  ## Lint, types, tests, doctests, notebooks
	$(TESTS) -m 'not slow and not browser' $(AT_ONCE)
	$(TESTS) -m 'not slow and browser'

test-all: $(STAMP) lint  ## The same with the slow soak and scale tests, and every example
	AURALIS_THOROUGH=1 $(TESTS) -m 'not slow and not browser' $(AT_ONCE)
	AURALIS_THOROUGH=1 $(TESTS) -m 'slow or browser'

notebooks: $(STAMP)  ## Execute every notebook from clean, as pages in build/notebooks
	rm -rf $(PAGES)
	AURALIS_DATA_DIR=$(CURDIR)/$(PAGES)/.data AURALIS_CACHE_DIR=$(CURDIR)/$(PAGES)/.cache \
	  $(BIN)/jupyter nbconvert --to html --execute --output-dir $(PAGES) $(NOTEBOOKS)
	rm -rf $(PAGES)/.data $(PAGES)/.cache
	@echo "the pages are in $(PAGES)"

reference: $(STAMP)  ## The reference of the Python API, as pages in build/reference
	$(BIN)/python -W error -m pdoc --docformat numpy --output-directory build/reference \
	  auralis_lab $(DOCUMENTED:%=auralis_lab.%)
	@echo "open build/reference/index.html"

lint: $(STAMP)  ## Style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP)  ## Speed and memory against other tools, in one run
	@if [ -x $(BIN)/pip ]; then $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'; \
	else uv pip install --quiet --python $(VENV) --constraint constraints.txt --editable '.[bench]'; fi
	@$(BIN)/python -m tests.benchmarks.bench
	@$(BIN)/python -m tests.benchmarks.summary

format: $(STAMP)  ## Put the source in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove what was set up and made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis data/demo build
