"""The rows: properties of the table, and which URL is whose."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.models.pricing import cost_usd, prices_for
from foretype.settings.model_family import PRICES, Prices
from foretype.settings.providers import (
    FOUND_BY_KEY,
    FREE,
    PROVIDERS,
    Provider,
    is_loopback,
)
from foretype.settings.schema import BudgetSettings
from foretype.spending.usage import Usage

ROWS = list(PROVIDERS.values())
MAI = PROVIDERS["openrouter"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.slug)
class TestEveryRow:
    def test_is_found_by_its_slug(self, row: Provider) -> None:
        assert PROVIDERS[row.slug] is row
        assert row.slug == row.slug.lower()
        assert row.slug.isalnum()

    def test_owns_its_own_url_or_is_on_this_machine(self, row: Provider) -> None:
        if row.base_url:
            assert row.owns(row.base_url) or is_loopback(row.base_url)
            assert not row.base_url.endswith("/")

    def test_that_needs_a_key_says_where_it_is_found_and_goes(self, row: Provider) -> None:
        assert row.key_needed == bool(row.key_vars) == bool(row.hosts)
        assert all(name.isupper() and name.isidentifier() for name in row.key_vars)

    def test_speaks_https_unless_it_is_on_this_machine(self, row: Provider) -> None:
        if row.base_url and not is_loopback(row.base_url):
            assert urlsplit(row.base_url).scheme == "https"

    def test_spells_each_way_of_not_thinking_once(self, row: Provider) -> None:
        assert all(row.reasoning_off)
        assert len({str(dict(s)) for s in row.reasoning_off}) == len(row.reasoning_off)

    def test_names_a_host_exactly_or_with_all_below_it(self, row: Provider) -> None:
        for host in row.hosts:
            assert host == host.lower()
            assert host.lstrip(".").count(".") >= 1, "a whole top-level domain"

    def test_has_prices_that_make_sense(self, row: Provider) -> None:
        if row.prices is not None:
            assert 0 <= row.prices.cached <= row.prices.input <= row.prices.output

    def test_sends_headers_that_can_be_sent(self, row: Provider) -> None:
        for name, value in row.headers:
            assert (name + value).isascii()
            assert (name + value).isprintable()


def test_a_key_that_lies_there_chooses_only_rows_that_need_nothing_else() -> None:
    for slug in FOUND_BY_KEY:
        row = PROVIDERS[slug]
        assert row.base_url
        assert row.model
        assert row.key_vars


def test_no_two_rows_share_a_host() -> None:
    hosts = [host for row in ROWS for host in row.hosts]
    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize(
    ("slug", "url", "own"),
    [
        ("openrouter", "https://openrouter.ai/api/v1", True),
        ("openrouter", "https://eu.openrouter.ai/api/v1", True),
        ("openrouter", "https://OpenRouter.ai/api/v1", True),
        ("openrouter", "http://openrouter.ai/api/v1", False),
        ("openrouter", "https://openrouter.ai.evil.example/api/v1", False),
        ("openrouter", "https://notopenrouter.ai/api/v1", False),
        ("openrouter", "https://openrouter.ai@evil.example/v1", False),
        ("openrouter", "https://evil.example/openrouter.ai", False),
        ("azure", "https://mine.openai.azure.com/openai/v1/", True),
        ("azure", "https://openai.azure.com.evil.example/", False),
        ("baseten", "https://model-1.api.baseten.co/v1", True),
        ("ollama", "http://127.0.0.1:11434/v1", False),
        ("custom", "https://openrouter.ai/api/v1", False),
    ],
)
def test_a_url_is_a_providers_own(slug: str, url: str, own: bool) -> None:
    assert PROVIDERS[slug].owns(url) is own


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://127.3.2.1/v1", True),
        ("http://localhost:1/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://192.168.0.2:8080/v1", False),
        ("http://localhost.evil.example/v1", False),
        ("http://0.0.0.0:8080/v1", False),
        ("https://openrouter.ai/api/v1", False),
    ],
)
def test_loopback_is_this_machine_alone(url: str, local: bool) -> None:
    assert is_loopback(url) is local


class TestServing:
    def test_another_model_has_no_price_that_is_not_its_own(self) -> None:
        assert MAI.serving("other/large-model").prices is None

    def test_the_same_model_under_another_name_keeps_its_price(self) -> None:
        own = PROVIDERS["baseten"].serving("team/MAI-Code-1-Flash")
        assert own.prices == PRICES["mai-code-1-flash"]

    def test_the_successor_has_its_own(self) -> None:
        assert MAI.serving("microsoft/mai-code-1.1-flash").prices == Prices(0.20, 0.02, 1.20)

    def test_one_that_is_not_known_has_none(self) -> None:
        assert MAI.serving("microsoft/mai-code-9-flash").prices is None

    def test_what_runs_here_costs_nothing(self) -> None:
        assert PROVIDERS["ollama"].serving("anything:7b").prices == FREE


class TestCost:
    def test_a_cached_token_costs_a_tenth(self) -> None:
        usage = Usage(input_tokens=2000, cached_tokens=1900, output_tokens=40)
        assert cost_usd(usage, MAI, BudgetSettings()) == pytest.approx(0.0003975)

    def test_nothing_cached(self) -> None:
        usage = Usage(input_tokens=2000, output_tokens=40)
        assert cost_usd(usage, MAI, BudgetSettings()) == pytest.approx(0.00168)

    def test_the_providers_own_word_counts(self) -> None:
        assert cost_usd(Usage(1000, 0, 10, cost_usd=0.5), MAI, BudgetSettings()) == 0.5

    def test_the_users_price_counts_before_it(self) -> None:
        usage = Usage(input_tokens=1_000_000, cost_usd=0.5)
        assert cost_usd(usage, MAI, BudgetSettings(price_input=3.0)) == pytest.approx(3.0)

    def test_an_unknown_price_is_said_to_be_unknown(self) -> None:
        assert cost_usd(Usage(1000), PROVIDERS["custom"], BudgetSettings()) is None

    def test_half_a_price_is_none(self) -> None:
        assert prices_for(PROVIDERS["custom"], BudgetSettings(price_input=1.0)) is None

    def test_cached_input_costs_what_the_users_input_does_unless_told(self) -> None:
        budget = BudgetSettings(price_input=1.0, price_output=2.0)
        assert prices_for(MAI, budget) == Prices(1.0, 1.0, 2.0)
        assert prices_for(PROVIDERS["custom"], budget) == Prices(1.0, 1.0, 2.0)

    @given(
        st.integers(0, 10**7),
        st.integers(0, 10**7),
        st.integers(0, 10**6),
        st.sampled_from([row for row in ROWS if row.prices]),
    )
    def test_is_never_negative_and_never_less_for_a_longer_answer(
        self, input_: int, cached: int, output: int, row: Provider
    ) -> None:
        # A provider that counts more cached tokens than input tokens is not believed.
        shorter = cost_usd(Usage(input_, cached, output), row, BudgetSettings())
        longer = cost_usd(Usage(input_, cached, output + 1), row, BudgetSettings())
        assert shorter is not None
        assert longer is not None
        assert 0 <= shorter <= longer
