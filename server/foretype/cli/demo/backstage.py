"""The demo's server process, and its scripted model.

Tracks the server's status; independent of typing and screens.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from foretype.cli.demo.typist import Scene
from foretype.cli.lsp_client import ENDED, SERVER, Editor, ServerFault, connect
from foretype.models.endpoint_choice import describe
from foretype.settings.load import config_file, load
from foretype.spending.ledger import MEMORY
from foretype.spending.ledger import VARIABLE as LEDGER

if TYPE_CHECKING:
    from foretype.upstream import ScriptedUpstream

Upstream = Literal["auto", "local", "scripted"]
"""The source of completions: the user's provider or else the embedded engine; the embedded engine
only; a local server that knows the right text."""

READY_TIMEOUT_S = 8.0
"""Seconds that the demo waits for the model's library to be loaded and connected."""

UNSETTLED = frozenset({"", "starting", "thinking"})
"""Transitional states of ``foretype/status``."""

FIRST_MS, FIRST_P95_MS, TOKENS_PER_SECOND = 180, 450, 120
"""The speed of the scripted upstream: like a small model on a warm connection."""

CHARS_PER_TOKEN = 4
"""A rule of thumb for code."""


@asynccontextmanager
async def serving(
    scenes: Sequence[Scene], upstream: Upstream, command: Sequence[str] = SERVER
) -> AsyncIterator[Server]:
    """Run a server process for the scenes, and stop it at the end. Raises ServerFault."""
    async with AsyncExitStack() as stack:
        status = Status()
        options: dict[str, Any] = {"client": "vscode"}
        if upstream == "local":
            options["completion"] = {"local": "only"}
        up = None
        if upstream == "scripted":
            from foretype.upstream import Script, ScriptedUpstream

            script = Script(
                truth={scene.name: scene.before + scene.truth + scene.after for scene in scenes},
                first_ms=FIRST_MS,
                first_p95_ms=FIRST_P95_MS,
                tokens_per_second=TOKENS_PER_SECOND,
            )
            up = await stack.enter_async_context(ScriptedUpstream(script))
            # These count before the user's own settings, whose key goes nowhere then.
            options |= {
                "provider": "custom",
                "baseUrl": up.url,
                "model": "scripted",
                "apiKey": "none-needed",
            }
        # What costs nothing is not to be counted with the user's own work.
        is_paid = upstream == "auto" and await asyncio.to_thread(_names_a_model)
        environ = {} if is_paid else {LEDGER: MEMORY}
        editor = await stack.enter_async_context(
            connect(command, options=options, on_notification=status.hear, environ=environ)
        )
        yield Server(editor, status, upstream == "local", up)


def _names_a_model() -> bool:
    """Whether the user's settings name a model. Reads files."""
    loaded = load(user_file=config_file(os.environ), environ=os.environ)
    return bool(describe(loaded.settings, os.environ).base_url)


@dataclass(slots=True)
class Status:
    """The server's own status."""

    said: dict[str, Any] = field(default_factory=dict)
    ended: bool = False
    fault: str = ""
    """The model's last failure, as a sentence."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, method: str, params: Any) -> None:
        if method == "foretype/status" and isinstance(params, dict):
            self.said = params
            if params.get("state") == "error":
                self.fault = str(params.get("message", ""))
            self.news.set()
        if method == ENDED:
            self.ended = True
            self.news.set()


@dataclass(frozen=True, slots=True)
class Server:
    """The server being demonstrated."""

    editor: Editor
    status: Status
    local: bool
    """Whether the embedded engine was requested."""
    upstream: ScriptedUpstream | None

    @property
    def is_local(self) -> bool:
        return not self.status.said.get("model")

    @property
    def engine(self) -> str:
        """Describe the source of completions in a few words."""
        if self.is_local:
            return "embedded engine"
        if self.upstream is not None:
            return "scripted upstream"
        model, provider = self.status.said["model"], self.status.said.get("provider")
        if provider in {"", "custom", None}:
            return f"{model} at your endpoint"
        return f"{model} at {provider}"

    @property
    def introduction(self) -> str:
        """Introduce the demo, and say what leaves the machine."""
        if self.status.said.get("state") == "needs_key":
            return f"{self.status.said.get('message')}. The embedded engine completes meanwhile."
        if self.is_local:
            lack = "The" if self.local else "No key is set, so the"
            return (
                f"{lack} embedded engine completes: from the open file alone, "
                "and nothing leaves this machine."
            )
        if self.upstream is not None:
            return (
                "A server on this machine plays the model: it streams the right text at a "
                f"provider's pace (first token after {FIRST_MS} ms, {FIRST_P95_MS} ms at the "
                "95th percentile)."
            )
        return f"Completions come from {self.engine}."

    async def until_ready(self) -> None:
        """Wait, for a limited time, until the server's model is ready."""
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                while not self.status.ended and self.status.said.get("state", "") in UNSETTLED:
                    self.status.news.clear()
                    await self.status.news.wait()
        except TimeoutError:
            # It may well become ready while the first keys are typed.
            return

    async def spent(self) -> str:
        """Return tokens and cost, for the table."""
        if self.is_local:
            return "none: nothing left this machine"
        if self.upstream is not None:
            log = self.upstream.log
            came = sum(record.n_chars for record in log.requests) // CHARS_PER_TOKEN
            went = sum(record.sent for record in log.requests)
            return f"about {came} in, {went} out, in {len(log.requests)} requests; free"
        stats = await self._ask("foretype.stats")
        return counted(stats if isinstance(stats, dict) else {})

    async def why(self) -> str:
        """Return the server's reason for its last answer."""
        why = await self._ask("foretype.why")
        if isinstance(why, dict):
            why = why.get("message", "")
        return f"The server says: {why}." if isinstance(why, str) and why else ""

    async def _ask(self, command: str) -> Any:
        try:
            return await self.editor.request(
                "workspace/executeCommand", {"command": command, "arguments": []}
            )
        except ServerFault:
            # An older or other server knows no such command; the demo says less then.
            return None


def counted(stats: Mapping[str, Any]) -> str:
    """Read this session's tokens and cost from ``foretype.stats``, as far as reported."""
    n, estimated, came, cached, went = (
        stats.get(f"session_{name}")
        for name in (
            "model_requests",
            "estimated_requests",
            "input_tokens",
            "cached_tokens",
            "output_tokens",
        )
    )
    if came is None or went is None:
        return "not reported"
    # Streams that were ended early, because their text was complete, have no count of their own.
    about = "about " if estimated else ""
    cost = stats.get("session_cost_usd")
    price = "price not known" if cost is None else f"{about}${cost:.4f}"
    return f"{about}{came} in ({cached or 0} cached), {went} out, in {n} requests; {price}"
