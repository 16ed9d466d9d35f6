# Each target does its own set-up in .venv: Python 3.11 or later and make are all it needs.
# PYTHON=/path/to/python picks the one to start from.
.POSIX:

PY = sh scripts/python

help:
	@echo "make demo    watch foretype complete code as it is typed"
	@echo "make test    run the tests"
	@echo "make lint    check the style        make types   check the types"
	@echo "make fix     mend the style         make docs    write generated pages again"
	@echo "make fuzz    try the tests' rules on many new examples"
	@echo "make bench   measure it all         make ci      lint, types and test"
	@echo "make release build all that is released into dist/, and check it (needs Node)"
	@echo "make test-servers  drive real servers: llama.cpp, LiteLLM, nginx, tinyproxy"
	@echo "For the editors, see editors/README.md:"
	@echo "make vsix           build VS Code's extension (needs Node)"
	@echo "make play-page      build the page of foretype play (needs Node)"
	@echo "make editors-lint   check its style and types (needs Node)"
	@echo "make test-extension test what of it needs no VS Code"
	@echo "make test-editors   drive Neovim and Helix"
	@echo "make test-vscode    drive VS Code       make test-emacs   drive Emacs"
	@echo "make test-released  all of these on what make release built"
	@echo "make pictures       take the pictures of the guides again"

demo: for-demo
	@$(PY) -m foretype demo $(ARGS)

test: for-test
	$(PY) -m pytest -n logical --maxprocesses 8 --dist loadgroup $(ARGS)

# The properties, with many examples that no run had before.
fuzz: for-test
	FORETYPE_EXAMPLES=20 $(PY) -m pytest -n logical --maxprocesses 8 -m hypothesis $(ARGS)

lint: for-dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-logo --no-cache

types: for-dev
	$(PY) -m mypy

fix: for-dev
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: for-test
	$(PY) -m benches.latency
	$(PY) -m benches.human_typing
	$(PY) -m benches.infill
	$(PY) -m benches.local_engine

docs: for-demo
	$(PY) -m foretype.settings.docs

ci: lint types test

# The wheel, the extension, Neovim's plugin, notes, checksums and a bill of materials. What the wheel
# holds of the editors is built first.
release: for-release vsix play-page
	$(PY) scripts/release.py build

# The released wheel in an environment of its own, outside of the clone.
try-release:
	$(PY) scripts/try_release.py

# Against servers that nobody of the project wrote: llama.cpp, LiteLLM, nginx, tinyproxy. They are
# fetched into a folder outside of the repository; one that cannot be had is named and skipped.
test-servers: for-test
	@sh tests/real_servers/install.sh
	FORETYPE_TEST_SERVERS=1 $(PY) -m pytest -n0 -rs tests/real_servers $(ARGS)

# The environment with what the name says, refreshed when pyproject.toml changes.
for-demo for-test for-dev for-release:
	@sh scripts/set-up $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

.PHONY: help demo test test-servers lint types fix bench docs ci clean release try-release \
	for-demo for-test for-dev for-release

-include editors/editors.mk
