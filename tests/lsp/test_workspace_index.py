"""The embedded engine in a real server: it completes from files that are not open."""

from __future__ import annotations

from pathlib import Path

from helpers.rawclient import environment, eventually, running

PARSE = "config = parse_configuration(path)\n" * 4


def test_completes_from_a_file_that_is_not_open(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "other.py").write_text(PARSE)
    with running(env=environment(FORETYPE_INDEX=str(tmp_path / "index"))) as client:
        folder = {"uri": root.as_uri(), "name": "project"}
        client.initialize(
            workspaceFolders=[folder],
            initializationOptions={"completion": {"local": "only"}},
            capabilities={"textDocument": {"inlineCompletion": {}}},
        )
        uri = (root / "here.py").as_uri()
        text = "value = parse_conf"
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": document})
        version = 1

        def is_completed() -> bool:
            nonlocal version
            version += 1
            change = {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"text": text}],
            }
            client.notify("textDocument/didChange", change)
            answer = client.request(
                "textDocument/inlineCompletion",
                {
                    "textDocument": {"uri": uri},
                    "position": {"line": 0, "character": len(text)},
                    "context": {"triggerKind": 1},
                },
            )
            items = answer or []
            return any(item["insertText"].startswith("iguration") for item in items)

        assert eventually(is_completed, every=0.4)
