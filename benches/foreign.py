"""Files of published packages: some to fit the clean-up of answers on, others to measure it with.

No package is in both, and four of the languages are measured that nothing was fitted on.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from benches.corpus import debian, fetched_folder, npm, read_text
from foretype.evaluation.holes import Source

FITTING = {
    "python": ("pip flask 3.0.3", "pip attrs 24.2.0"),
    "typescript": ("npm rxjs 7.8.2", "npm immer 10.1.1"),
    "javascript": ("npm commander 12.1.0", "npm express 4.21.2"),
    "go": ("apt golang-github-gorilla-mux-dev", "apt golang-github-spf13-cobra-dev"),
    "rust": ("apt librust-regex-dev",),
    "ruby": ("apt ruby-rack",),
}
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
    "python": ("pip werkzeug 3.1.3", "pip marshmallow 3.26.1"),
    "typescript": ("npm zod 3.25.76",),
    "javascript": ("npm koa 2.16.1",),
    "go": ("apt golang-go.uber-zap-dev", "apt golang-github-labstack-echo-dev"),
    "rust": ("apt librust-smallvec-dev", "apt librust-indexmap-dev"),
    "ruby": ("apt rake",),
    "php": ("apt php-monolog",),
    "lua": ("apt lua-socket",),
    "cpp": ("apt libasio-dev",),
    "shellscript": ("apt util-linux",),
}
"""Packages that were read by no one while the rules were made; measured once a change."""
SUFFIXES = {
    "python": ".py", "typescript": ".ts", "javascript": ".js", "go": ".go", "rust": ".rs",
    "ruby": ".rb", "php": ".php", "lua": ".lua", "cpp": ".hpp", "shellscript": "",
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
        return "completions" in path.parts and not path.suffix
    return path.suffix == SUFFIXES[language] and "dist" not in path.parts


def pip(name: str, version: str) -> Path:
    fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary=:none:", "-q"]
    unpack = [sys.executable, "-m", "zipfile", "-e"]
    return fetched_folder(f"{name}-{version}", [*fetch, f"{name}=={version}"], "*.whl", unpack)
