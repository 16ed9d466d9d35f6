#!/bin/bash
# Install Emacs by apt, where it is missing and this runs as root, and put lsp-mode 10 with what
# it needs into a folder of its own, from the packages of Debian's testing suite; and eglot beside
# it, where Emacs is older than 29 and has none, from the suite that Emacs is of.
#
#   install_emacs.sh [PREFIX]
#
# Exit code 3: it cannot be had here; the last line on standard error says why.
set -euo pipefail

prefix=${1:-${FORETYPE_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/foretype-editors}/emacs}
suite=${SUITE:-testing}

cannot() {
  echo "$*" >&2
  exit 3
}

[ ! -e "$prefix" ] || [ -e "$prefix/elpa" ] || cannot "$prefix is there and was not made by this"
for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || cannot "$tool is missing: this works on Debian and its relatives only"
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || cannot "there is no $keyring"
mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  sed -n 's/^Debian //p' | grep -v -e security -e snapshot | head -n 1) || true
[ -n "$mirror" ] || cannot "the apt configuration names no Debian mirror"
if ! command -v emacs >/dev/null; then
  [ "$(id -u)" = 0 ] || cannot "emacs is missing, and only root can install it"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends emacs-nox >&2 ||
    cannot "emacs-nox cannot be installed"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
options=(
  -q
  -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=-
  -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o Acquire::Languages=none
  -o APT::Sandbox::User=root -o Debug::NoLocking=1
)
apt-get "${options[@]}" update >&2 || cannot "the mirror's $suite suite cannot be read"
(cd "$work" && apt-get "${options[@]}" download \
  elpa-lsp-mode elpa-dash elpa-f elpa-ht elpa-s elpa-spinner elpa-markdown-mode elpa-lv) >&2 ||
  cannot "the $suite suite's packages of lsp-mode cannot be fetched"
rm -rf "$prefix"
mkdir -p "$prefix/elpa"
for package in "$work"/*.deb; do
  dpkg-deb -x "$package" "$work/tree"
done
# As Emacs's own package manager lays them out, so that `package-user-dir` can point here.
cp -r "$work"/tree/usr/share/emacs/site-lisp/elpa*/* "$prefix/elpa/" 2>/dev/null ||
  cp -r "$work"/tree/usr/share/emacs/site-lisp/elpa-src/* "$prefix/elpa/"
# As installing a package does.
for folder in "$prefix"/elpa/*; do
  name=$(basename "$folder" | sed 's/-[0-9.]*$//')
  emacs --batch -l package --eval "(package-generate-autoloads \"$name\" \"$folder\")" >&2
done

mkdir -p "$prefix/eglot"
if ! emacs --batch --eval '(require (quote eglot))' 2>/dev/null; then
  mkdir "$work/eglot"
  (cd "$work/eglot" && apt-get -q download elpa-eglot elpa-project elpa-xref elpa-seq) >&2 ||
    cannot "the packages of eglot cannot be fetched"
  for package in "$work"/eglot/*.deb; do
    dpkg-deb -x "$package" "$work/eglot"
  done
  cp -r "$work"/eglot/usr/share/emacs/site-lisp/elpa-src/* "$prefix/eglot/"
fi
touch "$prefix/complete"
echo "$(emacs --version | head -n 1), lsp-mode: $prefix"
