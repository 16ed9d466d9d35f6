"""What a prompt is made of, and why each piece of it is there. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from foretype.completion.context.imports import imports_of
from foretype.completion.context.window import Context, short_path
from foretype.core.cursor import Cursor


def pieces(cursor: Cursor, context: Context) -> Iterator[tuple[str, str]]:
    """Name the file of each piece, and say why it is there and how large it is."""
    if context.instructions:
        size = f"{len(context.instructions):,} characters"
        yield "", f"your instructions, unless the endpoint takes only code: {size}"
    yield (
        context.path,
        f"the file itself: {len(context.prefix):,} characters before the cursor, "
        f"{len(context.suffix):,} after it",
    )
    if context.head:
        size = f"{len(context.head):,} characters"
        yield context.path, f"its imports and what encloses the cursor: {size}"
    imported = {short_path(path.as_uri()) for path in imports_of(cursor.document).files}
    for snippet in context.snippets:
        why = "the file imports it" if snippet.path in imported else "it is like the place"
        yield snippet.path, f"nearby code, since {why}: {len(snippet.text):,} characters"
    if context.recent:
        yield "", f"your latest changes elsewhere: {len(context.recent):,} characters"
