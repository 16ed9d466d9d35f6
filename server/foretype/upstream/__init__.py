"""A scripted OpenAI-compatible server: for the demo, the tests and the benches.

It says what it is told, as slowly and as badly as it is told, and keeps a record of what it was
asked. ``python -m foretype.upstream`` starts it by itself. Not imported by the language server.
"""

from foretype.upstream.http_server import ScriptedUpstream, refused_url
from foretype.upstream.question import Question
from foretype.upstream.records import Log, Record
from foretype.upstream.script import Script

__all__ = ["Log", "Question", "Record", "Script", "ScriptedUpstream", "refused_url"]
