"""A scripted OpenAI-compatible server: for the demo, the tests and the benches.

It answers as scripted, including delays and failures, and records its requests.
``python -m foretype.upstream`` starts it standalone. Not imported by the language server.
"""

from foretype.upstream.http_server import ScriptedUpstream, refused_url
from foretype.upstream.question import Question
from foretype.upstream.records import Log, Record
from foretype.upstream.script import Script

__all__ = ["Log", "Question", "Record", "Script", "ScriptedUpstream", "refused_url"]
