"""What an endpoint lists, which of the family takes another's place, and what is proposed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from helpers.raw_upstream import RawUpstream, refusal, serving, whole
from hypothesis import given
from hypothesis import strategies as st

from foretype.models.model_list import models_in, proposals
from foretype.models.open_model import OpenModel, open_model
from foretype.models.protocol import Message, ModelRejected, Prompt
from foretype.privacy.gate import Gate
from foretype.settings.model_family import (
    DEFAULT,
    FAMILY,
    Prices,
    family_model,
    members,
    own_name,
    successor,
)
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget

OLD, NEW = "mai-code-1-flash", "mai-code-1.1-flash"
PROMPT = Prompt(messages=(Message("user", "x = "),), prefix="x = ", text_tokens=128)
UNKNOWN = refusal(400, f"Invalid model name passed in model={OLD}.")


class TestFamily:
    def test_every_row_has_a_date_and_what_it_is_known_by(self) -> None:
        assert [row.released for row in FAMILY] == sorted(row.released for row in FAMILY)
        for row in FAMILY:
            assert own_name(row.name) == row.name
            assert (row.prices is None) == (row.prices_of == "")
            assert row.efforts

    @pytest.mark.parametrize(
        "spelled",
        [
            "microsoft/mai-code-1.1-flash",
            "accounts/fireworks/models/mai-code-1p1-flash",
            "MAI-Code-1.1-Flash",
            "mai-code-1.1-flash:free",
            "mai-code-1.1-flash-2026-08-11",
            "MAI-Code-1.1-Flash-generic-cpu:2",
        ],
    )
    def test_a_model_is_known_by_each_spelling(self, spelled: str) -> None:
        assert family_model(spelled) == family_model(NEW)

    def test_another_family_is_none(self) -> None:
        assert family_model("mai-thinking-1") is None
        assert members(["gpt-5", "mai-code-2-flash", f"microsoft/{OLD}"]) == [
            "mai-code-2-flash",
            f"microsoft/{OLD}",
        ]

    def test_the_newest_that_is_not_dearer_takes_the_place(self) -> None:
        assert successor(f"microsoft/{OLD}", ["gpt-5", f"microsoft/{NEW}"]) == f"microsoft/{NEW}"

    @pytest.mark.parametrize("offered", [[], ["gpt-5"], ["mai-code-2-flash"], [OLD]])
    def test_one_of_unknown_price_or_none_does_not(self, offered: list[str]) -> None:
        assert successor(OLD, offered) == ""

    def test_a_dearer_one_does_not(self) -> None:
        assert successor(NEW, [OLD]) == ""

    def test_the_default_is_the_first(self) -> None:
        assert DEFAULT.name == OLD


class TestList:
    def test_openrouter_gives_prices_for_a_token(self) -> None:
        pricing = {"prompt": "0.0000002", "completion": "0.0000012", "input_cache_read": "2e-8"}
        (model,) = models_in(
            {"data": [{"id": "a/b", "context_length": 9, "pricing": pricing, "owned_by": "a"}]}
        )
        assert (model.id, model.context_tokens, model.owner) == ("a/b", 9, "a")
        assert model.prices == Prices(0.2, 0.02, 1.2)

    def test_llama_cpp_gives_its_window_in_another_place(self) -> None:
        (model,) = models_in({"data": [{"id": "m", "meta": {"n_ctx": 512}}]})
        assert model.context_tokens == 512

    def test_prices_of_the_family_are_known(self) -> None:
        (model,) = models_in({"data": [{"id": f"microsoft/{NEW}"}]})
        assert model.prices == Prices(0.20, 0.02, 1.20)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(
                        ["data", "models", "id", "pricing", "prompt", "completion", "meta"]
                    ),
                    inner,
                )
            ),
        )
    )
    def test_anything_gives_a_list(self, body: Any) -> None:
        assert all(model.id for model in models_in(body))

    def test_what_is_proposed_is_near_or_of_the_family(self) -> None:
        offered = ["gpt-4o", "gpt-4o-mini", f"microsoft/{NEW}", "claude-x", "llama-y"]
        assert proposals("gpt-4o-mni", offered)[:2] == [f"microsoft/{NEW}", "gpt-4o-mini"]
        assert proposals("nothing-like-it", ["only-one"]) == ["only-one"]


def opened(up: RawUpstream, told: list[str], **settings: str) -> OpenModel:
    named = Settings(provider="custom", base_url=up.url, **settings)  # type: ignore[arg-type]
    model = open_model(
        named, {"FORETYPE_LEDGER": ":memory:"}, Gate(named, ()), Budget(tell=told.append)
    )
    assert model is not None
    return model


async def text_of(model: OpenModel) -> str:
    return "".join([chunk.text async for chunk in model.stream(PROMPT)])


class TestUnknownModel:
    async def test_of_the_row_is_replaced_by_a_newer_one_and_that_is_told_once(self) -> None:
        told: list[str] = []
        async with serving(UNKNOWN, whole("a")) as up:
            up.models = ("gpt-5", f"microsoft/{NEW}")
            model = opened(up, told)
            assert [await text_of(model) for _ in range(3)] == ["a"] * 3
            await model.close()
        assert [request.body["model"] for request in up.requests] == [
            OLD,
            *[f"microsoft/{NEW}"] * 3,
        ]
        assert len(up.warm) == 1
        assert len(told) == 1 and NEW in told[0] and OLD in told[0]
        assert model.name == f"microsoft/{NEW}"

    async def test_that_the_user_named_is_never_replaced_but_proposed_for(self) -> None:
        told: list[str] = []
        async with serving(UNKNOWN) as up:
            up.models = ("gpt-5", f"microsoft/{NEW}")
            model = opened(up, told, model=OLD)
            for _ in range(30):
                with pytest.raises(ModelRejected, match=f"It offers microsoft/{NEW}"):
                    await text_of(model)
            await model.close()
        assert (len(up.requests), len(up.warm)) == (1, 1)
        assert not told

    async def test_where_the_endpoint_lists_nothing_is_told_as_ever(self) -> None:
        async with serving(UNKNOWN) as up:
            model = opened(up, [])
            with pytest.raises(ModelRejected) as caught:
                await text_of(model)
            await model.close()
        assert "does not know" in str(caught.value) and "It offers" not in str(caught.value)

    async def test_two_streams_at_once_look_once(self) -> None:
        told: list[str] = []
        async with serving(UNKNOWN, UNKNOWN, whole("a")) as up:
            up.models = (NEW,)
            model = opened(up, told)
            both = await asyncio.gather(text_of(model), text_of(model))
            assert list(both) == ["a", "a"]
            await model.close()
        assert (len(up.warm), len(told)) == (1, 1)
