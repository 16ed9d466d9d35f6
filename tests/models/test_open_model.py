"""The only way to a model, and that there is no other."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from helpers.paths import ROOT
from helpers.virtual import virtual

from foretype.models.capability_file import CapabilityFile
from foretype.models.open_model import OpenModel, open_model
from foretype.models.protocol import Chunk, Model, ModelRejected, Prompt
from foretype.models.scripted import Script, ScriptedModel
from foretype.privacy.gate import Gate
from foretype.settings.providers import Endpoint
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget
from foretype.spending.usage import Usage

SETTINGS = Settings(base_url="http://127.0.0.1:9/v1", api_key="my-own-key-0", model="one")
SERVER = ROOT / "server" / "foretype"
OnSend = Callable[[str, str, bytes], None]
BUILDERS = {
    *("OpenAIModel", "ResilientModel", "GatedModel", "MeteredModel"),
    *("EndpointModel", "OpenModel"),
}


@dataclass
class Adapters:
    """Scripted models in the adapter's place, by the name of the model."""

    scripts: tuple[Script, ...] = (Script(["a"]),)

    def __post_init__(self) -> None:
        self.made: dict[str, ScriptedModel] = {}

    def __call__(
        self, endpoint: Endpoint, *, file: CapabilityFile, on_send: OnSend
    ) -> ScriptedModel:
        made = self.made[endpoint.model] = ScriptedModel(*self.scripts)
        made.name = endpoint.model
        return made


@pytest.fixture
def adapters(monkeypatch: pytest.MonkeyPatch) -> Adapters:
    adapters = Adapters()
    monkeypatch.setattr("foretype.models.endpoint_model.OpenAIModel", adapters)
    return adapters


def opened(budget: Budget | None = None) -> OpenModel:
    model = open_model(SETTINGS, {}, Gate(SETTINGS), budget or Budget())
    assert model is not None
    return model


async def ask(model: Model, text: str = "x") -> str:
    try:
        return "".join([chunk.text async for chunk in model.stream(Prompt(prefix=text))])
    except ModelRejected as fault:
        return str(fault)


def test_there_is_none_where_no_settings_name_one() -> None:
    assert open_model(Settings(), {}, Gate(Settings()), Budget()) is None


@virtual
async def test_what_leaves_is_masked_and_what_comes_is_paid_for(adapters: Adapters) -> None:
    adapters.scripts = (Script(["a", Chunk(usage=Usage(30, 0, 2, 0, cost_usd=1.5))]),)
    budget = Budget(daily_usd=2.0)
    model = opened(budget)
    for name in ("", "two"):
        assert await ask(model.by_name(name), 'key = "my-own-key-0"') == "a"
    for adapter in adapters.made.values():
        assert "my-own-key-0" not in adapter.prompts[0].prefix
    assert budget.ledger.today().cost_usd == 3.0
    assert await ask(model) == await ask(model.by_name("two")) == budget.refusal


@virtual
async def test_another_gate_holds_for_all_models(adapters: Adapters) -> None:
    model = opened()
    model.by_name("two")
    model.set_gate(Gate(Settings(api_key="my-new-key-1")))
    for name, adapter in adapters.made.items():
        await ask(model.by_name(name), 'key = "my-new-key-1"')
        assert "my-new-key-1" not in adapter.prompts[0].prefix


@virtual
async def test_a_request_of_the_user_ends_the_pauses_of_all_models(adapters: Adapters) -> None:
    refusal = ModelRejected("The endpoint does not accept the key (401).", 401)
    adapters.scripts = (Script([refusal]), Script(["a"]))
    model = opened()
    models = [model, model.by_name("two")]
    assert model.by_name("two") is models[1] and model.by_name("one") is model
    assert [each.name for each in models] == ["one", "two"]
    for each in models:
        assert await ask(each) == await ask(each) == str(refusal)
        assert each.health().refusal == 401
    model.retry_now()
    assert [await ask(each) for each in models] == ["a", "a"]


def test_no_other_module_imports_an_adapter_or_builds_a_model() -> None:
    found = {
        path.relative_to(SERVER).as_posix(): names
        for path in SERVER.rglob("*.py")
        if (names := set(_ways_to_a_model(ast.parse(path.read_text("utf-8")))))
    }
    assert found.pop("models/openai_model.py") == {"OpenAIModel"}  # It rehearses a request.
    assert found == {
        "models/endpoint_model.py": {"openai_model", *BUILDERS} - {"EndpointModel", "OpenModel"},
        "models/open_model.py": {"EndpointModel", "OpenModel"},
    }


def _ways_to_a_model(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from {"openai_model"}.intersection(names)
        elif isinstance(node, ast.Import) and any("openai_model" in a.name for a in node.names):
            yield "openai_model"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            yield from BUILDERS & {name}
