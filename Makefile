# Two commands do everything on a fresh machine: `make report` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all
NOTES ?= 2000
PATCHES ?= 1000 10000 100000
KILLS ?= 100
INPUTS ?= 100000
PART ?= {}
# Installs this folder with the extras that are named after it, in the versions of the lock.
INSTALL := $(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e
# What amsynth, played live or as a plug-in, needs.
SYNTH_PACKAGES := amsynth jackd2 libportaudio2
# What the tests of pages in a browser need.
BROWSER_PACKAGES := chromium chromium-driver
# The SoundFont that the gallery's sounds are played with, and what plays it.
SOUNDFONT := /usr/share/sounds/sf2/FluidR3_GM.sf2
GALLERY_PACKAGES := fluidsynth fluid-soundfont-gm
# What the benchmarks and the solvers for synths that people own need besides: amsynth with its banks, and the DX7's voices.
BENCHMARK_PACKAGES := amsynth hexter
# What `make test-slurm` needs.
SLURM_PACKAGES := munge slurm-client slurmctld slurmd
# For every job that has ended, Snakemake looks at all jobs again once per timespan: by default each second,
# which takes more and more time in runs of many long jobs; with this, each minute.
LONG := --max-jobs-per-timespan 6000/1m
# A pytest worker for each core; tests/conftest.py says in which order, and what shares a worker.
ON_ALL_CORES := -n auto --dist loadgroup --no-loadscope-reorder
# The thesis's own scale; THESIS_CONFIG and THESIS_RESULTS are the results of another configuration.
THESIS_CONFIG ?= config/thesis.yaml
THESIS_RESULTS ?= results/thesis
# Folders of the solvers that come with synthinv.
SHIPPED := synthinv/solver/models/minimoog-1osc
SHIPPED_ANY_NOTE := synthinv/solver/models/minimoog

# Also with `make -j`: two of apt-get, or of pip in one environment, cannot run at once, and what takes long
# uses all cores by itself.
.NOTPARALLEL:

.PHONY: help report report-three-oscillators report-amsynth report-amsynth-plug-in ablation readings thesis \
  solve solve-any-note solve-dx7 solve-amsynth solve-vital solve-amsynth-16 mixtures patch-searches wild human presets presets-vital test test-fast test-slurm test-install lint lock docs site gallery \
  voice-figures bench growth soak fire fuzz \
  system-packages browser-packages slurm-packages gallery-packages benchmark-packages clean

help:
	@echo "make report                    run the workflow at quick scale, write results/report.html"
	@echo "make report-three-oscillators  the same with three oscillators, and a solver for them"
	@echo "make report-amsynth            the same on Debian's amsynth, captured live over MIDI"
	@echo "make report-amsynth-plug-in    the same on amsynth as a plug-in, rendered offline"
	@echo "make ablation                  train the variants that show why the thesis collapsed, write docs/ablation.md"
	@echo "make readings                  compare readings of the thesis with what it published, write docs/readings.md"
	@echo "make thesis                    run the thesis at its own scale, in many sittings if need be, write docs/thesis.md"
	@echo "make solve                     train the solver for one oscillator that comes with synthinv, two hours"
	@echo "make solve-any-note            train the solver for any note that comes with synthinv, and test it, 75 minutes"
	@echo "make mixtures                  train solvers for the DX7 on random voices, on people's and on both, 25 minutes"
	@echo "make patch-searches            compare the solver of make solve with InverSynth's network and patch searches of 5,000 renders, two hours"
	@echo "make solve-dx7                 train the solver for the DX7 that comes with synthinv, 40 minutes"
	@echo "make solve-amsynth             train the solver for amsynth that comes with synthinv, an hour"
	@echo "make solve-vital               train the solver for Vital that comes with synthinv, an hour"
	@echo "make solve-amsynth-16          train a solver for 16 knobs of amsynth, two and a half hours"
	@echo "make wild                      match sounds that the synth did not make, beside cold searches, write docs/benchmarks/wild.md"
	@echo "make human                     compare solvers, presets and searches on the DX7, amsynth and Vital, write docs/benchmarks/synths.md"
	@echo "make presets                   find the presets that come with synthinv, from the development half of make wild"
	@echo "make presets-vital             the same for Vital, an hour"
	@echo "make test                      install what the tests need and run them"
	@echo "make test-fast                 the unit tests alone, in two minutes"
	@echo "make test-slurm                run the tiny workflow through a Slurm of its own, on this machine"
	@echo "make test-install              install the wheel alone, locked and with the lowest versions, and try each command"
	@echo "make lint                      formatters, linters, type checker, directions of imports, snakemake --lint"
	@echo "make lock                      write constraints.txt anew, after a change of dependencies"
	@echo "make docs                      regenerate docs/configuration.md, config/schema.json and docs/models.md"
	@echo "make site                      build the documentation's site, site/index.html"
	@echo "make gallery                   render and match the sounds of its gallery, write docs/gallery.md"
	@echo "make voice-figures             measure the built-in voice, write docs/voice.md and its figures"
	@echo "make bench                     measure speed and memory, write results/bench.csv"
	@echo "make growth                    measure what up to 100,000 patches take, write docs/growth.md"
	@echo "make soak                      capture 2,000 notes of amsynth live while its processes are killed"
	@echo "make fire                      kill the workflow at 100 random moments, compare its results with an undisturbed run's"
	@echo "make fuzz                      read 100,000 broken inputs"
	@echo "make clean                     delete results/, site/ and Snakemake's records"

report: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES)
	$(BIN)/snakemake --report results/snakemake-report.html

