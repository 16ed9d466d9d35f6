"""``foretype login`` and ``logout``: a provider's key in the system's keyring."""

from __future__ import annotations

import os
import sys

import click

from foretype.cli.terminal import BadInput, console
from foretype.models.keyring_store import KeyringUnusable, delete, store
from foretype.settings.load import config_file, load
from foretype.settings.providers import PROVIDERS, origin_of

_URL = click.option("--base-url", default="", help="The endpoint, if it is not the provider's own.")


@click.command()
@click.argument("provider", required=False, default="")
@_URL
def login(provider: str, base_url: str) -> int:
    """Keep a provider's key in the system's keyring, for that provider's address alone.

    The key is asked for and not shown, or read from standard input. It is used where neither a
    setting, nor a variable, nor `api_key_command` gives one.
    """
    url = _url(provider, base_url)
    key = _clean(_asked(url))
    try:
        store(url, key, os.environ)
    except KeyringUnusable as fault:
        raise BadInput(str(fault)) from None
    console().print(f"The key is kept for {origin_of(url)}.", soft_wrap=True)
    return 0


@click.command()
@click.argument("provider", required=False, default="")
@_URL
def logout(provider: str, base_url: str) -> int:
    """Delete a provider's key from the system's keyring."""
    url = _url(provider, base_url)
    try:
        was_there = delete(url, os.environ)
    except KeyringUnusable as fault:
        raise BadInput(str(fault)) from None
    what = "The key is deleted" if was_there else "No key is kept"
    console().print(f"{what} for {origin_of(url)}.", soft_wrap=True)
    return 0


def _url(provider: str, base_url: str) -> str:
    """Return the endpoint that is meant: as named, or as the settings have it."""
    settings = load(user_file=config_file(os.environ), environ=os.environ).settings
    slug = provider.strip().lower() or settings.provider
    if slug and slug not in PROVIDERS:
        # Not repeated: it may be the key.
        raise BadInput(f"That is no provider. There are {', '.join(PROVIDERS)}.")
    own = settings.base_url if slug == settings.provider else ""
    url = base_url or own or (PROVIDERS[slug].base_url if slug else "")
    try:
        if origin_of(url).startswith(("https://", "http://")):
            return url
    except ValueError:
        pass
    raise BadInput("Name the provider, such as openrouter, or give --base-url.")


def _asked(url: str) -> str:
    if sys.stdin.isatty():
        key: str = click.prompt(f"Key for {origin_of(url)}", hide_input=True)
        return key
    return sys.stdin.readline()


def _clean(text: str) -> str:
    """Return a key without the quotation marks and blanks that were copied along."""
    key = text.strip().strip("\"'").strip()
    if not key:
        raise BadInput("No key was given.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BadInput("The key has characters that no key has. Copy it again.")
    if key != text.rstrip("\r\n"):
        console(stderr=True).print("Blanks or quotation marks around the key were left out.")
    return key
