"""Read which models are to be compared: ``NAME``, ``NAME@PROVIDER`` or ``NAME@URL``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from foretype.models.endpoint_choice import ConfigError, choose_endpoint, each_provider
from foretype.settings.providers import PROVIDERS
from foretype.settings.schema import Settings


def settings_for_model(named: str, settings: Settings, environ: Mapping[str, str]) -> Settings:
    """Return the settings with another model, at another endpoint if one is named.

    Of several providers the first is meant, and no other answers in its place. A key that was set
    for one endpoint is not taken along to another. Raises ConfigError.
    """
    settings = each_provider(settings)[0]
    name, where = _parts(named)
    if not where:
        return replace(settings, model=name)
    is_url = "://" in where
    if _is_usual(where, settings, environ):
        return replace(settings, model=name)
    return replace(
        settings,
        provider="custom" if is_url else where.lower(),
        base_url=where if is_url else "",
        model=name,
        api_key="",
        api_key_env="",
        api_key_command=(),
        headers=(),
        wire="",
    )


def without_endpoint(named: str) -> str:
    """Return the name of the model alone."""
    return _parts(named)[0]


def _parts(named: str) -> tuple[str, str]:
    """Split a model from its endpoint, which is empty where none is named."""
    name, _, where = named.rpartition("@")
    is_endpoint = where.startswith(("http://", "https://")) or where.lower() in PROVIDERS
    return (name, where) if name and is_endpoint else (named, "")


def _is_usual(where: str, settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether an endpoint is the one that the settings name anyway."""
    try:
        usual = choose_endpoint(settings, environ)
    except ConfigError:
        return False
    if usual is None:
        return False
    return where.lower() == usual.row.slug or where.rstrip("/") == usual.base_url