report-three-oscillators: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES) --configfile config/three-oscillators.yaml
	$(BIN)/python -m synthinv.report.docs_pages.solver results/three-oscillators docs/solvers/three-oscillators.md

# Eight sessions of live capture at a time take a fraction of one core.
report-amsynth: $(VENV)/installed system-packages
	$(BIN)/snakemake --cores 8 --configfile config/amsynth.yaml --until capture_shard
	$(BIN)/snakemake --cores $(CORES) --configfile config/amsynth.yaml
	$(BIN)/snakemake --configfile config/amsynth.yaml --report results/amsynth/snakemake-report.html

report-amsynth-plug-in: $(VENV)/installed system-packages
	$(INSTALL) '.[plug-in]'
	$(BIN)/snakemake --cores $(CORES) --configfile config/amsynth-plug-in.yaml

solve-amsynth-16: $(VENV)/installed system-packages
	$(INSTALL) '.[plug-in]'
	$(BIN)/snakemake --cores $(CORES) $(LONG) \
	  --configfile config/amsynth-plug-in.yaml config/amsynth-16-solver.yaml
	$(BIN)/python -m synthinv.report.docs_pages.solver results/amsynth-16-solver docs/solvers/amsynth-16.md

ablation: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES) $(LONG) --configfile config/ablation.yaml
	$(BIN)/python -m synthinv.report.docs_pages.ablation results/ablation docs

readings: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES) $(LONG) --configfile config/readings.yaml
	$(BIN)/python -m synthinv.report.docs_pages.readings results/readings docs

# Can be stopped at any time, and goes on where it was. The page is written in any case: it says what is
# still missing. `trap` keeps the shell, to which Ctrl-C goes as well, until then.
thesis: $(VENV)/installed
	$(BIN)/snakemake --cores 1 --quiet all --configfile $(THESIS_CONFIG) -- $(THESIS_RESULTS)/config.yaml
	@trap : INT; status=0; \
	$(BIN)/python -m synthinv progress $(THESIS_CONFIG) --cores $(CORES) --every 60 \
	  --log $(THESIS_RESULTS)/snakemake.log --run \
	  $(BIN)/snakemake --cores $(CORES) $(LONG) --keep-going --configfile $(THESIS_CONFIG) || status=$$?; \
	[ $$status = 0 ] || tail -n 20 $(THESIS_RESULTS)/snakemake.log; \
	$(BIN)/python -m synthinv.report.docs_pages.thesis $(THESIS_RESULTS) docs || status=$$?; \
	exit $$status

