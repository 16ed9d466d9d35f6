"""Files of published packages: some to fit the clean-up of answers on, others to measure it with.

No package is in two of the sets. Three languages of the fresh one were not fitted on.
"""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

from benches.corpus import debian, fetched_folder, npm, read_text
from foretype.evaluation.holes import Source

FITTING = {
    "python": (
        "pip flask 3.0.3", "pip attrs 24.2.0", "pip werkzeug 3.1.3", "pip marshmallow 3.26.1",
        "pip click 8.1.8", "pip starlette 0.41.3",
    ),
    "typescript": (
        "npm rxjs 7.8.2", "npm immer 10.1.1", "npm zod 3.25.76", "npm @reduxjs/toolkit 2.5.0",
        "npm @tanstack/query-core 5.62.0",
    ),
    "javascript": (
        "npm commander 12.1.0", "npm express 4.21.2", "npm koa 2.16.1", "npm eslint 9.17.0",
    ),
    "go": (
        "apt golang-github-gorilla-mux-dev", "apt golang-github-spf13-cobra-dev",
        "apt golang-go.uber-zap-dev", "apt golang-github-labstack-echo-dev",
    ),
    "rust": (
        "apt librust-regex-dev", "apt librust-smallvec-dev", "apt librust-indexmap-dev",
        "apt librust-serde-json-dev", "apt librust-anyhow-dev",
    ),
    "ruby": ("apt ruby-rack", "apt rake", "apt ruby-liquid"),
    "php": ("apt php-monolog", "apt phpunit"),
    "lua": ("apt lua-socket", "apt lua-busted", "apt lua-luassert"),
    "cpp": ("apt libasio-dev", "apt librange-v3-dev"),
    "shellscript": ("apt util-linux", "apt dracut-core", "apt debootstrap"),
    "java": ("npm cordova-android 13.0.0",),
}  # fmt: skip
MEASURING = {
    "python": ("pip requests 2.32.3", "pip jinja2 3.1.5"),
    "typescript": ("npm redux 5.0.1", "npm mobx 6.13.5"),
    "javascript": ("npm fastify 5.2.1",),
    "go": ("apt golang-github-sirupsen-logrus-dev", "apt golang-github-gin-gonic-gin-dev"),
    "rust": ("apt librust-itertools-dev", "apt librust-hashbrown-dev"),
    "ruby": ("apt ruby-sinatra", "apt ruby-thor"),
    "php": ("apt php-twig",),
    "lua": ("apt lua-penlight",),
    "cpp": ("apt nlohmann-json3-dev",),
    "shellscript": ("apt bash-completion",),
}
FRESH = {
    "python": ("pip httpx 0.28.1", "pip pluggy 1.5.0"),
    "typescript": ("npm @tanstack/table-core 8.20.5", "npm ts-pattern 5.6.0"),
    "javascript": ("npm winston 3.17.0", "npm @hapi/hapi 21.3.12"),
    "go": ("apt golang-github-go-chi-chi-dev", "apt golang-github-prometheus-client-golang-dev"),
    "rust": ("apt librust-bytes-dev", "apt librust-rayon-dev", "apt librust-hyper-dev"),
    "ruby": ("apt ruby-faraday", "apt ruby-haml"),
    "php": ("apt php-parser", "apt php-guzzlehttp-psr7"),
    "lua": ("apt lua-http", "apt lua-ldoc"),
    "cpp": ("apt libcli11-dev", "apt libglm-dev"),
    "shellscript": ("apt xdg-utils", "apt devscripts"),
    "java": ("npm @capacitor/android 6.2.0",),
    "swift": ("npm @capacitor/ios 6.2.0",),
    "perl": ("apt libmojolicious-perl",),
    "kotlin": ("npm react-native-screens 4.4.0",),
}
"""Packages that no one read while the rules were made; on the last three languages nothing was
fitted."""
UNREAD = {
    "python": ("pip rich 13.9.4", "pip fsspec 2024.10.0", "pip tenacity 9.0.0"),
    "typescript": (
        "npm effect 3.11.0",
        "npm @tanstack/store 0.5.5",
        "npm react-native-reanimated 3.16.0",
    ),
    "javascript": ("npm knex 3.1.0", "npm mongoose 8.8.0", "npm async 3.2.6"),
    "go": ("apt golang-github-urfave-cli-dev", "apt golang-github-stretchr-testify-dev"),
    "rust": ("apt librust-petgraph-dev", "apt librust-syn-dev"),
    "ruby": ("apt ruby-rouge", "apt ruby-activesupport"),
    "php": ("apt php-symfony-console", "apt php-nikic-fast-route"),
    "lua": ("apt prosody", "apt luarocks"),
    "cpp": ("apt libcereal-dev", "apt libwebsocketpp-dev"),
    "shellscript": ("apt git-extras", "apt initramfs-tools-core"),
    "java": ("npm react-native-webview 13.12.0", "npm react-native-svg 15.8.0"),
    "swift": ("npm react-native-video 6.8.0",),
    "perl": ("apt libmoose-perl",),
    "kotlin": ("npm react-native-gesture-handler 2.20.0",),
    "scss": ("npm bootstrap 5.3.3",),
    "csharp": ("npm react-native-fs 2.20.0",),
    "tcl": ("apt tcllib",),
}
"""Packages that were read once, when all was done; on the last six languages nothing was fitted."""
LAST = {
    "python": ("pip markdown 3.7", "pip cattrs 24.1.2", "pip anyio 4.7.0"),
    "typescript": (
        "npm @tanstack/form-core 0.39.1", "npm @trpc/server 10.45.2",
        "npm @tanstack/virtual-core 3.10.9",
    ),
    "javascript": ("npm sinon 19.0.2", "npm handlebars 4.7.8", "npm nunjucks 3.2.4"),
    "go": (
        "apt golang-github-julienschmidt-httprouter-dev", "apt golang-github-fatih-color-dev",
        "apt golang-github-fsnotify-fsnotify-dev", "apt golang-github-pelletier-go-toml-dev",
    ),
    "rust": ("apt librust-nom-dev",),
    "ruby": ("apt ruby-mustache", "apt ruby-tilt", "apt ruby-i18n"),
    "php": ("apt php-league-commonmark", "apt php-symfony-yaml"),
    "lua": ("apt lua-lgi", "apt lua-argparse", "apt lua-posix"),
    "cpp": ("apt libxtensor-dev",),
    "shellscript": ("apt byobu", "apt live-boot"),
    "java": ("npm cordova-plugin-file 8.1.3", "npm react-native-image-picker 7.1.2"),
}  # fmt: skip
"""Packages that were read once, after the rules had become fewer."""
CLOSING = {
    "python": ("pip bidict 0.23.1", "pip arrow 1.3.0", "pip falcon 3.1.3"),
    "typescript": (
        "npm @tanstack/react-query 5.62.0",
        "npm react-native-safe-area-context 5.0.0",
    ),
    "javascript": ("npm superagent 10.1.1", "npm ejs 3.1.10", "npm bluebird 3.7.2"),
    "go": ("apt golang-github-spf13-afero-dev", "apt golang-github-burntsushi-toml-dev"),
    "rust": ("apt librust-semver-dev", "apt librust-tokio-util-dev"),
    "ruby": ("apt ruby-sequel", "apt ruby-mail"),
    "php": ("apt php-symfony-process", "apt php-doctrine-inflector"),
    "lua": ("apt lua-cqueues", "apt lua-json", "apt lua-basexx"),
    "cpp": ("apt catch2", "apt libtoml11-dev"),
    "shellscript": ("apt tlp", "apt pass", "apt dkms", "apt neofetch"),
    "java": ("npm react-native-blob-util 0.19.11", "npm @react-native-community/netinfo 11.4.1"),
}  # fmt: skip
"""Packages that were read once, at the end of the second edition."""
STUDY = {
    "python": ("pip trio 0.27.0", "pip tinydb 4.8.2"),
    "typescript": (
        "npm reselect 5.1.1",
        "npm @react-native-async-storage/async-storage 2.1.0",
    ),
    "javascript": ("npm pino 9.5.0", "npm ws 8.18.0", "npm nodemailer 6.9.16"),
    "go": ("apt golang-github-gorilla-websocket-dev", "apt golang-github-google-go-cmp-dev"),
    "rust": ("apt librust-http-dev", "apt librust-aho-corasick-dev"),
    "ruby": ("apt ruby-kramdown", "apt ruby-redcarpet"),
    "php": ("apt php-doctrine-lexer", "apt php-symfony-finder"),
    "lua": ("apt lua-cliargs", "apt lua-say", "apt lua-mediator"),
    "cpp": ("apt cppzmq-dev",),
    "shellscript": ("apt etckeeper", "apt laptop-mode-tools"),
    "java": ("npm cordova-plugin-camera 8.0.0",),
}
"""Packages whose failures were read."""
SEALED = {
    "python": ("pip more-itertools 10.5.0", "pip pyparsing 3.2.0", "pip structlog 24.4.0"),
    "typescript": ("npm @trpc/client 10.45.2",),
    "javascript": ("npm moment 2.30.1", "npm passport 0.7.0", "npm yargs 17.7.2"),
    "go": ("apt golang-github-google-uuid-dev", "apt golang-github-hashicorp-raft-dev"),
    "rust": ("apt librust-crossbeam-channel-dev", "apt librust-url-dev", "apt librust-rand-dev"),
    "ruby": ("apt ruby-slim", "apt ruby-addressable", "apt pry"),
    "php": ("apt php-guzzlehttp-guzzle", "apt php-doctrine-collections"),
    "lua": ("apt vis", "apt awesome"),
    "cpp": ("apt libarmadillo-dev", "apt libsfml-dev"),
    "shellscript": ("apt grml-debootstrap", "apt checkinstall", "apt autopkgtest"),
    "java": ("npm react-native-maps 1.20.1",),
}
"""Packages that were measured when the failures of ``STUDY`` had been read, and read at the end."""
WITNESS = {
    "python": ("pip tomlkit 0.13.2", "pip cachetools 5.5.0", "pip parso 0.8.4"),
    "typescript": ("npm @tanstack/vue-query 5.62.0", "npm @trpc/react-query 10.45.2"),
    "javascript": ("npm lodash 4.17.21", "npm mocha 10.8.2", "npm body-parser 1.20.3"),
    "go": (
        "apt golang-github-spf13-pflag-dev", "apt golang-github-mitchellh-mapstructure-dev",
        "apt golang-github-rs-zerolog-dev",
    ),
    "rust": ("apt librust-log-dev", "apt librust-memchr-dev", "apt librust-time-dev"),
    "ruby": ("apt ruby-nokogiri", "apt ruby-erubi", "apt ruby-concurrent"),
    "php": ("apt php-symfony-event-dispatcher", "apt php-email-validator"),
    "lua": ("apt lua-unit", "apt lua-sec", "apt neovim-runtime"),
    "cpp": ("apt librapidxml-dev", "apt libmsgpack-cxx-dev"),
    "shellscript": ("apt acpi-support", "apt cryptsetup-initramfs", "apt ifupdown"),
    "java": ("npm react-native-device-info 14.0.0", "npm react-native-fbsdk-next 13.1.3"),
}  # fmt: skip
"""Packages whose failures nobody read."""
SETS = {
    "fitting": FITTING, "measuring": MEASURING, "fresh": FRESH, "unread": UNREAD, "last": LAST,
    "closing": CLOSING, "study": STUDY, "sealed": SEALED, "witness": WITNESS,
}  # fmt: skip
SUFFIXES = {
    "python": ".py", "typescript": ".ts", "javascript": ".js", "go": ".go", "rust": ".rs",
    "ruby": ".rb", "php": ".php", "lua": ".lua", "cpp": ".hpp", "shellscript": "",
    "java": ".java", "swift": ".swift", "perl": ".pm", "kotlin": ".kt", "scss": ".scss",
    "csharp": ".cs", "tcl": ".tcl",
}  # fmt: skip
LIMITS = (1_500, 150_000)
"""Characters of a file that is taken, least and most."""


