# Two commands do everything on a fresh machine: `make report` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all
NOTES ?= 2000
# Programs that only the live capture of amsynth needs, and those that only `make test-slurm` needs.
SYNTH_PACKAGES := amsynth jackd2 libportaudio2
SLURM_PACKAGES := munge slurm-client slurmctld slurmd

.PHONY: help report report-amsynth report-amsynth-plug-in test test-slurm lint docs voice-figures \
  bench soak system-packages slurm-packages clean

help:
	@echo "make report           run the workflow at quick scale, write results/report.html"
	@echo "make report-amsynth   the same on Debian's amsynth, captured live over MIDI"
	@echo "make report-amsynth-plug-in   the same on amsynth as a plug-in, rendered offline"
	@echo "make test             install what the tests need and run them"
	@echo "make test-slurm       run the tiny workflow through a Slurm of its own, on this machine"
	@echo "make lint             formatters, linters, type checker, snakemake --lint"
	@echo "make docs             regenerate config/README.md and config/schema.json"
	@echo "make voice-figures    measure the built-in voice, write docs/voice.md and its figures"
	@echo "make bench            measure, write results/bench.csv"
	@echo "make soak             capture 2,000 notes of amsynth live while its processes are killed"

report: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES)
	$(BIN)/snakemake --report results/snakemake-report.html

report-amsynth: $(VENV)/installed system-packages
	$(BIN)/snakemake --cores $(CORES) --configfile config/amsynth.yaml
	$(BIN)/snakemake --configfile config/amsynth.yaml --report results/amsynth/snakemake-report.html

report-amsynth-plug-in: $(VENV)/installed system-packages
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[plug-in]'
	$(BIN)/snakemake --cores $(CORES) --configfile config/amsynth-plug-in.yaml

test: $(VENV)/installed-dev system-packages
	$(BIN)/pytest

test-slurm: $(VENV)/installed-dev slurm-packages
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[slurm]'
	$(BIN)/pytest -m slurm tests/workflow/test_slurm.py

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint

docs: $(VENV)/installed-dev
	$(BIN)/synthinv docs

voice-figures: $(VENV)/installed
	$(BIN)/python -m synthinv.voice_page docs

# BENCH=render measures one benchmark only; BENCH=voice_steps is measured only when named.
bench: $(VENV)/installed system-packages
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python benchmarks/run.py $(BENCH)

# NOTES=200 is a short one. What was captured is kept; `rm -r results/soak` starts anew.
soak: $(VENV)/installed-dev system-packages
	$(BIN)/python -m tests.workflow.soak $(NOTES)

# $(1) is a test that the programs are there, $(2) are their packages, $(3) needs them.
define install
	@PATH=$$PATH:/sbin:/usr/sbin; \
	if $(1); then :; \
	elif command -v apt-get >/dev/null; then \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$SUDO apt-get update -q && \
	  DEBIAN_FRONTEND=noninteractive $$SUDO apt-get install -qy --no-install-recommends $(2); \
	else echo "$(3) needs $(2); without them its tests fail." >&2; fi
endef

system-packages:
	$(call install,command -v jackd >/dev/null && command -v amsynth >/dev/null && \
	  ldconfig -p | grep -q libportaudio,$(SYNTH_PACKAGES),Live capture)

slurm-packages:
	$(call install,command -v munged >/dev/null && command -v sbatch >/dev/null && \
	  command -v slurmctld >/dev/null && command -v slurmd >/dev/null,$(SLURM_PACKAGES),Slurm)

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf results .snakemake
