# `make` lists what it can do. Everything happens in .venv, which is made on first use.
#
# PYTHON    interpreter that .venv is made with, 3.11 or later; python3 if not given
# PIP_ARGS  more arguments for pip install, such as --index-url of a build of torch

PYTHON ?= python3
PIP_ARGS ?=
OUT ?= results
NAME ?= embedded

bin := .venv/bin
installed := .venv/.installed
extras := dev,mt,sentencepiece
peers := .venv-speed/.installed

# A value as one word for the shell, and an option that is there only if its variable has a value.
quoted = '$(subst ','\'',$(strip $(1)))'
option = $(if $(strip $(2)),--$(1) $(call quoted,$(2)))

run_options = $(strip $(foreach model,$(MODEL),--model $(call quoted,$(model))) \
	$(call option,suite,$(SUITE)) $(call option,tasks,$(TASKS)) $(call option,protocols,$(PROTOCOLS)) \
	$(call option,languages,$(LANGS)) $(call option,seeds,$(SEEDS)) $(call option,data,$(DATA)) \
	$(call option,translator,$(TRANSLATOR)) $(call option,out,$(OUT)) $(ARGS))

# From pip's report to pins, without build tags (+cpu) and without what torch brings for one kind of GPU.
define pinned
import json, re, sys
found = {re.sub("[-_.]+", "-", job["metadata"]["name"]).lower(): job["metadata"]["version"].split("+")[0]
         for job in json.load(sys.stdin)["install"]}
print(*sorted(f"{name}=={version}" for name, version in found.items()
              if name != "xbench" and not re.match("nvidia-|cuda-|triton", name)), sep=chr(10))
endef
export pinned

.DEFAULT_GOAL := help
.PHONY: help bench report leaderboard checkpoint test lint format bench-small bench-embedded bench-compare bench-retrieval bench-report speed checkpoint-tiny lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  make bench                                       four generated tasks in 125 languages, no hub needed"
	@echo "  make bench MODEL=bert-base-multilingual-cased TASKS=xnli,wikiann LANGS=de,sw SEEDS=3 OUT=results"
	@echo "  MODEL takes several names; also SUITE, PROTOCOLS, DATA, TRANSLATOR, and ARGS for every other option of xbench run."

$(installed): requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "xbench needs Python 3.11 or later and $(PYTHON) is not: try make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
		exit 1; }
	test -x $(bin)/pip || $(PYTHON) -m venv .venv
	$(bin)/pip install --quiet --constraint requirements.lock $(PIP_ARGS) --editable '.[$(extras)]'
	@touch $@

bench: $(installed) ## Benchmark the shipped checkpoint; make bench MODEL=... for another (see below)
	$(info $(bin)/xbench run $(run_options))
	@$(bin)/xbench run $(run_options) || { code=$$?; \
		if [ $$code -eq 3 ]; then echo "xbench exit code 3: partial results"; fi; exit $$code; }

report: $(installed) ## Write tables, plots and a page for a browser from what is in OUT; ARGS="--baseline NAME" to compare
	$(bin)/xbench report $(call option,out,$(OUT)) $(ARGS)

leaderboard: $(installed) ## Write and print leaderboard.csv from what is in OUT
	$(bin)/xbench leaderboard $(call option,out,$(OUT)) $(ARGS)

checkpoint: $(installed) ## Build a shipped checkpoint from nothing, or measure it again, and compare (NAME=embedded-mlm)
	$(bin)/xbench pretrain --like $(NAME) --out checkpoints/$(NAME) $(ARGS)

test: $(installed) ## Run the tests; ARGS for more options of pytest
	$(bin)/pytest -q -n 2 $(ARGS)

lint: $(installed) ## Check style, formatting and types
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy xbench tasks benchmarks

format: $(installed) ## Format the code, and mend what ruff can mend safely
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

bench-small: $(installed) ## Run a small benchmark from end to end, as CI does
	$(bin)/python -m tests.bench_small

bench-embedded: $(installed) ## Time and memory of the embedded suite, by part
	$(bin)/python -m tests.bench_embedded $(ARGS)

bench-compare: $(installed) ## Time and memory of a comparison in 176 languages; ARGS="--rows 1000" for a smaller one
	$(bin)/python -m tests.bench_comparison $(ARGS)

bench-retrieval: $(installed) ## Time and memory of an exact search; ARGS="--count 10000" for a smaller one
	$(bin)/python -m tests.bench_retrieval $(ARGS)

bench-report: $(installed) ## Time and memory of the reports of 100 checkpoints; ARGS="--checkpoints 10" for fewer
	$(bin)/python -m tests.bench_report $(ARGS)

$(peers): benchmarks/requirements.txt requirements.lock
	test -x .venv-speed/bin/pip || $(PYTHON) -m venv .venv-speed
	.venv-speed/bin/pip install --quiet --constraint requirements.lock $(PIP_ARGS) --requirement benchmarks/requirements.txt
	@touch $@

speed: $(installed) $(peers) ## Speed beside others' programs and the machine's limit; ARGS=prediction for a part
	$(bin)/python -m benchmarks.speed --document docs/speed.md $(call option,data,$(DATA)) $(ARGS)

checkpoint-tiny: $(installed) ## For developers: a small checkpoint with random weights in checkpoints/tiny
	$(bin)/python -m xbench.model.tiny --vocabulary ../shared/checkpoints/bert-base-multilingual-cased \
		--out checkpoints/tiny

lock: $(installed) ## For developers: write requirements.lock from what pip would install now
	mkdir -p build
	$(bin)/pip install --quiet --dry-run --ignore-installed --report build/lock.json $(PIP_ARGS) --editable '.[$(extras)]'
	$(bin)/python -c "$$pinned" < build/lock.json > build/requirements.txt
	{ grep '^#' requirements.lock; cat build/requirements.txt; } > build/requirements.lock
	mv build/requirements.lock requirements.lock

clean: ## Remove .venv, .venv-speed, caches and build files; results/ and checkpoints/ stay
	rm -rf .venv .venv-speed build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find xbench tasks tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
