"""Every setting, declared once: name, type, default, unit and meaning.

The documentation, the VS Code section and the validation are generated from these classes;
``load.py`` reads the values. Settings are spelled ``snake_case`` here and in TOML, ``camelCase``
in JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal


@dataclass(frozen=True, slots=True)
class Between:
    """A range of valid numbers, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern for valid text (empty text is valid too), and its name in messages."""

    regex: str
    called: str


@dataclass(frozen=True, slots=True)
class Visible:
    """A text of at most so many characters, none of which is hidden."""

    max_chars: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A list that is accepted as a whole or not at all, such as a command's arguments."""


WORKSPACE_SETTINGS = frozenset(
    {
        "exclude",
        "respect_gitignore",
        "completion.enabled",
        "completion.multiline",
        "completion.in_comments",
        "completion.in_strings",
        "completion.languages_off",
        "completion.menu",
        "next_edit.languages_off",
        "next_edit.mode",
        "refactor.enabled",
        "refactor.actions",
        "refactor.actions.title",
        "refactor.actions.instruction",
        "refactor.actions.kind",
        "refactor.actions.languages",
    }
)
"""Settings that a workspace may set, in ``.foretype.toml`` or through ``workspace/configuration``.

A workspace is untrusted: it may not name an endpoint, a key, a model or a program, or spend more
money.
"""

OWNER_SETTINGS = frozenset(
    {
        "provider",
        "base_url",
        "api_key",
        "api_key_env",
        "headers",
        "refactor.test_command",
        "index.enabled",
        "index.dependencies",
        "budget.daily_usd",
        "budget.monthly_usd",
        "budget.price_input",
        "budget.price_cached",
        "budget.price_output",
        "privacy.record",
    }
)
"""Settings that an editor connected through a port may not set.

Someone who has learned the token, which may cross a network unencrypted, still cannot set an
endpoint that receives files of this machine, a key, a program, what is read in the background, or
a spending limit.
"""

USER_FILE_SETTINGS = frozenset(
    {
        "api_key_command",
        "providers",
        "telemetry.metrics",
        "completion.instructions",
        "completion.workspace_instructions",
        "next_edit.model",
    }
)
"""Settings that only the user's own file may set: they name programs that run unasked, add text to
every prompt, or have more sent and paid for. What an editor sends may come from a project's own
configuration."""

ENVIRONMENT_VARIABLES = {
    "provider": "FORETYPE_PROVIDER",
    "base_url": "FORETYPE_BASE_URL",
    "api_key": "FORETYPE_API_KEY",
    "model": "FORETYPE_MODEL",
}
"""Settings that can come from the environment, and their variables."""

SECRET_SETTINGS = frozenset({"api_key", "headers"})
"""Settings that are never written to a log, a message or an editor's settings."""

EDITOR_SETTINGS = frozenset({"client", "notify_late", "refactor.trusted"})
"""Settings that an editor's extension sends about itself, which users need not set."""

MAX_INSTRUCTIONS_CHARS = 2000
"""Characters of instructions from one source: about 500 tokens of each prompt."""
MAX_KEEP_DAYS = 3650
"""Days that the record of what was suggested and spent can be kept, and shown, at most."""
WORKSPACE_MARK = " (workspace)"
"""The end of the title of a refactoring that a workspace defines."""

