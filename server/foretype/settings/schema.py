"""Every setting, declared once: name, type, default, unit and meaning.

The documentation, the VS Code section and the validation are made from these classes. Knows
nothing of where values come from, which is ``load.py``'s part. A setting is spelled
``snake_case`` here and in TOML, ``camelCase`` in JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal


@dataclass(frozen=True, slots=True)
class Between:
    """Which numbers are valid, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which text is valid, besides the empty one, and what it is called in a message."""

    regex: str
    called: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A list that is taken as it is or not at all, such as a program's arguments."""


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
        "refactor.enabled",
        "refactor.actions",
        "refactor.actions.title",
        "refactor.actions.instruction",
        "refactor.actions.kind",
        "refactor.actions.languages",
    }
)
"""What a workspace may set, in ``.foretype.toml`` or through ``workspace/configuration``.

A workspace is somebody else's text: nothing in it may name an endpoint, a key, a model or a
program, or spend more money.
"""

OWNER_SETTINGS = frozenset(
    {
        "provider",
        "base_url",
        "api_key",
        "api_key_env",
        "refactor.test_command",
        "budget.daily_usd",
        "budget.price_input",
        "budget.price_cached",
        "budget.price_output",
    }
)
"""What an editor that is connected through a port may not set.

Whoever has learned the token, which goes over a network in the clear, still names no endpoint that
files of this machine go to, no key, no program, and no limit of what may be spent.
"""

ENVIRONMENT_VARIABLES = {
    "provider": "FORETYPE_PROVIDER",
    "base_url": "FORETYPE_BASE_URL",
    "api_key": "FORETYPE_API_KEY",
    "model": "FORETYPE_MODEL",
}
"""Settings that the environment can give, and the variables that give them."""

SECRET_SETTINGS = frozenset({"api_key"})
"""What is never written into a log, a message or an editor's settings section."""

EDITOR_SETTINGS = frozenset({"client", "notify_late", "refactor.trusted"})
"""What an editor's extension says of itself, and no user needs to write."""