solve: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES) --configfile config/solver.yaml
	mkdir -p $(SHIPPED)
	cp results/solver/train/solver/model.onnx results/solver/train/solver/model.json $(SHIPPED)
	$(BIN)/python -m synthinv.report.docs_pages.solver results/solver docs/solvers/one-oscillator.md
	$(BIN)/python -m synthinv.report.docs_pages.models docs

solve-any-note: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES) --configfile config/any-note-solver.yaml
	mkdir -p $(SHIPPED_ANY_NOTE)
	cp results/any-note/train/any-note/model.onnx results/any-note/train/any-note/model.json $(SHIPPED_ANY_NOTE)
	$(BIN)/python -m synthinv.report.docs_pages.solver results/any-note docs/solvers/any-note.md
	$(BIN)/python -m synthinv.report.docs_pages.models docs

# The solvers for synths that people own, each on the configuration named after it. What was measured goes from
# solver.md into their cards; the documentation has no pages of them.
solve-dx7: RESULTS := results/dx7
solve-amsynth: RESULTS := results/amsynth-any-note
solve-vital: RESULTS := results/vital
solve-dx7 solve-amsynth solve-vital: solve-%: $(VENV)/installed system-packages benchmark-packages
	$(INSTALL) '.[dx7,plug-in,vital]'
	$(BIN)/snakemake --cores $(CORES) --configfile config/$*-solver.yaml
	mkdir -p synthinv/solver/models/$*
	cp $(RESULTS)/train/$*/model.onnx $(RESULTS)/train/$*/model.json synthinv/solver/models/$*
	$(BIN)/python -m synthinv.report.docs_pages.solver $(RESULTS) $(RESULTS)/solver.md
	$(BIN)/python -m synthinv.report.docs_pages.models docs

# Which patches to train on; `make human` compares the solvers with methods that name their folders.
mixtures: $(VENV)/installed benchmark-packages
	$(INSTALL) '.[dx7]'
	$(BIN)/snakemake --cores $(CORES) --configfile config/dx7-solver.yaml config/mixtures.yaml

patch-searches: $(VENV)/installed
	$(BIN)/snakemake --cores $(CORES) --configfile config/solver.yaml config/patch-searches.yaml
	$(BIN)/python -m synthinv.report.docs_pages.solver results/solver docs/solvers/searches.md

# In as many sittings as need be: a job is a few sounds.
wild: $(VENV)/installed gallery-packages benchmark-packages
	$(INSTALL) '.[benchmark]'
	$(BIN)/snakemake --cores $(CORES) $(LONG) --configfile config/wild.yaml
	$(BIN)/python -m synthinv.report.docs_pages.benchmarks.wild results/wild docs/benchmarks

# In as many sittings, too. PART='{synths: [dx7], most_sounds: 2}' is a part of it: the methods of one synth, on two sounds of each
# family. A page is of what was run last.
human: $(VENV)/installed gallery-packages benchmark-packages
	$(INSTALL) '.[benchmark]'
	mkdir -p results
	echo 'benchmark: $(PART)' > results/human-part.yaml
	$(BIN)/snakemake --cores $(CORES) $(LONG) --configfile config/human.yaml results/human-part.yaml
	$(BIN)/python -m synthinv.report.docs_pages.benchmarks.synths results/human docs/benchmarks

# From the development half alone: the page shows the other one, which is rendered as well.
presets: PRESETS = minimoog --renders 10000
presets-vital: PRESETS = vital --renders 800 --longest 3.4
presets presets-vital: $(VENV)/installed gallery-packages benchmark-packages
	$(INSTALL) '.[benchmark]'
	$(BIN)/snakemake --cores $(CORES) --configfile config/wild.yaml -- benchmark_sounds
	$(BIN)/python -m synthinv.benchmark.presets results/wild/sounds/development $(PRESETS)

# SLURM=1 adds the tests of `make test-slurm`, in the same run: the tiny workflow's results are shared.
test: $(VENV)/installed-dev system-packages browser-packages gallery-packages benchmark-packages \
  $(if $(SLURM),$(VENV)/installed-slurm slurm-packages)
	$(BIN)/pytest $(ON_ALL_CORES) $(if $(SLURM),-m "")

