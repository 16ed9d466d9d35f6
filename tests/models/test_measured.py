"""What an endpoint's answers show of it, how much is asked for, and the file that keeps it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.models import capability_file
from foretype.models.capabilities import EndpointCapabilities, RequestVariant
from foretype.models.capability_file import MAX_ENDPOINTS, CapabilityFile, read
from foretype.models.measured import MAX_SAMPLES, MOST_TOKENS, Measured, measured_of
from foretype.models.observer import AnswerObserver
from foretype.models.protocol import Chunk, Prompt
from foretype.models.scripted import ScriptedModel
from foretype.settings.providers import PROVIDERS, Endpoint
from foretype.spending.usage import Usage

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = sorted(EndpointCapabilities(1, RequestVariant()).as_json())


def endpoint(model: str = "m") -> Endpoint:
    row = PROVIDERS["custom"].serving(model)
    return Endpoint(row=row, base_url="http://127.0.0.1:9/v1", wire="chat")


def watched(measured: Measured, *chunks: Chunk, asked: int = 128, aborted: bool = False) -> None:
    observer = AnswerObserver(measured, Prompt(max_tokens=asked, text_tokens=128), sent_at=0.0)
    for chunk in chunks:
        observer.saw(chunk)
    observer.ended(aborted=aborted)


class TestTokensToAsk:
    def test_are_those_of_the_text_where_nothing_comes_before_it(self) -> None:
        assert Measured().tokens_to_ask(128) == 128

    def test_have_room_for_reasoning(self) -> None:
        measured = Measured(thought_tokens=[200, 210, 220], leading_tokens=[10])
        assert measured.tokens_to_ask(128) == 128 + 220 + 10

    def test_a_single_long_thought_among_many_does_not_count(self) -> None:
        assert Measured(thought_tokens=[0] * 15 + [900]).tokens_to_ask(128) == 128

    async def test_reach_a_model_that_thinks_for_long_in_three_steps(self) -> None:
        measured, asked = Measured(), []
        for _ in range(4):
            asked.append(measured.tokens_to_ask(128))
            if asked[-1] < 700:
                watched(measured, Chunk(finish="length"), asked=asked[-1])
        assert asked == [128, 384, 896, 896]

    def test_a_number_of_the_users_stays(self) -> None:
        assert Measured(thought_tokens=[500]).tokens_to_ask(2000) == 2000

    def test_are_those_that_the_account_can_pay_for_within_the_hour(self) -> None:
        measured = Measured(thought_tokens=[200])
        measured.saw_credit(90)
        assert measured.tokens_to_ask(128) == 90
        measured.credit_at -= 4000
        assert measured.tokens_to_ask(128) == 328

    @given(st.integers(1, 5000), st.lists(st.integers(0, 9000)), st.lists(st.integers(0, 9000)))
    def test_are_never_fewer_than_the_texts_nor_many_more(
        self, text: int, thoughts: list[int], leading: list[int]
    ) -> None:
        sent = Measured(thought_tokens=thoughts, leading_tokens=leading).tokens_to_ask(text)
        assert text <= sent <= max(text, MOST_TOKENS)


class TestTimes:
    async def test_first_token_and_first_text_are_told_apart(self) -> None:
        measured = Measured()
        now = asyncio.get_running_loop().time()
        observer = AnswerObserver(measured, Prompt(text_tokens=128), sent_at=now - 1)
        observer.saw(Chunk(reasoning="hm"))
        assert measured.median_first_token_s == pytest.approx(1, abs=0.5)

    def test_a_wait_without_anything_counts_only_where_it_was_longer_than_usual(self) -> None:
        measured = Measured()
        measured.waited(0.2)
        assert measured.median_first_token_s is None
        measured.waited(2.0)
        assert measured.median_first_token_s == 2.0
        measured.waited(0.3)
        assert measured.first_token_s == [2.0]
        measured.waited(4.0)
        assert measured.median_first_token_s == 3.0

    def test_only_the_latest_answers_count(self) -> None:
        measured = Measured()
        for number in range(100):
            measured.saw_first_token(float(number))
        assert len(measured.first_token_s) == MAX_SAMPLES
        assert measured.first_token_s[-1] == 99.0


class TestThoughts:
    async def test_are_counted_by_the_provider_where_it_counts(self) -> None:
        measured = Measured()
        usage = Usage(output_tokens=99, reasoning_tokens=70)
        watched(measured, Chunk(reasoning="hm"), Chunk("a", finish="stop", usage=usage))
        assert measured.thought_tokens == [70]

    async def test_are_estimated_where_it_does_not(self) -> None:
        measured = Measured()
        watched(measured, Chunk(reasoning="x" * 70), Chunk("a", finish="stop"))
        assert measured.thought_tokens == [20]

    async def test_none_is_recorded_too_so_that_a_change_is_noticed(self) -> None:
        measured = Measured(thought_tokens=[200])
        for _ in range(MAX_SAMPLES):
            watched(measured, Chunk("a", finish="stop"))
        assert measured.tokens_to_ask(128) == 128

    async def test_an_answer_that_was_left_says_nothing_about_them(self) -> None:
        measured = Measured(thought_tokens=[200])
        watched(measured, Chunk(reasoning="x" * 35), aborted=True)
        assert measured.thought_tokens == [200]

    async def test_other_prompts_teach_nothing(self) -> None:
        measured = Measured()
        observer = AnswerObserver(measured, Prompt(max_tokens=2000), sent_at=0.0)
        observer.saw(Chunk(reasoning="x" * 350))
        observer.ended(aborted=False)
        assert measured == Measured()


class TestStored:
    @given(st.dictionaries(st.sampled_from(FIELDS), JSON))
    def test_nonsense_never_raises_and_leaves_a_usable_record(self, stored: dict[str, Any]) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        capabilities.take(stored)
        assert 1 <= capabilities.measured.tokens_to_ask(128) <= MOST_TOKENS
        assert 0 <= capabilities.variant.reasoning_off_index <= 2
        json.dumps(capabilities.as_json())

    def test_what_was_stored_is_taken(self) -> None:
        old = EndpointCapabilities(2, RequestVariant())
        old.variant = RequestVariant(1, frozenset({"stop"}), "max_completion_tokens")
        old.accepted(old.variant)
        old.measured.saw_first_token(2.5)
        old.measured.saw_slots(1)
        new = EndpointCapabilities(2, RequestVariant())
        new.take(json.loads(json.dumps(old.as_json())))
        assert new.variant == old.variant
        assert new.measured.median_first_token_s == 2.5
        assert new.measured.slots == 1

    def test_refusals_are_forgotten_after_a_week(self) -> None:
        stored = {"without": ["stop"], "learned": time.time() - 8 * 24 * 3600}
        capabilities = EndpointCapabilities(2, RequestVariant())
        capabilities.take(stored)
        assert capabilities.variant == RequestVariant()

    def test_what_this_process_heard_is_not_overwritten(self) -> None:
        measured = Measured()
        measured.saw_first_token(0.2)
        measured.take({"first_token_s": [9.0]})
        assert measured.first_token_s == [0.2]


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def records(folder: Path) -> list[dict[str, Any]]:
    return [read(path) or {} for path in files(folder)]


class TestFile:
    @pytest.fixture(autouse=True)
    def another_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(capability_file, "known_capabilities", {})
        monkeypatch.setattr(capability_file, "CLOSE_TIMEOUT_S", 60.0)

    async def saved(self, folder: Path, model: str, seconds: float) -> None:
        file = CapabilityFile(endpoint(model), lambda: folder)
        file.capabilities.measured.saw_first_token(seconds)
        await file.close()

    async def test_survives_the_process(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "state" / "endpoints"
        await self.saved(folder, "m", 3.0)
        monkeypatch.setattr(capability_file, "known_capabilities", {})
        again = CapabilityFile(endpoint("m"), lambda: folder)
        again.load()
        assert again.capabilities.measured.median_first_token_s == 3.0

    async def test_several_servers_at_once_lose_nothing(self, tmp_path: Path) -> None:
        models = [f"m{n}" for n in range(20)]
        await asyncio.gather(*(self.saved(tmp_path, model, 1.0) for model in models))
        assert {record["endpoint"].split()[-1] for record in records(tmp_path)} == set(models)

    async def test_what_another_server_found_out_stays(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        servers = []
        for _ in range(2):
            monkeypatch.setattr(capability_file, "known_capabilities", {})
            servers.append(CapabilityFile(endpoint("m"), lambda: tmp_path))
        servers[0].capabilities.measured.saw_slots(1)
        servers[1].capabilities.measured.saw_first_token(2.0)
        for server in servers:
            await server.close()
        (record,) = records(tmp_path)
        assert (record["slots"], record["first_token_s"]) == (1, [2.0])

    async def test_keeps_the_endpoints_written_last(self, tmp_path: Path) -> None:
        for n in range(MAX_ENDPOINTS + 9):
            (tmp_path / f"{n}.json").write_text("{}")
            os.utime(tmp_path / f"{n}.json", (n, n))
        await self.saved(tmp_path, "new", 1.0)
        kept = {path.name for path in files(tmp_path)}
        assert len(kept) == MAX_ENDPOINTS
        assert "9.json" not in kept and "10.json" in kept

    @pytest.mark.parametrize(
        "content", [b"", b"\xff", b"[]", b"{", b"[" * 99_999, b'{"endpoints": 1}', b"x" * 2**20]
    )
    async def test_nonsense_is_replaced(self, tmp_path: Path, content: bytes) -> None:
        await self.saved(tmp_path, "m", 1.0)
        (path,) = files(tmp_path)
        path.write_bytes(content)
        CapabilityFile(endpoint("m"), lambda: tmp_path).load()
        await self.saved(tmp_path, "m", 2.0)
        assert [record["first_token_s"][-1] for record in records(tmp_path)] == [2.0]

    async def test_a_newer_versions_file_is_left_alone(self, tmp_path: Path) -> None:
        await self.saved(tmp_path, "m", 1.0)
        (path,) = files(tmp_path)
        path.write_text('{"version": 2}')
        await self.saved(tmp_path, "m", 2.0)
        assert json.loads(path.read_text()) == {"version": 2}

    async def test_a_folder_that_cannot_be_written_costs_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        await self.saved(tmp_path / "file" / "endpoints", "m", 1.0)

    async def test_no_key_is_written(self, tmp_path: Path) -> None:
        row = PROVIDERS["custom"].serving("m")
        with_key = Endpoint(row=row, base_url="http://h/v1", wire="chat", key="sk-fake-12345678")
        file = CapabilityFile(with_key, lambda: tmp_path)
        file.capabilities.measured.saw_first_token(1.0)
        await file.close()
        (path,) = files(tmp_path)
        assert "sk-fake" not in path.read_text()


def test_a_test_double_has_an_empty_record() -> None:
    assert measured_of(ScriptedModel("x")) == Measured()
