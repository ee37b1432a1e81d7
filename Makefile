# The two commands a newcomer needs are `make demo` and `make test`; each sets up what it lacks.

PYTHON ?= python3
EXAMPLES ?= 100
OUT ?= gpu_output
MINUTES ?= 9
VENV := .venv
RUN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
OCTAVE := octave-cli --norc --no-history --quiet

# One process of pytest for each core, in which torch and BLAS take one thread and sleep when they wait.
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
PYTEST := OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(RUN) -m pytest
PARALLEL := --numprocesses $(WORKERS) --dist worksteal

.PHONY: help demo docs test lint test-python test-matlab test-parity parity test-slow mutate octave-package octave g++ dist matlab-engine \
  bench bench-full compare data paper-small gpu clean

help:
	@echo "make demo     a network forgets 20 samples, and FOCI selects features (under 3 minutes)"
	@echo "make docs     the documentation site, in bench_output/site, without a network"
	@echo "make test     lint, Python tests, MATLAB tests in Octave, parity tests"
	@echo "make parity EXAMPLES=2000   the parity tests alone, with more examples per law"
	@echo "make test-slow     calibration and power of the tests (about ten minutes)"
	@echo "make mutate   break the code line by line and see a test fail (tens of minutes)"
	@echo "make octave-package     dist/lcodec-octave-<version>.tar.gz for 'pkg install'"
	@echo "make dist     wheel and sdist in dist/python, checked (PYTHONS='python3.10 python3.13')"
	@echo "make lint     ruff, mypy, miss_hit and the source check of the MATLAB code"
	@echo "make bench    speed beside other packages (minutes; make bench-full: all of it, half an hour)"
	@echo "make compare  FociSelector beside other selectors on real tables (half an hour)"
	@echo "make paper-small   the paper's experiments on small data (a quarter of an hour)"
	@echo "make data     MNIST and Fashion-MNIST in bench_output/data, for 'python -m bench.paper NAME --data'"
	@echo "make gpu      all that needs a CUDA device, in $(MINUTES) minutes at most; installs nothing"
	@echo "make clean    remove what these commands made"

demo: $(VENV)/demo.installed
	@$(RUN) python/examples/forget_digits.py --output demo_output

# The tests in Octave take one core, so those of the parity run beside them.
test: lint test-python
	@$(MAKE) --no-print-directory --jobs 2 test-matlab test-parity

lint: $(VENV)/test.installed
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(RUN) -m miss_hit.mh_lint matlab parity_tests/engine
	@$(RUN) -m miss_hit_core.mh_style matlab parity_tests/engine
	@$(RUN) -m parity_tests.check_matlab_source
	@$(RUN) -m check_jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(RUN) -m check_jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff

test-python: $(VENV)/test.installed g++
	@$(RUN) -m python.tests.compile_kernels
	@$(PYTEST) $(PARALLEL) python/tests --ignore python/tests/slow

docs: $(VENV)/test.installed
	@$(RUN) -m sphinx -q -W --keep-going -b html -c docs/site docs bench_output/site
	@echo "open bench_output/site/index.html"

test-slow: $(VENV)/test.installed
	@$(RUN) -m pytest python/tests/slow -s

mutate: $(VENV)/test.installed octave
	@$(RUN) -m python.tests.mutation

test-matlab: octave
	@$(OCTAVE) --eval "cd matlab/tests; run_tests"
	@sh matlab/package/test_octave_package.sh

octave-package: octave
	@sh matlab/package/make_octave_package.sh