test-fast: $(VENV)/installed-dev system-packages benchmark-packages
	$(BIN)/pytest $(ON_ALL_CORES) -m "not live and not browser and not workflow and not slow"

test-slurm: $(VENV)/installed-slurm slurm-packages
	$(BIN)/pytest -m slurm tests/workflow/test_slurm.py

# Both environments are installed from the registry, one and a half minutes; -s shows what they take on disk.
test-install: $(VENV)/installed-dev
	$(BIN)/pytest -s tests/test_install.py

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/snakemake --lint

# What constraints.txt has is kept where it fits; UPGRADE=1 takes the newest versions of all.
lock: $(VENV)/installed-dev
	$(BIN)/uv pip compile --quiet pyproject.toml --all-extras --python-version 3.11 --no-header \
	  --no-annotate --no-emit-package synthinv -o constraints.txt $(if $(UPGRADE),--upgrade)

docs: $(VENV)/installed-dev
	$(BIN)/synthinv docs
	$(BIN)/python -m synthinv.report.docs_pages.models docs

# The documentation's site. It asks no other machine for anything, also when it is built; site/index.html
# opens from the disk. Material's notice of its end of life in 2027 is no warning about the pages.
site: $(VENV)/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The sounds of its gallery, rendered, matched and given to the thesis's network, and its notebook, run.
gallery: $(VENV)/installed $(VENV)/installed-docs gallery-packages
	$(BIN)/snakemake --cores $(CORES) gallery --configfile config/config.yaml config/gallery.yaml
	$(BIN)/python -m synthinv.report.docs_pages.gallery results docs
	$(BIN)/python -m synthinv.report.docs_pages.notebook docs/notebook.ipynb

# The light installation will do.
$(VENV)/installed-docs: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) '.[docs]'
	touch $@

gallery-packages:
	$(call install,command -v fluidsynth >/dev/null && test -f $(SOUNDFONT),$(GALLERY_PACKAGES),The gallery)

benchmark-packages:
	$(call install,test -f /usr/lib/vst/amsynth_vst.so && test -d /usr/share/hexter,$(BENCHMARK_PACKAGES),The benchmark)

voice-figures: $(VENV)/installed
	$(BIN)/python -m synthinv.report.docs_pages.voice docs

# BENCH=render measures one benchmark only; voice_steps, match, budgets, words and start only when named.
# BENCH=start compares with another commit, which BEFORE=COMMIT names.
bench: $(VENV)/installed system-packages $(if $(filter words,$(BENCH)),gallery-packages benchmark-packages)
	$(INSTALL) '.[bench]'
	BEFORE=$(BEFORE) $(BIN)/python benchmarks/run.py $(BENCH)

# PATCHES="1000 10000" is a short one; at least two numbers.
growth: $(VENV)/installed
	$(BIN)/python benchmarks/growth.py $(PATCHES)
	$(BIN)/python -m synthinv.report.docs_pages.growth results docs

# NOTES=200 is a short one. What was captured is kept; `rm -r results/soak` starts anew.
soak: $(VENV)/installed-dev system-packages
	$(BIN)/python -m tests.workflow.soak $(NOTES)

# KILLS=10 is a short one.
fire: $(VENV)/installed-dev
	$(BIN)/python -m tests.workflow.fire $(KILLS)

# INPUTS=1000 is a short one.
fuzz: $(VENV)/installed-dev
	$(BIN)/python -m tests.fuzz $(INPUTS)

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

browser-packages:
	$(call install,command -v chromium >/dev/null && command -v chromedriver >/dev/null,\
	  $(BROWSER_PACKAGES),Opening the pages in a browser)

slurm-packages:
	$(call install,command -v munged >/dev/null && command -v sbatch >/dev/null && \
	  command -v slurmctld >/dev/null && command -v slurmd >/dev/null,$(SLURM_PACKAGES),Slurm)

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) '.[workflow]'
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(INSTALL) '.[dev]'
	touch $@

$(VENV)/installed-slurm: $(VENV)/installed-dev
	$(INSTALL) '.[slurm]'
	touch $@

clean:
	rm -rf results site .snakemake
