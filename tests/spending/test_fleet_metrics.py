"""Metrics for a fleet: what reaches an OTLP receiver, and that nothing of the user's does."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from helpers.http_thread import Request, Response, answering
from helpers.rawclient import environment, eventually, running
from helpers.upstream_thread import Upstream
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics

from foretype.models.metered_model import MeteredModel
from foretype.models.protocol import ModelUnavailable, Prompt
from foretype.models.resilience import ResilientModel
from foretype.models.scripted import Script, ScriptedModel
from foretype.spending import fleet_metrics
from foretype.spending.budget import Budget
from foretype.spending.fleet_metrics import MetricsUnusable, NoMetrics, RequestFacts

URI = "file:///project/secret_project/cart.py"
TEXT = "total = "


def exported(request: Request) -> ExportMetricsServiceRequest:
    """What an OTLP receiver reads in a request."""
    is_packed = request.headers.get("Content-Encoding") == "gzip"
    metrics = ExportMetricsServiceRequest()
    metrics.ParseFromString(gzip.decompress(request.body) if is_packed else request.body)
    return metrics


def test_what_a_server_exports(up: Upstream, tmp_path: Path) -> None:
    config = tmp_path / "foretype.toml"
    config.write_text(
        f'base_url = "{up.url}"\nmodel = "scripted"\n[telemetry]\nmetrics = true\n'
        "[budget]\nprice_input = 1.0\nprice_output = 2.0\n"
    )
    up.says("price * count")
    with answering(Response()) as (url, asked):
        env = environment(FORETYPE_CONFIG=str(config), OTEL_EXPORTER_OTLP_ENDPOINT=url)
        with running(env=env) as client:
            client.initialize(capabilities={"textDocument": {"inlineCompletion": {}}})
            document = {"uri": URI, "languageId": "python", "version": 1, "text": TEXT}
            client.notify("textDocument/didOpen", {"textDocument": document})
            at = {"line": 0, "character": len(TEXT)}
            place = {"textDocument": {"uri": URI}, "position": at, "context": {"triggerKind": 1}}
            assert eventually(lambda: client.request("textDocument/inlineCompletion", place))
            assert client.stop() == 0
    requests = [exported(each) for each in asked]
    said = str(requests)
    found = {
        metric.name: metric
        for request in requests
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    assert set(found) == {
        gen_ai_metrics.GEN_AI_CLIENT_OPERATION_DURATION,
        gen_ai_metrics.GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK,
        gen_ai_metrics.GEN_AI_CLIENT_TOKEN_USAGE,
        "foretype.cost",
        "foretype.suggestions",
    }
    point = found["gen_ai.client.operation.duration"].histogram.data_points[0]
    assert {each.key for each in point.attributes} == {
        *("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"),
        *("server.address", "server.port"),
    }
    for private in ("cart", "secret_project", "total", "price", str(tmp_path)):
        assert private not in said


class Kept(NoMetrics):
    def __init__(self) -> None:
        self.facts: list[RequestFacts] = []

    def request(self, facts: RequestFacts) -> None:
        self.facts.append(facts)


async def test_a_pause_is_no_request() -> None:
    kept = Kept()
    down = ResilientModel(ScriptedModel(Script([ModelUnavailable("It is down.", 60.0)])))
    model = MeteredModel(down, Budget(metrics=kept))
    for _ in range(5):
        with pytest.raises(ModelUnavailable):
            async for _ in model.stream(Prompt(text_tokens=5)):
                pass
    [facts] = kept.facts
    assert (facts.error, facts.usage, facts.first_s) == ("ModelUnavailable", None, None)


def test_without_the_packages_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [each for each in sys.modules if each.startswith("opentelemetry.sdk")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.metrics", None)
    with pytest.raises(MetricsUnusable, match="pipx inject foretype opentelemetry-sdk"):
        fleet_metrics.open_metrics("1")