def sources(language: str, packages: dict[str, tuple[str, ...]], *, most: int = 60) -> list[Source]:
    """So many files at most of a language, the same ones each time."""
    found = []
    for package in packages.get(language, ()):
        kind, name, *version = package.split()
        folder = {"npm": npm, "pip": pip}[kind](name, *version) if version else debian(name)
        found += [path for path in sorted(folder.glob("**/*")) if _fits(path, language)]
    if not found:
        print(f"no {language} files can be had here: left out", file=sys.stderr)
    random.Random(language).shuffle(found)
    texts = ((path, read_text(path)) for path in found)
    kept = [
        Source(path.name, language, text)
        for path, text in texts
        if LIMITS[0] <= len(text) <= LIMITS[1] and "\r" not in text
    ]
    return kept[:most]


def _fits(path: Path, language: str) -> bool:
    if not path.is_file() or path.name.endswith((".d.ts", ".min.js", "_test.go")):
        return False
    if language == "shellscript":
        is_script = re.match(r"#!.*\b(?:ba|da)?sh\b", read_text(path)[:80]) is not None
        return is_script or ("completions" in path.parts and not path.suffix)
    return path.suffix == SUFFIXES[language] and "dist" not in path.parts


def pip(name: str, version: str) -> Path:
    fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary=:none:", "-q"]
    unpack = [sys.executable, "-m", "zipfile", "-e"]
    return fetched_folder(f"{name}-{version}", [*fetch, f"{name}=={version}"], "*.whl", unpack)
