"""Consecutive releases of published packages: what their authors changed, hunk by hunk.

Fetched once by pip and npm into a cache folder outside the repository. No package is in more than
one of the sets. The commits of a repository are read in the same way.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

from benches.corpus import fetched_folder, npm, read_text
from foretype.core.text import Document, Edit

FITTING = {
    "pip flask": "2.0.3 2.1.3 2.2.5 2.3.3 3.0.3 3.1.3",
    "pip click": "7.1.2 8.0.4 8.1.8 8.2.1 8.3.3 8.4.2",
    "pip httpx": "0.21.3 0.23.3 0.24.1 0.25.2 0.26.0 0.27.2 0.28.1",
    "pip rich": "12.6.0 13.3.5 13.6.0 13.7.1 13.8.1 13.9.4 14.1.0 14.3.4",
    "npm commander": "8.3.0 9.5.0 10.0.1 11.1.0 12.1.0 13.1.0 14.0.3 15.0.0",
    "npm koa": "2.11.0 2.12.0 2.13.0 2.14.0 2.15.0 2.16.0 3.0.0 3.1.0 3.2.0",
}
MEASURING = {
    "pip requests": "2.26.0 2.28.2 2.29.0 2.31.0 2.32.5 2.33.1 2.34.2",
    "pip jinja2": "2.11.3 3.0.3 3.1.6",
    "pip werkzeug": "2.0.3 2.1.2 2.2.3 2.3.8 3.0.6 3.1.9",
    "pip starlette": "0.20.4 0.25.0 0.30.0 0.35.1 0.40.0 0.45.3 0.50.0 1.0.0",
    "pip marshmallow": "3.13.0 3.17.1 3.19.0 3.20.2 3.21.3 3.23.3 3.26.1 4.0.1 4.2.0",
    "pip attrs": "20.3.0 21.4.0 22.2.0 23.2.0 24.3.0 25.4.0",
    "pip aiohttp": "3.7.4 3.8.6 3.9.5 3.10.11 3.11.18",
    "npm fastify": "4.19.0 4.22.0 4.25.0 4.28.0 5.0.0 5.2.0 5.4.0 5.6.0",
    "npm axios": "0.27.0 1.0.0 1.2.0 1.4.0 1.6.0 1.8.0 1.10.0 1.12.0",
    "npm mocha": "8.4.0 9.0.0 9.2.0 10.0.0 10.2.0 10.4.0 10.8.0 11.0.0 11.4.0 11.7.0",
    "npm express": "4.16.4 4.17.3 4.18.3 4.19.2 4.21.2 5.0.1 5.1.0",
}
UNREAD = {
    "pip django": "3.2.25 4.0.10 4.1.13",
    "pip sqlalchemy": "1.4.54 2.0.40",
    "pip pydantic": "1.10.17 2.0.3 2.5.3 2.8.2",
    "npm zod": "3.20.2 3.22.4 3.23.8",
    "npm chalk": "4.1.2 5.0.1 5.3.0",
    "npm vite": "4.0.0 4.3.0",
}
"""Not read while the rules were made, but before renames of inherited members were left out."""
FRESH = {
    "pip tornado": "6.0.4 6.1 6.2 6.3.3 6.4.2",
    "pip paramiko": "2.11.0 2.12.0 3.0.0 3.4.0 3.5.1",
    "pip pytest": "7.0.1 7.2.2 7.4.4 8.0.2 8.3.5",
    "pip scrapy": "2.5.1 2.8.0 2.11.2 2.12.0",
    "npm undici": "5.10.0 5.20.0 5.28.0 6.0.0 6.10.0 6.19.0",
    "npm mongoose": "6.0.0 6.6.0 6.12.0 7.0.0 7.6.0 8.0.0",
}
"""Measured before renames were used; read since."""
LATER = {
    "pip celery": "4.4.7 5.0.5 5.1.2 5.2.7 5.3.6 5.4.0 5.5.3",
    "pip networkx": "2.5.1 2.6.3 2.8.8 3.0 3.2.1 3.4.2",
    "npm eslint": "8.0.0 8.20.0 8.40.0 8.57.0 9.5.0 9.17.0",
    "npm knex": "0.95.0 0.95.15 1.0.7 2.0.0 2.5.1 3.1.0",
    "npm sequelize": "6.3.0 6.10.0 6.17.0 6.25.0 6.32.0 6.37.0",
}
"""Read while renames, parameters and imports were tuned."""
LAST = {
    "pip sphinx": "4.5.0 5.3.0 6.2.1 7.1.2 7.4.7 8.1.3",
    "pip nltk": "3.4.5 3.5 3.6.7 3.7 3.8.1 3.9.1",
    "pip bottle": "0.12.25 0.13.0 0.13.4",
    "npm webpack": "5.60.0 5.70.0 5.80.0 5.90.0 5.99.0",
    "npm ws": "7.4.6 8.0.0 8.5.0 8.10.0 8.14.0 8.18.0",
}
"""Measured once, when the rules were finished; read since."""
FINAL = {
    "pip pylint": "2.8.3 2.12.2 2.15.10 3.0.4 3.2.7 3.3.9",
    "pip pymongo": "4.3.3 4.5.0 4.7.3 4.10.1 4.13.2",
    "pip twisted": "21.7.0 22.4.0 22.10.0 23.10.0 24.7.0 24.11.0",
    "pip dask": "2022.1.1 2022.9.2 2023.5.1 2024.1.1 2024.8.2",
    "pip babel": "2.9.1 2.11.0 2.13.1 2.16.0 2.17.0",
    "pip kombu": "5.0.2 5.2.4 5.3.7 5.4.2 5.5.4",
    "pip mitmproxy": "7.0.4 8.1.1 9.0.1 10.1.6 10.4.2",
    "npm jsdom": "16.4.0 18.0.0 20.0.0 22.0.0 24.0.0",
    "npm stylelint": "13.0.0 14.0.0 14.16.1 15.0.0 15.10.1",
    "npm karma": "5.0.0 6.0.0 6.3.0 6.4.0",
    "npm pm2": "4.0.0 4.5.0 5.0.3 5.2.0 5.4.0",
    "npm mysql2": "2.0.0 2.3.0 3.0.0 3.6.0 3.11.0",
}
"""Measured once, after renames and parameters were mended."""
CLOSING = {
    "pip xarray": "0.20.2 2022.3.0 2022.12.0 2023.8.0 2024.2.0",
    "pip redis": "3.5.3 4.1.4 4.3.6 4.6.0 5.0.8 5.2.1",
    "pip trio": "0.19.0 0.20.0 0.22.2 0.24.0 0.26.2 0.28.0",
    "pip tox": "4.0.19 4.4.12 4.11.4 4.15.1 4.23.2",
    "pip pyramid": "1.9.4 1.10.8 2.0 2.0.2",
    "pip pygments": "2.7.4 2.11.2 2.14.0 2.16.1 2.18.0",
    "pip hypothesis": "6.0.4 6.30.1 6.60.1 6.90.1 6.112.0",
    "pip gunicorn": "19.10.0 20.0.4 20.1.0 21.2.0 23.0.0",
    "pip fsspec": "2021.10.1 2022.7.1 2023.4.0 2023.12.2 2024.9.0",
    "npm mongodb": "3.6.0 3.7.0 4.0.0 4.8.0 5.0.0",
    "npm nodemailer": "6.4.0 6.6.0 6.8.0 6.9.0 6.9.14",
    "npm sinon": "9.0.0 11.0.0 14.0.0 16.0.0 18.0.0",
    "npm winston": "3.2.0 3.5.0 3.8.0 3.11.0 3.14.0",
    "npm @hapi/hapi": "18.4.0 19.2.0 20.1.0 20.3.0 21.1.0 21.3.0",
}
"""Measured while repeated changes were mended; read since."""
SEALED = {
    "pip ipython": "7.16.3 7.34.0 8.5.0 8.12.3 8.18.1 8.28.0",
    "pip geopandas": "0.9.0 0.10.2 0.12.2 0.13.2 0.14.4 1.0.1",
    "pip seaborn": "0.11.2 0.12.2 0.13.2",
    "pip distributed": "2022.1.1 2022.9.2 2023.5.1 2024.1.1 2024.8.2",
    "pip sanic": "21.3.4 21.12.2 22.12.0 23.6.0 23.12.1",
    "pip jupyter-server": "1.6.4 1.13.5 1.24.0 2.7.3 2.14.2",
    "pip astroid": "2.5.8 2.9.3 2.12.14 2.15.8 3.0.3 3.3.5",
    "pip nbconvert": "6.0.7 6.5.4 7.2.10 7.9.2 7.16.4",
    "pip traitlets": "4.3.3 5.0.5 5.3.0 5.9.0 5.14.3",
    "npm hexo": "5.0.0 5.4.2 6.0.0 6.3.0",
    "npm @node-red/nodes": "1.2.9 2.0.6 2.2.3 3.0.2 3.1.15",
    "npm @node-red/runtime": "1.2.9 2.0.6 2.2.3 3.0.2 3.1.15",
    "npm less": "3.13.1 4.1.3 4.2.0",
    "npm restify": "8.0.0 8.6.1 9.0.0 10.0.0 11.1.0",
    "npm sharp": "0.27.2 0.29.3 0.30.7 0.31.3 0.32.6 0.33.5",
}
"""Measured once, after repeated changes were mended."""
COUNTED = {
    "pip uvicorn": "0.13.4 0.17.6 0.20.0 0.23.2 0.27.1 0.30.6",
    "pip prompt-toolkit": "2.0.10 3.0.20 3.0.36 3.0.43 3.0.48",
    "pip docutils": "0.16 0.17.1 0.18.1 0.19 0.20.1 0.21.2",
    "pip virtualenv": "20.4.7 20.13.4 20.17.1 20.21.1 20.25.3",
    "pip black": "22.1.0 22.12.0 23.3.0 23.12.1 24.4.2",
    "pip websockets": "10.4 11.0.3 12.0",
    "pip arrow": "0.15.8 0.17.0 1.0.3 1.2.3 1.3.0",
    "npm joi": "17.1.1 17.4.3 17.6.4 17.9.2 17.13.3",
    "npm nock": "12.0.3 13.0.11 13.2.9 13.4.0 13.5.6",
    "npm socket.io-client": "2.3.1 2.4.0 2.5.0",
    "npm bull": "3.18.1 3.29.3 4.8.5 4.12.9 4.16.5",
    "npm superagent": "5.3.1 6.1.0 7.1.6 8.1.2 9.0.2",
}
"""Measured once, after what was left behind was counted by tokens."""
LANGUAGES = {
    ".py": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".ts": "typescript",
}  # fmt: skip
MAX_CHARS = 400_000
"""A longer file was generated."""
_GENERATED = re.compile(r"(?:^|/)(?:dist|_vendor|vendor|node_modules|build|esm|cjs|umd)/|\.min\.")


@dataclass(frozen=True, slots=True)
class Revision:
    """One file in two consecutive releases."""

    package: str
    old: Document
    new_text: str


def revisions(packages: dict[str, str]) -> Iterator[Revision]:
    """All files that changed between two releases."""
    for package, versions in packages.items():
        for one, other in pairwise(versions.split()):
            old, new = _files(package, one), _files(package, other)
            if not old or not new:
                print(f"{package} {one} or {other} cannot be had: left out", file=sys.stderr)
                continue
            documents = {
                name: Document(f"file:///{package}/{name}", text, LANGUAGES[Path(name).suffix])
                for name, text in old.items()
            }
            for name in sorted(old.keys() & new.keys()):
                if old[name] != new[name]:
                    yield Revision(f"{package} {other}", documents[name], new[name])


def commits(repository: Path) -> Iterator[Revision]:
    """All files that a commit of a repository changed, the oldest commit first."""
    log = [
        "log",
        "--reverse",
        "--no-merges",
        "--diff-filter=M",
        "--raw",
        "--no-abbrev",
        "--format=",
    ]
    lines = [line.split() for line in _git(repository, *log).decode().splitlines() if line]
    changed = [
        (old, new, name) for _, _, old, new, _, name in lines if Path(name).suffix in LANGUAGES
    ]
    texts = _blobs(repository, {each for old, new, _ in changed for each in (old, new)})
    for old, new, name in changed:
        uri = f"file:///{repository.name}/{name}"
        document = Document(uri, texts[old], LANGUAGES[Path(name).suffix])
        if len(texts[old]) <= MAX_CHARS and "\r" not in texts[old] + texts[new]:
            yield Revision(new[:7], document, texts[new])


def _blobs(repository: Path, ids: set[str]) -> dict[str, str]:
    """The texts of some blobs of a repository, by their ids."""
    data, found, at = _git(repository, "cat-file", "--batch", said="\n".join(ids)), {}, 0
    while at < len(data):
        end = data.index(b"\n", at)
        name, _, size = data[at:end].split()
        at = end + 1 + int(size)
        found[name.decode()] = data[end + 1 : at].decode("utf-8", "replace")
        at += 1  # A line end follows each.
    return found


def _git(repository: Path, *arguments: str, said: str = "") -> bytes:
    git = ["git", "-C", str(repository), *arguments]
    return subprocess.run(git, input=said.encode(), capture_output=True, check=True).stdout


def hunks(old: str, new: str) -> list[Edit]:
    """The changed runs of lines, in order, as edits of the text with those before applied.

    Lines that say little, such as a bracket or a quote, do not hold two texts together: where a
    function was inserted, its first line would else look like another's that was renamed.
    """
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    found, at = [], 0
    matcher = SequenceMatcher(_says_little, before, after, autojunk=False)
    for name, b_start, b_end, a_start, a_end in matcher.get_opcodes():
        added, removed = "".join(after[a_start:a_end]), "".join(before[b_start:b_end])
        if name != "equal":
            found.append(Edit(at, at + len(removed), added))
        at += len(added)
    return found


def _says_little(line: str) -> bool:
    return sum(char.isalnum() for char in line) < 4


def _files(package: str, version: str) -> dict[str, str]:
    kind, name = package.split()
    folder = npm(name, version) if kind == "npm" else _pip(name, version)
    found = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        inside = path.relative_to(folder).as_posix()
        if path.suffix not in LANGUAGES or _GENERATED.search(inside) or inside.endswith(".d.ts"):
            continue
        text = read_text(path) if path.is_file() else None
        if text and len(text) <= MAX_CHARS and "\r" not in text:
            found[inside] = text
    return found


def _pip(name: str, version: str) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary=:none:", "-q"]
    unpack = [sys.executable, "-m", "zipfile", "-e"]
    return fetched_folder(f"{name}-{version}", [*pip, f"{name}=={version}"], "*.whl", unpack)