# LCODEC_REPOSITORY is the address that links lead to: see hatch_build.py.
dist: $(VENV)/dist.installed
	@rm -rf dist/python
	@$(RUN) -m build --outdir dist/python >/dev/null
	@$(RUN) -m twine check --strict dist/python/*
	@$(RUN) python/package/test_dist.py dist/python

test-parity: $(VENV)/test.installed octave
	@EXAMPLES=$(EXAMPLES) $(PYTEST) $(PARALLEL) parity_tests

# For LCODEC_ENGINE=matlab: the engine of the MATLAB that is there, such as ENGINE=26.2 for R2026b.
matlab-engine: $(VENV)/test.installed
	@$(PIP) "matlabengine==$(ENGINE).*"

parity: export PARITY_REPORT = 1
parity: test-parity

bench: $(VENV)/bench.installed $(VENV)/peers.installed
	@$(RUN) -m bench --output bench_output

bench-full: $(VENV)/bench.installed $(VENV)/peers.installed
	@$(RUN) -m bench --full --output bench/results/speed --readme

compare: $(VENV)/compare.installed
	@OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 PYTHONPATH=python $(VENV)/peers/bin/python \
	  -m bench.selection.compare --output bench_output/compare.json

# An experiment for each core, in one thread; what it prints is in small.log beside its account.
paper-small: $(VENV)/demo.installed $(VENV)/bench.installed
	@rm -rf bench_output/paper/*/small*
	@$(RUN) -m bench.paper list | cut -d ' ' -f 1 | OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 xargs -P $(WORKERS) -I NAME sh -c \
	  'log=bench_output/paper/NAME/small.log; mkdir -p bench_output/paper/NAME; \
	  $(RUN) -m bench.paper NAME --small >$$log 2>&1 && echo "NAME: bench_output/paper/NAME/small.md" || \
	  { echo "NAME failed:"; tail -n 20 $$log; exit 255; }'

data: $(RUN)
	@$(RUN) -m bench.paper.fetch bench_output/data

# With the Python that is there: such a machine may have no network. DRY_RUN=1 needs no GPU.
gpu:
	@PYTHONPATH=python:. $(PYTHON) -m bench.gpu --folder "$(OUT)" --minutes $(MINUTES) \
	  $(if $(DRY_RUN),--dry-run)

# The other packages have an environment of their own, of Python 3.12 where there is one.
$(VENV)/peers.installed: bench/speed/peers.txt constraints.txt | $(RUN)
	@echo "installing the packages to compare with into $(VENV)/peers ..."
	@$$(python3.12 -c 'import sys; print(sys.executable)' 2>/dev/null || echo $(RUN)) -m venv $(VENV)/peers
	@grep -v '^pandas' constraints.txt >$(VENV)/peers/constraints.txt
	@$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint $(VENV)/peers/constraints.txt --requirement bench/speed/peers.txt && touch $@ || \
	  echo "some could not be installed: they will be reported as absent"

# With lcodec from the path, and the tables of ISLP without the packages that it needs.
$(VENV)/compare.installed: $(wildcard bench/selection/compare/*.txt) $(VENV)/peers.installed
	@echo "installing what the comparison needs into $(VENV)/peers ..."
	@$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint $(VENV)/peers/constraints.txt --requirement bench/selection/compare/packages.txt
	@$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --requirement bench/selection/compare/tables.txt
	@touch $@

# One environment for both commands; torch comes first, so that nothing else chooses its build.
$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "lcodec needs Python 3.10 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call apt,python3-venv)
	@$(PYTHON) -m venv $(VENV)

$(VENV)/%.installed: pyproject.toml constraints.txt | $(RUN)
	@echo "installing what 'make $*' needs into $(VENV) ..."
	@$(PIP) $$(grep '^torch==' constraints.txt)
	@$(PIP) --editable '.[$*]'
	@touch $@

# Without torch, unlike what the rule above installs.
$(VENV)/dist.installed: pyproject.toml constraints.txt | $(RUN)
	@$(PIP) --editable '.[dist]'
	@touch $@

octave:
	@command -v octave-cli >/dev/null || $(call apt,octave)

g++: # runs the CUDA kernels on the CPU
	@command -v g++ >/dev/null || $(call apt,g++)

# Install a Debian package when that is allowed, else say how to and fail.
apt = { if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
    echo "installing $(1) with apt-get ..."; \
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null; \
  else echo "$(1) is missing; install it and try again: sudo apt-get install $(1)"; exit 1; fi; }

clean:
	rm -rf $(VENV) dist demo_output bench_output gpu_output .hypothesis .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
