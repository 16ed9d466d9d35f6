"""The user's key is sent to its endpoint and is nowhere else, whatever it looks like."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.http_thread import Request, Response, answering
from helpers.rawclient import environment, eventually, running

from foretype.core.child_environment import without_keys
from foretype.local.workspace import indexed_workspace
from foretype.local.workspace.indexer import Job
from foretype.models import key_command
from foretype.models.endpoint_choice import choose_endpoint
from foretype.settings.schema import ProviderSettings, Settings

KEY = "plain-words-that-no-pattern-knows"
URI = "file:///project/cart.py"


def echo(request: Request) -> Response:
    """Refuse everything, and repeat the key in the refusal."""
    key = request.headers.get("Authorization", "")
    error = {"error": {"message": f"Incorrect API key provided: {key}", "code": key}}
    return Response(401, {"WWW-Authenticate": f'Bearer error="{key}"'}, json.dumps(error).encode())


@pytest.mark.parametrize("way", ["FORETYPE_API_KEY", "api_key_env", "providers", "headers"])
def test_it_is_in_no_log_message_record_or_file(tmp_path: Path, way: str) -> None:
    config, state = tmp_path / "foretype.toml", tmp_path / "state"
    variable = "FORETYPE_API_KEY" if way == "FORETYPE_API_KEY" else "ITS_OWN_VARIABLE"
    with answering(echo) as (url, asked):
        where = f'base_url = "{url}/v1"\nmodel = "m"\n'
        config.write_text(
            'privacy.record = "bodies"\n'
            + {
                "FORETYPE_API_KEY": where,
                "api_key_env": where + f'api_key_env = "{variable}"\n',
                "providers": f'[[providers]]\n{where}api_key_env = "{variable}"\n',
                "headers": where + f'headers = ["Authorization: Bearer ${{{variable}}}"]\n',
            }[way]
        )
        env = environment(
            FORETYPE_CONFIG=str(config),
            FORETYPE_LEDGER=str(state / "ledger.sqlite3"),
            FORETYPE_INDEX=str(state / "index"),
            FORETYPE_LOG="debug",
            **{variable: KEY},
        )
        with running(env=env) as client:
            client.initialize(
                capabilities={"textDocument": {"inlineCompletion": {}}},
                rootUri=tmp_path.as_uri(),
            )
            text = f'client = connect("{KEY}")\n\n\n\n{"value = 1  # padding" * 5}\ntotal = '
            document = {"uri": URI, "languageId": "python", "version": 1, "text": text}
            client.notify("textDocument/didOpen", {"textDocument": document})
            at = {"line": 5, "character": 8}
            place = {"textDocument": {"uri": URI}, "position": at, "context": {"triggerKind": 1}}

            def ask() -> bool:
                client.request("textDocument/inlineCompletion", place)
                return f"Bearer {KEY}" in [each.headers.get("Authorization") for each in asked]

            assert eventually(ask)
            told = [
                client.request("workspace/executeCommand", {"command": name, "arguments": [each]})
                for name in ("foretype.why", "foretype.stats", "foretype.audit")
                for each in [{"uri": URI, "position": at}]
            ]
            assert client.stop() == 0
            said = json.dumps([told, client.messages]) + client.errors.decode()
    assert "401" in said and KEY not in said
    kept = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    assert len(kept) > 1 and not [path for path, data in kept.items() if KEY.encode() in data]


CRASHES = f"""
import logging, threading
from foretype.lsp.logs import to_stderr
from foretype.privacy.masking import hide

class Fault(Exception):
    pass

def crash():
    raise Fault("the header was {KEY}")

hide("{KEY}")
with to_stderr({{}}):
    try:
        crash()
    except Fault:
        logging.getLogger("foretype").exception("caught with {KEY}")
    thread = threading.Thread(target=crash)
    thread.start()
    thread.join()
    import sys
    try:
        crash()
    except Fault:
        sys.excepthook(*sys.exc_info())
"""


def test_it_is_in_no_trace_of_a_crash() -> None:
    done = subprocess.run([sys.executable, "-c", CRASHES], capture_output=True, check=True)
    said = done.stderr.decode()
    assert said.count("Fault: the header was MASKED") == 3 and KEY not in said


def test_it_is_in_no_repr() -> None:
    one = ProviderSettings(base_url="http://127.0.0.1:9/v1", api_key=KEY, headers=(f"a: {KEY}",))
    settings = Settings(base_url=one.base_url, api_key=KEY, headers=one.headers, providers=(one,))
    endpoint = choose_endpoint(settings, {})
    assert endpoint is not None and endpoint.key == KEY
    for each in (settings, one, endpoint, Job("f", (), api_key=KEY)):
        assert KEY not in f"{each!r} {each!s}"


VARIABLES = ("FORETYPE_API_KEY", "OPENROUTER_API_KEY", "AZURE_INFERENCE_CREDENTIAL", "ITS_OWN")


def test_it_is_in_no_childs_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("KEPT", "as it is")
    started: list[dict[str, str]] = []

    def start(*_: object, env: dict[str, str], **__: object) -> None:
        started.append(env)
        raise OSError

    for module in (key_command, indexed_workspace):
        monkeypatch.setattr(module.subprocess, "run", start)
        monkeypatch.setattr(module.subprocess, "Popen", start)
    with pytest.raises(key_command.KeyCommandFailed):
        key_command.key_from(("no-such-program", str(tmp_path)))
    job = Job(str(tmp_path / "index"), (str(tmp_path),))
    indexed_workspace.Workspace(job, lambda path: None, key_variable="ITS_OWN").refresh([])
    assert [env["KEPT"] for env in started] == ["as it is"] * 2
    assert KEY not in started[1].values()
    # A password manager may need a variable of the user's own; a model's key it does not.
    assert {name for name, value in started[0].items() if value == KEY} == {"ITS_OWN"}
    assert without_keys({"SOME_API_KEY": KEY, "some_api_key": KEY}) == {}
