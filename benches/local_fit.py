"""Fit the trees that tell how likely a guess of the embedded engine is right.

    python -m benches.local_fit [--lines 60] [--seed 7]

Writes ``server/foretype/local/trees.json``. Needs ``pip install scikit-learn``, which nothing else
does. Each case is a token that the engine considered, given that all before it were right.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benches.local_places import FITTING, Target, asked, installed, members, read_folder, targets
from foretype.core.text import Document
from foretype.local import lexer
from foretype.local.confidence import Evidence
from foretype.local.engine import Engine
from foretype.local.predict import steps

FILE = Path(__file__).parent.parent / "server" / "foretype" / "local" / "trees.json"
N_TREES = 100
MAX_LEAVES = 16
LEARNING_RATE = 0.1
MIN_CASES_OF_LEAF = 60
L2 = 5.0
WORLDS = ("installed", "disk", "alone")


def cases(
    documents: Sequence[Document],
    places: Iterator[Target],
    world: str,
    environments: Sequence[Path],
) -> Iterator[tuple[Evidence, bool]]:
    """The evidence for each token that was considered, and whether it was right."""
    engine = Engine()
    for target in asked(engine, documents, places, world, environments):
        here = engine.look(target.cursor)
        if here is None:
            continue
        truth = truth_tokens(here.begun, target)
        for step, token in zip(steps(here), truth, strict=False):
            for candidate, evidence in step.candidates:
                yield evidence, candidate == token
            if step.token != token:
                break


def truth_tokens(begun: str, target: Target) -> Iterator[str]:
    """The tokens that the author typed: of the rest of the line, and of the lines after it."""
    yield from lexer.tokens(begun + target.truth)
    yield lexer.END
    columns = lexer.indentation(target.cursor.before + target.truth)
    for line in target.beyond[len(target.truth) :].splitlines()[1:]:
        if line.strip():
            here = lexer.indentation(line)
            yield from lexer.shift(here - columns)
            yield from lexer.tokens(line.strip())
            yield lexer.END
            columns = here
        else:
            yield lexer.BLANK


def all_cases(n: int, seed: int) -> Iterator[tuple[Evidence, bool]]:
    """The cases of all packages in all worlds, with lines below the cursor and without."""
    environments = installed(FITTING, "fitting")
    for package in FITTING:
        documents = read_folder(package.folder(), tests=True)
        for world in WORLDS:
            for below in (False, True):
                places = targets(documents, n, below=below, seed=seed, ends=True)
                yield from cases(documents, places, world, environments)
        # Members of what is imported are rare among all places.
        yield from cases(documents, members(documents, n, seed=seed), "installed", environments)
        print(package.name, file=sys.stderr)


def fitted(rows: Sequence[tuple[Evidence, bool]]) -> tuple[float, list[Any]]:
    """Where the sum starts, and the trees."""
    from sklearn.ensemble import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
        HistGradientBoostingClassifier,
    )

    model: Any = HistGradientBoostingClassifier(
        max_iter=N_TREES,
        max_leaf_nodes=MAX_LEAVES,
        learning_rate=LEARNING_RATE,
        min_samples_leaf=MIN_CASES_OF_LEAF,
        l2_regularization=L2,
        early_stopping=False,
        random_state=0,
    )
    model.fit([[float(value) for value in row] for row, _ in rows], [right for _, right in rows])
    start = float(model._baseline_prediction.ravel()[0])
    return start, [_nested(trees[0].nodes, 0) for trees in model._predictors]


def _nested(nodes: Any, at: int) -> Any:
    node = nodes[at]
    if node["is_leaf"]:
        return round(float(node["value"]), 3)
    below, above = (_nested(nodes, int(node[side])) for side in ("left", "right"))
    threshold = float(f"{node['num_threshold']:.4g}")
    return [int(node["feature_idx"]), threshold, below, above]


def written(rows: Sequence[tuple[Evidence, bool]]) -> str:
    """The file for some cases: a tree on each line."""
    start, trees = fitted(rows)
    lines = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in trees)
    about = {
        "tokens": len(rows),
        "packages": [f"{package.name} {package.version}".strip() for package in FITTING],
        "fields": Evidence._fields,
        "start": round(start, 3),
    }
    return f'{json.dumps(about)[:-1]}, "trees": [\n{lines}\n]}}\n'


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=60, help="places in each package and world")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    FILE.write_text(written(list(all_cases(options.lines, options.seed))))


if __name__ == "__main__":
    main(sys.argv[1:])
