"""Where a suggestion has said enough, so that the stream can be closed."""

from __future__ import annotations

from foretype.completion.cleanup.base import Flow, Surroundings
from foretype.completion.skip import only_closers

MAX_LINES = 40
MIN_REST = 5
"""Characters of the rest of a line that are looked for anywhere; less only at the end."""
SIGNIFICANT = 6
"""Characters without which a line stands everywhere and proves nothing."""


def stop_where_suffix_begins(flow: Flow, place: Surroundings) -> Flow:
    """Cut where the model goes on to say what stands after the cursor anyway."""
    flow = _stop_at_rest_of_line(flow, place)
    following = [line for line in place.suffix_lines if line.strip()]
    if not following:
        return flow
    lines = flow.text.split("\n")
    n_whole = len(lines) if flow.final else len(lines) - 1
    for number in range(n_whole):
        at_line_start = number > 0 or not place.before.strip()
        if at_line_start and _begins_suffix(lines[number:n_whole], following, place, number):
            return flow.end("\n".join(lines[:number]).rstrip("\n") if number else "")
    return flow


def _begins_suffix(
    lines: list[str], following: list[str], place: Surroundings, number: int
) -> bool:
    said = (place.before if number == 0 else "") + lines[0]
    if said.rstrip() != following[0].rstrip():
        return False
    if len(said.strip()) >= SIGNIFICANT:
        return True
    more = [line for line in lines[1:] if line.strip()]
    return bool(more) and len(following) > 1 and more[0].rstrip() == following[1].rstrip()


def _stop_at_rest_of_line(flow: Flow, place: Surroundings) -> Flow:
    """Cut the first line where the rest of the cursor's line begins."""
    rest = place.after.strip()
    if not rest or only_closers(place.after):
        return flow
    first, line_end, _ = flow.text.partition("\n")
    ended = bool(line_end) or flow.final
    at = first.find(rest) if len(rest) >= MIN_REST else -1
    if at < 0 and ended and first.rstrip().endswith(rest):
        at = len(first.rstrip()) - len(rest)
    if at >= 0:
        cut = first[:at]
        return flow.end(cut.rstrip(" ") if place.after[0].isspace() else cut)
    return flow.end(first) if line_end else _held(flow, rest)


def _held(flow: Flow, rest: str) -> Flow:
    if flow.final:
        return flow
    for length in range(min(len(rest) - 1, len(flow.text)), 0, -1):
        if rest.startswith(flow.text[-length:]):
            return flow.now(flow.text[:-length])
    return flow


def stop_at_repetition(flow: Flow, _: Surroundings) -> Flow:
    """Cut where the same lines come again and again."""
    lines = flow.text.split("\n")
    n_whole = len(lines) if flow.final else len(lines) - 1
    for number in range(2, n_whole):
        line = lines[number]
        if len(line.strip()) >= SIGNIFICANT and lines[number - 2 : number] == [line, line]:
            return flow.end("\n".join(lines[: number - 1]))
    if n_whole > MAX_LINES:
        return flow.end("\n".join(lines[:MAX_LINES]))
    return flow


def stop_at_line_end(flow: Flow, place: Surroundings) -> Flow:
    """Cut at the line's end where only the rest of the line is wanted."""
    if not place.single_line:
        return flow
    blanks = len(flow.text) - len(flow.text.lstrip("\n")) if not place.before.strip() else 0
    end = flow.text.find("\n", blanks)
    return flow.end(flow.text[: end + 1]) if end >= 0 else flow


def stop_at_block_end(flow: Flow, place: Surroundings) -> Flow:
    """Cut where a line leaves what the cursor is in: after a blank line, or at the margin.

    What is shown may end sooner. The rest is there for the moment after acceptance.
    """
    lines = flow.text.split("\n")
    n_whole = len(lines) if flow.final else len(lines) - 1
    width = len(place.indent.expandtabs(4))
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if first:
        # The block at the cursor is finished; what comes after the blank lines is the next one.
        width = len(lines[first][: -len(lines[first].lstrip())].expandtabs(4))
    for number in range(first + 1, n_whole):
        line = lines[number]
        if not line.strip():
            continue
        if len(line) - len(line.lstrip()) == 0 and width == 0 and not lines[number - 1].strip():
            return flow.end("\n".join(lines[:number]).rstrip())
        indent = len(line[: len(line) - len(line.lstrip())].expandtabs(4))
        leaves = indent < width and (not lines[number - 1].strip() or indent == 0 and width >= 4)
        if leaves and not line.lstrip().startswith((")", "]", "}")):
            return flow.end("\n".join(lines[:number]).rstrip())
    return flow
