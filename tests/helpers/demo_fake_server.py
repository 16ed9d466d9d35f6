"""A language server that says what it is told, as a process: for tests of the demo's editor.

``python fake_server.py MODE TRUTH_FILE``: offers the true text's next line at the cursor, in one
of the ways below. Writes what it was sent to the file that FAKE_SERVER_LOG names.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

Json = Any


def main(mode: str, truth_file: str) -> int:
    with open(truth_file, encoding="utf-8", newline="") as file:
        truth = file.read()
    if mode == "dies at once":
        sys.stderr.write("no such module\n")
        return 1
    text = ""
    asked = 0
    while (message := read()) is not None:
        note(message)
        match message.get("method"):
            case "initialize":
                reply(message, {"capabilities": {"inlineCompletionProvider": {}}})
                status = {"state": "ready", "provider": "", "model": "", "message": ""}
                write({"method": "foretype/status", "params": status})
            case "textDocument/didOpen":
                text = message["params"]["textDocument"]["text"]
            case "textDocument/didChange":
                for change in message["params"]["contentChanges"]:
                    start = offset(text, change["range"]["start"])
                    end = offset(text, change["range"]["end"])
                    text = text[:start] + change["text"] + text[end:]
            case "textDocument/inlineCompletion":
                asked += 1
                if mode == "dies" and asked == 3:
                    return 1
                if mode == "talks nonsense" and asked == 3:
                    sys.stdout.buffer.write(b"hello\r\n\r\n")
                    sys.stdout.buffer.flush()
                at = offset(text, message["params"]["position"])
                reply(message, offer(mode, truth, text[:at]))
            case "workspace/executeCommand":
                reply(message, "nothing fits" if mode == "silent" else None)
            case "shutdown":
                if mode == "never ends":
                    time.sleep(60)
                reply(message, None)
            case "exit":
                return 0
    return 0


def offer(mode: str, truth: str, before: str) -> Json:
    rest = truth[len(before) :] if truth.startswith(before) else ""
    line = rest.split("\n")[0] if not rest.startswith("\n") else ""
    if mode == "silent" or not line:
        return {"items": []}
    text = "wrong" if mode == "wrong" else line
    command = {"title": "", "command": "foretype.accepted", "arguments": ["s-1"]}
    return {"items": [{"insertText": text, "command": command}]}


def offset(text: str, position: Json) -> int:
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: position["line"]])
    units = lines[position["line"]].encode("utf-16-le")[: 2 * position["character"]]
    return before + len(units.decode("utf-16-le"))


def read() -> Json:
    length = 0
    while line := sys.stdin.buffer.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(sys.stdin.buffer.read(length)) if length else None


def reply(message: Json, result: Json) -> None:
    write({"id": message["id"], "result": result})


def write(message: Json) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    sys.stdout.buffer.flush()


def note(message: Json) -> None:
    if path := os.environ.get("FAKE_SERVER_LOG"):
        with open(path, "a", encoding="utf-8") as log:
            log.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