Milliseconds = Annotated[int, Between(1, 60_000)]
Price = Annotated[float, Between(0, 100_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionSettings:
    """Ghost text."""

    enabled: bool = True
    """Offer suggestions while typing. Asking by hand works all the same."""
    deadline_ms: Milliseconds = 400
    """Time from an automatic request to its answer, in milliseconds. What has come by then is
    shown."""
    explicit_deadline_ms: Milliseconds = 2000
    """The same for requests made by hand and for completion menus, in milliseconds."""
    debounce_ms: Annotated[int, Between(0, 10_000)] | Literal["auto"] = "auto"
    """Time to wait for a pause in typing before the model is asked, in milliseconds. ``auto``
    learns it from your rhythm."""
    multiline: Literal["auto", "single", "block"] = "auto"
    """How much to suggest: the rest of the line, a block, or what fits the place."""
    max_tokens: Annotated[int, Between(1, 100_000)] = 128
    """The most tokens that a suggestion may take, reasoning included."""
    context_tokens: Annotated[int, Between(100, 200_000)] = 2000
    """The most tokens sent as context for one suggestion."""
    alternatives: Annotated[int, Between(1, 3)] = 3
    """The most texts to choose from where you ask by hand. Asking again where a suggestion is
    shown asks the model for the others, which costs up to two requests; 1 never does."""
    local: Literal["fallback", "only", "off"] = "fallback"
    """The embedded engine: where the model has nothing in time, instead of a model, or never."""
    head_start: bool = True
    """Ask the model at the edit itself where a pause is likely, before the editor asks; never for
    an editor that has stopped asking."""
    speculate: bool = False
    """Ask for the next suggestion as soon as one is accepted. Costs tokens: only while at least
    three in ten suggestions are accepted, and only with a ``budget.daily_usd`` that is not used
    up."""
    in_comments: bool = True
    """Suggest inside comments. Asking by hand works all the same."""
    in_strings: bool = True
    """Suggest inside strings, Python's docstrings among them. Asking by hand works all the same."""
    languages_off: tuple[str, ...] = ()
    """Language ids in which nothing is suggested."""
    menu: Literal["auto", "on", "off"] = "auto"
    """Suggestions in the completion menu too. ``auto``: for editors without ghost text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomAction:
    """A refactoring of the user's own."""

    title: str
    """What the menu says."""
    instruction: str
    """What the model is told to do with the selected code."""
    kind: Literal[
        "refactor.rewrite", "refactor.extract", "refactor.inline", "quickfix", "source"
    ] = "refactor.rewrite"
    """Which of the editor's menus and keys it belongs to."""
    languages: tuple[str, ...] = ()
    """Language ids it is offered in; all where none is named."""
    scope: Literal["selection", "function", "file"] = "selection"
    """What it rewrites."""
    model: str = ""
    """A model for this refactoring alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefactorSettings:
    """Refactorings."""

    enabled: bool = True
    """Offer refactorings as code actions."""
    deadline_s: Annotated[int, Between(1, 3600)] = 60
    """The longest a refactoring may take, in seconds."""
    max_tokens: Annotated[int, Between(1, 200_000)] = 2000
    """The most tokens that one answer may take; a whole file may take twice as many."""
    model: str = ""
    """A model for refactorings; the completion's where empty."""
    planner: str = ""
    """A model that plans work across files, such as ``mai-thinking-1``."""
    max_rounds: Annotated[int, Between(1, 100)] = 12
    """The most rounds of tool calls in work across files."""
    test_command: Annotated[tuple[str, ...], Whole()] = ()
    """The program, and its arguments, that runs the project's tests in work across files. You are
    asked before it runs."""
    trusted: bool = True
    """Whether the workspace is trusted. Work across files is not offered in one that is not."""
    actions: tuple[CustomAction, ...] = ()
    """Refactorings of your own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettings:
    """Money."""

    daily_usd: Annotated[float, Between(0, 1_000_000)] = 0.0
    """The most to spend a day over all editors, in US dollars; 0 for no limit. Once it is reached,
    no model is asked until the next day, not by hand either, and the embedded engine serves. A
    model whose price is known neither to its provider nor from the settings below counts
    nothing, which is said once."""
    price_input: Price | None = None
    """US dollars for a million input tokens, where the provider's row has it wrong."""
    price_cached: Price | None = None
    """US dollars for a million cached input tokens."""
    price_output: Price | None = None
    """US dollars for a million output tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings."""

    provider: str = ""
    """The provider's name: ``openrouter``, ``azure``, ``fireworks``, ``baseten``, ``custom``."""
    base_url: Annotated[
        str, Pattern(r"https?://[^\s/?#]+\S*", "a URL that begins with http:// or https://")
    ] = ""
    """The endpoint's base URL, such as ``http://127.0.0.1:8080/v1``."""
    api_key: str = field(default="", repr=False)
    """The provider's key. Better kept in the environment: see ``api_key_env``."""
    api_key_env: Annotated[
        str, Pattern(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable")
    ] = ""
    """The name of the environment variable that holds the key."""
    model: str = ""
    """The model's id as the provider spells it; the provider's own default where empty."""
    wire: Literal["", "chat", "fim", "responses"] = ""
    """How the endpoint is spoken to; the provider's own way where empty."""
    client: str = ""
    """Which editor this is."""
    notify_late: bool = False
    """Send ``foretype/suggestionReady`` when a suggestion comes after its deadline."""
    exclude: tuple[str, ...] = ()
    """Files of which nothing ever leaves the machine, as patterns of ``.gitignore``."""
    respect_gitignore: bool = True
    """Treat what ``.gitignore`` names as excluded."""
    completion: CompletionSettings = CompletionSettings()
    refactor: RefactorSettings = RefactorSettings()
    budget: BudgetSettings = BudgetSettings()
