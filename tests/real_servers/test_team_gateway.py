"""A team's gateway, as docs/teams.md has it: LiteLLM with two upstreams, of which one fails."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path

from helpers.paths import ROOT
from real_servers.real_servers import free_port, program, running, wanted

from foretype.upstream import ScriptedUpstream

pytestmark = wanted

GUIDE = (ROOT / "docs" / "teams.md").read_text("utf-8")
KEY = "sk-fake-key-of-a-person"
CODE = "def f(x):\n    if x == True:\n        return True\n    return False\n\n\ny = 1\n"
DONE = "def f(x):\n    return x == True\n\n\ny = 1\n"


def block(language: str) -> str:
    """The first block of the guide in a language."""
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


async def foretype(home: Path, *command: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "foretype", *command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=home,
        env={
            **os.environ,
            "FORETYPE_CONFIG": str(home / "foretype.toml"),
            "FORETYPE_LEDGER": str(home / "state" / "ledger.sqlite3"),
            "TEAM_KEY": KEY,
        },
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_guides_gateway_completes_and_refactors_while_an_upstream_fails(
    tmp_path: Path,
) -> None:
    binary, port = program("litellm/bin/litellm"), free_port()
    file = tmp_path / "module.py"
    file.write_text("def mean(values):\n    return \n")
    async with ScriptedUpstream(fault="500") as bad, ScriptedUpstream() as good:
        config = block("yaml")
        for name, up in (("http://first.internal:8000", bad), ("https://second.example", good)):
            assert name in config
            config = config.replace(f"{name}/v1", up.url)
        (tmp_path / "litellm.yaml").write_text(config)
        settings = block("toml").replace("https://gateway.example", f"http://127.0.0.1:{port}")
        patient = "\n[completion]\nexplicit_deadline_ms = 60_000\n"
        (tmp_path / "foretype.toml").write_text(settings + patient)
        command = (binary, "--config", tmp_path / "litellm.yaml", "--port", str(port))
        environ = {
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_MASTER_KEY": KEY,
            "SECOND_KEY": "sk-fake-key-of-the-team",
        }
        health = "/health/liveliness"
        async with running((*command, "--host", "127.0.0.1"), port, tmp_path, health, **environ):
            good.script = good.script.changed({"text": "sum(values) / len(values)"})
            code, out, err = await foretype(tmp_path, "complete", f"{file.name}:2:12")
            assert (code, "sum(values) / len(values)" in out) == (0, True), (out, err)
            file.write_text(CODE)
            answer = "```python\ndef f(x):\n    return x == True\n```"
            good.script = good.script.changed({"text": answer})
            code, out, err = await foretype(
                tmp_path, *("refactor", f"{file.name}:1-4", "--instruction", "shorter", "--write")
            )
            assert (code, file.read_text()) == (0, DONE), (out, err)
            shown = json.loads((await foretype(tmp_path, "stats", "--json"))[1])
            code, doctor, _ = await foretype(tmp_path, "doctor", "--offline")
    assert bad.log.requests and good.log.requests
    [cost] = [each for each in shown["costs"] if each["requests"]]
    assert (cost["model"], cost["provider"], cost["requests"]) == ("team-coder", "custom", 2)
    assert cost["cost_usd"] > 0 and cost["unpriced"] == 0
    assert f"127.0.0.1:{port}" in doctor and "TEAM_KEY" in doctor and KEY not in doctor