Multiline = Literal["auto", "single", "block"]
Milliseconds = Annotated[int, Between(1, 60_000)]
Price = Annotated[float, Between(0, 100_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionSettings:
    """Ghost text."""

    enabled: bool = True
    """Offer suggestions while typing. Explicitly invoked requests always work."""
    trigger: Literal["automatic", "on_request"] = "automatic"
    """When suggestions are offered: while typing, or only when explicitly invoked. ``on_request``
    does the same as ``enabled = false``, and no workspace can change it."""
    show_delay_ms: Annotated[int, Between(0, 10_000)] = 0
    """Time after the last key before which no ghost text appears by itself, in milliseconds. What
    is shown already stays while it is typed, and explicitly invoked requests do not wait. The model
    is asked as early as before: see ``debounce_ms`` for that."""
    deadline_ms: Milliseconds = 400
    """Time from an automatic request to its answer, in milliseconds. What has arrived by then is
    shown."""
    explicit_deadline_ms: Milliseconds = 2000
    """The same for explicitly invoked requests and for completion menus, in milliseconds."""
    debounce_ms: Annotated[int, Between(0, 10_000)] | Literal["auto"] = "auto"
    """Time to wait for a pause in typing before the model is asked, in milliseconds. ``auto``
    learns it from your rhythm."""
    multiline: Multiline = "auto"
    """How much to suggest: the rest of the line, a block, or what fits the context."""
    max_tokens: Annotated[int, Between(1, 100_000)] = 128
    """Maximum tokens of a suggestion's text; twice as many, where this is not set, for an endpoint
    that takes a second to begin. More are requested where an endpoint is known to write something
    before it, such as reasoning: up to 1,024 in all. They are paid for like others."""
    context_tokens: Annotated[int, Between(100, 200_000)] = 2000
    """Maximum tokens sent as context for one suggestion."""
    alternatives: Annotated[int, Between(1, 3)] = 3
    """Maximum alternatives for an explicitly invoked request. Invoking again while a suggestion is
    shown requests the others, which costs up to two requests; 1 never does."""
    local: Literal["fallback", "only", "off"] = "fallback"
    """When the embedded engine is used: if the model is late, instead of a model, or never."""
    head_start: bool = True
    """Ask the model at an edit after which a pause is likely, before the editor's request; never
    for an editor that has stopped sending requests."""
    speculate: bool = False
    """Request the next suggestion as soon as one is accepted. Costs tokens: only while at least
    three in ten suggestions are accepted, and only with a budget that is not used up."""
    in_comments: bool = True
    """Suggest inside comments. Explicitly invoked requests always work."""
    in_strings: bool = True
    """Suggest inside strings, including Python's docstrings. Explicitly invoked requests always
    work."""
    languages_off: tuple[str, ...] = ()
    """Language ids for which nothing is suggested."""
    menu: Literal["auto", "on", "off"] = "auto"
    """Show suggestions in the completion menu too. ``auto``: for editors without ghost text."""

    add_imports: Literal["ask", "always", "never"] = "ask"
    """Whether an import that an accepted suggestion needs is added to its file, where the model
    wrote one: only of the standard library, or as another file of the project has it."""
    instructions: Annotated[str, Visible(MAX_INSTRUCTIONS_CHARS)] = ""
    """Instructions of your own for ghost text, such as ``Comments in British English.`` They are
    sent with each request, except to endpoints that take only code (``wire`` ``fim`` and
    ``infill``). Only your own ``foretype.toml`` may set them."""
    workspace_instructions: bool = False
    """Add those of a workspace's ``.foretype/instructions.md``, where the editor reports that the
    workspace is trusted and the file is not excluded. Only your own ``foretype.toml`` may set
    this. No other file, such as ``AGENTS.md``, is read as instructions."""

    @property
    def is_automatic(self) -> bool:
        """Whether suggestions are offered while typing."""
        return self.enabled and self.trigger == "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextEditSettings:
    """Next edits: what follows from your last edits elsewhere in the file."""

    mode: Literal["off", "hint", "on"] = "hint"
    """Offer the next edit: never; as a mark that is shown in full when asked for; or in full at
    once. It comes from rules, such as finishing a rename: nothing is sent, and it costs nothing,
    unless ``model`` is on."""
    model: bool = False
    """Ask the model where no rule has anything, at most once for each place that you edit. This
    sends up to 120 lines around the cursor and your last edits, about 2,500 tokens, and some 60 to
    120 tokens come back: 1,000 such requests cost about 2.30 USD at 0.75 USD a million tokens sent
    and 4.50 received. The budget and all that excludes files hold. Only your own ``foretype.toml``
    can set it."""
    languages_off: tuple[str, ...] = ()
    """Language ids without next edits, such as ``["markdown"]``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomAction:
    """A user-defined refactoring."""

    title: str
    """The title in the menu."""
    instruction: str
    """The instruction for the model about the selected code."""
    kind: Literal[
        "refactor.rewrite", "refactor.extract", "refactor.inline", "quickfix", "source"
    ] = "refactor.rewrite"
    """The kind of code action, which decides the editor's menus and keys."""
    languages: tuple[str, ...] = ()
    """Language ids it is offered for; all if empty."""
    scope: Literal["selection", "function", "file"] = "selection"
    """What it rewrites."""
    model: str = ""
    """The model for this refactoring; the usual one if empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefactorSettings:
    """Refactorings."""

    enabled: bool = True
    """Offer refactorings as code actions."""
    deadline_s: Annotated[int, Between(1, 3600)] = 60
    """Maximum duration of a refactoring, in seconds."""
    max_tokens: Annotated[int, Between(1, 200_000)] = 2000
    """Maximum tokens of one answer; twice as many for a whole file."""
    model: str = ""
    """The model for refactorings; the completion's model if empty."""
    planner: str = ""
    """A model that plans refactorings across files, such as ``mai-thinking-1``."""
    max_rounds: Annotated[int, Between(1, 100)] = 12
    """Maximum rounds of tool calls in refactorings across files."""
    test_command: Annotated[tuple[str, ...], Whole()] = ()
    """The command that runs the project's tests in refactorings across files, as a list of
    arguments. You are asked before it runs."""
    trusted: bool | None = None
    """Whether the workspace is trusted. Refactoring across files, and the refactorings that a
    workspace defines, need it. If this is not set, you are asked the first time, and your yes is
    remembered for the folder."""
    preview: Literal["never", "ask", "always"] = "ask"
    """When a change is shown as a diff before it is applied: ``ask`` where you are asked to
    confirm it, ``always`` before each change. With ``never`` you are still asked, without a diff.
    VS Code shows its own preview, Neovim a window; elsewhere ``always`` puts the first lines of
    the diff into the question."""
    actions: tuple[CustomAction, ...] = ()
    """Refactorings of your own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettings:
    """Money."""

    daily_usd: Annotated[float, Between(0, 1_000_000)] = 0.0
    """Maximum spending per day over all editors, in US dollars; 0 for no limit. Once it is reached,
    no model is used until the next day, not even for explicitly invoked requests, and the
    embedded engine takes over. A model whose price is known neither from its provider nor from
    the settings below is counted as free, with one warning."""
    monthly_usd: Annotated[float, Between(0, 10_000_000)] = 0.0
    """The same per calendar month, in US dollars; 0 for no limit."""
    price_input: Price | None = None
    """US dollars per million input tokens, if the built-in price is wrong."""
    price_cached: Price | None = None
    """US dollars per million cached input tokens."""
    price_output: Price | None = None
    """US dollars per million output tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """The record that ``foretype stats`` shows: times, counts and costs, no code and no paths."""

    keep_days: Annotated[int, Between(1, MAX_KEEP_DAYS)] = 90
    """Days after which it is deleted. ``foretype stats --forget`` deletes it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """What is kept of what leaves this machine."""

    record: Literal["off", "names", "bodies"] = "names"
    """Record each request in a file for you alone: its time, endpoint, bytes and the files it is
    about; with ``bodies`` also its text. ``foretype audit --log`` shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings:
    """Figures for a fleet."""

    metrics: bool = False
    """Export counts, times and costs by OpenTelemetry, to where ``OTEL_EXPORTER_OTLP_ENDPOINT``
    says: no code, no paths, no prompts. Needs the extra ``telemetry``; ``docs/teams.md`` has more.
    Only your own ``foretype.toml`` can set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """What the embedded engine reads."""

    enabled: bool = True
    """Let the embedded engine read the workspace in the background, and keep what it learns in
    your cache folder. Excluded files are not read; ``foretype index --clear`` deletes it all."""
    dependencies: bool = True
    """Let it read the names and signatures of what your files import, too, in installed packages
    and the standard library. Nothing of those is run, and nothing enters a prompt."""


Url = Annotated[
    str, Pattern(r"https?://[^\s/?#]+\S*", "a URL that begins with http:// or https://")
]
VariableName = Annotated[
    str, Pattern(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable")
]
Wire = Literal["", "chat", "fim", "infill", "responses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """One provider among several. Its key is taken from here, from the provider's own variable or
    from the system's keyring, never from ``FORETYPE_API_KEY``."""

    provider: str = ""
    """The provider's name, as in ``provider``."""
    base_url: Url = ""
    """The endpoint's base URL, if it is not the provider's own."""
    api_key: str = field(default="", repr=False)
    """Its API key. Better kept elsewhere: see ``api_key_env``."""
    api_key_env: VariableName = ""
    """The name of the environment variable that holds the key."""
    api_key_command: Annotated[tuple[str, ...], Whole()] = ()
    """A command that prints the key, as a list of arguments."""
    headers: tuple[str, ...] = field(default=(), repr=False)
    """Headers to send with each request, as ``"Name: value"``."""
    model: str = ""
    """The model's id as spelled by the provider; the provider's default if empty."""
    wire: Wire = ""
    """The API format of the endpoint; the provider's default if empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings."""

    provider: str = ""
    """The provider's name: ``openrouter``, ``azure``, ``fireworks``, ``baseten``, ``codestral``,
    ``mistral``; ``foundrylocal``, ``ollama``, ``lmstudio``, ``llamacpp``, ``vllm`` on your own
    machine; ``custom`` for any other."""
    base_url: Url = ""
    """The endpoint's base URL, such as ``http://127.0.0.1:8080/v1``."""
    api_key: str = field(default="", repr=False)
    """The provider's API key. Better kept in the environment: see ``api_key_env``."""
    api_key_env: VariableName = ""
    """The name of the environment variable that holds the key."""
    headers: tuple[str, ...] = field(default=(), repr=False)
    """Headers to send with each request, as ``"Name: value"``, for gateways that want some. A
    ``${VARIABLE}`` in a value is read from the environment."""
    api_key_command: Annotated[tuple[str, ...], Whole()] = ()
    """A command that prints the key, as a list of arguments, such as
    ``["pass", "show", "openrouter"]``; used where nothing else gives a key. It runs without a
    shell, for 10 seconds at most. Only your own ``foretype.toml`` can set it."""
    model: str = ""
    """The model's id as spelled by the provider; the provider's default if empty."""
    wire: Wire = ""
    """The API format of the endpoint; the provider's default if empty."""
    providers: tuple[ProviderSettings, ...] = ()
    """Providers to fall back on, in this order, after the one that ``provider`` or ``base_url``
    names, if any. The next one answers while one refuses the key, is out of credit, does not know
    the model, cannot be reached or fails repeatedly; it is tried again in the background. Only
    your own ``foretype.toml`` can set them."""
    client: str = ""
    """Which editor this is."""
    notify_late: bool = False
    """Send ``foretype/suggestionReady`` when a suggestion comes after its deadline."""
    exclude: tuple[str, ...] = ()
    """Files of which nothing ever leaves the machine, as ``.gitignore`` patterns."""
    respect_gitignore: bool = True
    """Exclude files that ``.gitignore`` matches."""
    completion: CompletionSettings = CompletionSettings()
    next_edit: NextEditSettings = NextEditSettings()
    index: IndexSettings = IndexSettings()
    refactor: RefactorSettings = RefactorSettings()
    budget: BudgetSettings = BudgetSettings()
    ledger: LedgerSettings = LedgerSettings()
    privacy: PrivacySettings = PrivacySettings()
    telemetry: TelemetrySettings = TelemetrySettings()
