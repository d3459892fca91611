# Two commands do everything on a fresh machine: `make report` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all
NOTES ?= 2000
# Programs that only the live capture of amsynth needs.
SYSTEM_PACKAGES := amsynth jackd2 libportaudio2

.PHONY: help report report-amsynth report-amsynth-plug-in ablation test lint docs voice-figures bench soak \
  system-packages clean

help:
	@echo "make report           run the workflow at quick scale, write results/report.html"
	@echo "make report-amsynth   the same on Debian's amsynth, captured live over MIDI"
	@echo "make report-amsynth-plug-in   the same on amsynth as a plug-in, rendered offline"
	@echo "make ablation         why the thesis collapsed: train the variants, write docs/ablation.md"
	@echo "make test             install what the tests need and run them"
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

ablation: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES) --configfile config/ablation.yaml
	$(BIN)/python -m synthinv.ablation_page results/ablation docs

test: $(VENV)/installed-dev system-packages
	$(BIN)/pytest

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

system-packages:
	@PATH=$$PATH:/sbin:/usr/sbin; \
	if command -v jackd >/dev/null && command -v amsynth >/dev/null && \
	  ldconfig -p | grep -q libportaudio; then :; \
	elif command -v apt-get >/dev/null; then \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$SUDO apt-get update -q && \
	  DEBIAN_FRONTEND=noninteractive $$SUDO apt-get install -qy --no-install-recommends $(SYSTEM_PACKAGES); \
	else echo "Live capture needs $(SYSTEM_PACKAGES); without them its tests fail." >&2; fi

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf results .snakemake
