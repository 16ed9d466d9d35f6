"""Metrics for a fleet, by OpenTelemetry's conventions for generative AI, over OTLP.

Needs the extra ``telemetry``, and is off unless the user's own file switches it on. Numbers and
names of providers, models and languages; never code, paths or prompts. OpenTelemetry exports in a
thread of its own; its variables, such as ``OTEL_EXPORTER_OTLP_ENDPOINT``, say where to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from foretype.spending.suggestion_row import SuggestionRow
from foretype.spending.usage import Usage

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram
    from opentelemetry.sdk.metrics import MeterProvider

INSTALL = (
    "telemetry.metrics needs OpenTelemetry: `pipx inject foretype opentelemetry-sdk "
    "opentelemetry-exporter-otlp-proto-http`."
)
SHUTDOWN_MS = 500
"""Milliseconds that the last export may take at the end."""
SECONDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Bounds of histograms of times: fine where a suggestion is in time or not."""
TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576)
"""Bounds of histograms of tokens, as the conventions have them."""


class MetricsUnusable(Exception):
    """The metrics cannot be exported. The text is a sentence for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """One request to a model."""

    model: str
    provider: str
    url: str
    is_completion: bool
    """Whether it is for ghost text, rather than for a refactoring."""
    took_s: float
    first_s: float | None
    """Seconds until the first chunk; None where none came."""
    usage: Usage | None
    error: str = ""
    """The kind of failure; empty where there was none."""


class Metrics(Protocol):
    """Where measurements go."""

    def request(self, facts: RequestFacts) -> None: ...
    def outcome(self, row: SuggestionRow) -> None: ...
    def close(self) -> None: ...


class NoMetrics:
    """The default: nothing is measured and nothing exported."""

    def request(self, facts: RequestFacts) -> None:
        return None

    def outcome(self, row: SuggestionRow) -> None:
        return None

    def close(self) -> None:
        return None


class FleetMetrics:
    """Exports by OTLP over HTTP. For use on the event loop, which never waits for an export."""

    def __init__(self, provider: MeterProvider, version: str) -> None:
        self._provider = provider
        meter = provider.get_meter("foretype", version)

        def histogram(name: str, unit: str, bounds: tuple[float, ...]) -> Histogram:
            return meter.create_histogram(name, unit, explicit_bucket_boundaries_advisory=bounds)

        self._duration = histogram("gen_ai.client.operation.duration", "s", SECONDS)
        self._first = histogram("gen_ai.client.operation.time_to_first_chunk", "s", SECONDS)
        self._tokens = histogram("gen_ai.client.token.usage", "{token}", TOKENS)
        self._cost = meter.create_counter("foretype.cost", "{USD}")
        self._outcomes = meter.create_counter("foretype.suggestions", "{suggestion}")

    def request(self, facts: RequestFacts) -> None:
        """Measure a request that has ended."""
        said = _attributes(facts)
        failed = {"error.type": facts.error} if facts.error else {}
        self._duration.record(facts.took_s, {**said, **failed})
        if facts.first_s is not None:
            self._first.record(facts.first_s, said)
        if facts.usage is None:
            return
        counts = {"input": facts.usage.input_tokens, "output": facts.usage.output_tokens}
        for kind, n_tokens in counts.items():
            self._tokens.record(n_tokens, {**said, "gen_ai.token.type": kind})
        if facts.usage.cost_usd:
            self._cost.add(facts.usage.cost_usd, said)

    def outcome(self, row: SuggestionRow) -> None:
        """Count what became of a suggestion."""
        self._outcomes.add(
            1,
            {
                "foretype.outcome": row.outcome,
                "foretype.language": row.language,
                "gen_ai.request.model": row.model,
                "gen_ai.provider.name": row.provider,
            },
        )

    def close(self) -> None:
        """Export what is left, within a short time. Blocks."""
        self._provider.shutdown(SHUTDOWN_MS)


def _attributes(facts: RequestFacts) -> Mapping[str, Any]:
    parts = urlsplit(facts.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {
        "gen_ai.operation.name": "text_completion" if facts.is_completion else "chat",
        "gen_ai.provider.name": facts.provider,
        "gen_ai.request.model": facts.model,
        "server.address": parts.hostname or "",
        "server.port": port,
    }


def open_metrics(version: str) -> FleetMetrics:
    """Begin to export. Blocks: loads the SDK. Raises MetricsUnusable."""
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
    except ImportError:
        raise MetricsUnusable(INSTALL) from None
    resource = Resource.create({"service.name": "foretype", "service.version": version})
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    provider = MeterProvider([reader], resource, shutdown_on_exit=False)
    return FleetMetrics(provider, version)
