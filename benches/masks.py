"""How often code without secrets is masked: a false mask spoils what a model is shown.

    python -m benches.masks [--show] ["pip NAME VERSION" | "npm NAME VERSION" | "apt NAME" …]

Every text of the packages is read, tests and guides as well. What is masked is printed with
``--show``, to be judged by hand: published packages hold keys for tests, and those are no false
masks.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from benches.corpus import debian, npm, read_text
from benches.foreign import pip
from foretype.privacy.masking import spans

LOOKED_AT = (
    "pip celery 5.4.0", "pip paramiko 3.5.0", "pip scrapy 2.12.0", "pip sentry-sdk 2.19.0",
    "npm parse-server 7.3.0", "npm nodemailer 6.9.16", "npm typeorm 0.3.20",
    "apt golang-github-minio-minio-go-v7-dev", "apt librust-rustls-dev", "apt ruby-omniauth",
)  # fmt: skip
"""Ten that were read while patterns were made. Half of them are about logins, where most is to be
mistaken."""
PACKAGES = (
    "pip ansible-core 2.18.1", "pip botocore 1.35.80", "pip twisted 24.11.0", "pip authlib 1.3.2",
    "npm sails 1.5.13", "npm openid-client 6.1.7", "npm pg 8.13.1",
    "apt golang-github-go-ldap-ldap-dev", "apt librust-reqwest-dev", "apt ruby-devise",
)  # fmt: skip
"""Ten that were read once, when the patterns were finished."""
SUFFIXES = frozenset(
    (".py", ".pyi", ".js", ".ts", ".mjs", ".cjs", ".go", ".rs", ".rb", ".php", ".java")
    + (".md", ".rst", ".yml", ".yaml", ".toml", ".sh", ".sql")
)
MOST_CHARS = 400_000
CONTEXT_CHARS = 70


def texts(package: str) -> Iterator[tuple[str, str]]:
    """The names and texts of a package's files."""
    kind, name, *version = package.split()
    folder = {"npm": npm, "pip": pip}[kind](name, *version) if version else debian(name)
    for path in sorted(folder.glob("**/*")):
        is_source = path.suffix in SUFFIXES and path.is_file() and ".min." not in path.name
        text = read_text(path) if is_source else ""
        if text and len(text) <= MOST_CHARS:
            yield path.relative_to(folder).as_posix(), text


def read(package: str, *, show: bool) -> tuple[int, int, int]:
    """Print what is masked in a package; return its files, lines and masks."""
    n_files = n_lines = n_masks = 0
    for name, text in texts(package):
        n_files += 1
        n_lines += text.count("\n") + 1
        for start, end in spans(text):
            n_masks += 1
            if show:
                around = " ".join(text[max(0, start - CONTEXT_CHARS) : end + 20].split())
                print(f"  {Path(name).name}: {around}  ->  {text[start:end]}")
    print(f"{package}: {n_files} files, {n_lines:,} lines, {n_masks} masked")
    return n_files, n_lines, n_masks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", nargs="*", metavar="PACKAGE")
    parser.add_argument("--show", action="store_true", help="print each mask")
    told = parser.parse_args()
    counts = [read(package, show=told.show) for package in told.packages or PACKAGES]
    n_files, n_lines, n_masks = (sum(column) for column in zip(*counts, strict=True))
    print(f"in all: {n_files} files, {n_lines:,} lines, {n_masks} masked")


if __name__ == "__main__":
    main()
