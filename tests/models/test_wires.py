"""The three wires: prompts to requests, events to chunks, and what the sentinel tables hold."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.models.capabilities import RequestVariant
from foretype.models.protocol import Chunk, Message, Prompt, Role, Tool, ToolCall
from foretype.models.wires import WIRES, ErrorObject, Request
from foretype.models.wires.fim_families import FAMILIES, Family, family_of
from foretype.settings.providers import PROVIDERS, Endpoint, WireName
from foretype.spending.usage import Usage

CHAT = Prompt(
    messages=(Message("system", "be brief"), Message("user", "def f(<|cursor|>")),
    prefix="def f(",
    suffix="):\n    pass\n",
    max_tokens=64,
    temperature=0.2,
    stop=("\n",),
)


def endpoint(slug: str = "custom", model: str = "", wire: WireName = "chat") -> Endpoint:
    row = PROVIDERS[slug]
    return Endpoint(
        row=row.serving(model or row.model), base_url="http://127.0.0.1:1/v1", wire=wire
    )


def request(
    wire: WireName,
    prompt: Prompt = CHAT,
    variant: RequestVariant | None = None,
    slug: str = "custom",
    model: str = "",
) -> Request:
    return WIRES[wire].request(prompt, endpoint(slug, model, wire), variant or RequestVariant())


def chunks(wire: WireName, *events: dict[str, Any]) -> list[Chunk]:
    decoder = WIRES[wire].decoder()
    return [chunk for event in events if (chunk := decoder.feed(event)) != Chunk()]


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def call(arguments: str = "", **fields: Any) -> dict[str, Any]:
    name = fields.pop("name", None)
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return delta(tool_calls=[{"function": function, **fields}])


class TestChatRequest:
    def test_says_everything_once(self) -> None:
        assert request("chat").arguments == {
            "model": "mai-code-1-flash",
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "def f(<|cursor|>"},
            ],
            "stream": True,
            "max_tokens": 64,
            "temperature": 0.2,
            "stop": ["\n"],
            "stream_options": {"include_usage": True},
            "extra_body": {"reasoning_effort": "none"},
        }

    def test_leaves_out_what_is_refused(self) -> None:
        refused = frozenset({"stop", "stream_options", "temperature"})
        form = request("chat", variant=RequestVariant(99, refused, "max_completion_tokens"))
        assert set(form.arguments) == {"model", "messages", "stream", "max_completion_tokens"}
        assert form.parts == {"max_tokens", "system"}
        assert form.stops == ("\n",), "then it is cut here"

    def test_spells_no_thinking_in_the_rows_next_way(self) -> None:
        form = request("chat", variant=RequestVariant(reasoning_off_index=1), slug="openrouter")
        body = form.arguments["extra_body"]
        assert body == {"usage": {"include": True}, "reasoning": {"enabled": False}}

    def test_lets_a_model_think_that_shall(self) -> None:
        form = request("chat", Prompt(messages=CHAT.messages, think=True))
        assert "extra_body" not in form.arguments

    def test_never_sends_more_than_four_stops(self) -> None:
        form = request("chat", Prompt(messages=CHAT.messages, stop=tuple("abcdef")))
        assert form.arguments["stop"] == list("abcd")
        assert form.stops == tuple("abcdef")

    def test_carries_tools_and_their_answers(self) -> None:
        parameters = {"type": "object", "properties": {}, "required": []}
        prompt = Prompt(
            messages=(
                Message("assistant", "", (ToolCall("c1", "read_file", '{"path": "a"}'),)),
                Message("tool", "text", tool_call_id="c1"),
            ),
            tools=(Tool("read_file", "Reads.", parameters),),
        )
        arguments = request("chat", prompt).arguments
        function = {"name": "read_file", "arguments": '{"path": "a"}'}
        assert arguments["messages"] == [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c1", "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "text"},
        ]
        described = {"name": "read_file", "description": "Reads.", "parameters": parameters}
        assert arguments["tools"] == [{"type": "function", "function": described}]


class TestChatDeltas:
    def test_text_reasoning_finish_and_usage(self) -> None:
        told = chunks(
            "chat",
            delta(role="assistant", content=""),
            delta(reasoning="hm"),
            delta(reasoning_content="hm"),
            delta(content="a"),
            delta(finish="stop"),
        )
        assert told == [
            Chunk(reasoning="hm"),
            Chunk(reasoning="hm"),
            Chunk(text="a"),
            Chunk(finish="stop"),
        ]

    def test_usage_comes_in_a_chunk_without_choices(self) -> None:
        decoder = WIRES["chat"].decoder()
        usage = {
            "prompt_tokens": 100,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 90},
            "completion_tokens_details": {"reasoning_tokens": 3},
            "cost": 0.001,
        }
        assert decoder.feed({"choices": [], "usage": usage}) == Chunk()
        assert decoder.usage == Usage(100, 90, 7, 3, 0.001)

    def test_a_call_is_given_once_it_is_whole(self) -> None:
        told = chunks(
            "chat",
            call(index=0, id="c1", name="read_file"),
            call('{"path"', index=0),
            call(': "a"}', index=0),
            delta(finish="tool_calls"),
        )
        calls = (ToolCall("c1", "read_file", '{"path": "a"}'),)
        assert told == [Chunk(tool_calls=calls, finish="tool_calls")]

    def test_several_calls_are_told_apart_by_index(self) -> None:
        (told,) = chunks(
            "chat",
            call("{", index=0, id="c1", name="a"),
            call("[", index=1, id="c2", name="b"),
            call("}", index=0),
            call("]", index=1),
            delta(finish="tool_calls"),
        )
        assert told.tool_calls == (ToolCall("c1", "a", "{}"), ToolCall("c2", "b", "[]"))

    def test_several_calls_are_told_apart_where_all_have_the_same_index(self) -> None:
        (told,) = chunks(
            "chat",
            call("{", index=0, id="c1", name="a"),
            call("}", index=0, id="c1"),
            call("[", index=0, id="c2", name="b"),
            call("]", index=0),
            delta(finish="tool_calls"),
        )
        assert told.tool_calls == (ToolCall("c1", "a", "{}"), ToolCall("c2", "b", "[]"))

    def test_calls_without_index_or_id(self) -> None:
        (told,) = chunks("chat", call("{}", name="a"), delta(finish="function_call"))
        assert told == Chunk(tool_calls=(ToolCall("call_0", "a", "{}"),), finish="tool_calls")

    def test_a_content_of_parts(self) -> None:
        thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
        (told,) = chunks("chat", delta(content=[thinking, {"type": "text", "text": "a"}]))
        assert told == Chunk(text="a", reasoning="hm")

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "reasoning", "text": "hm"},
            {"type": "reasoning", "reasoning": "hm"},
            {"type": "reasoning_content", "reasoning_content": "hm"},
            {"type": "reasoning_text", "text": "hm"},
            {"type": "thinking", "thinking": "hm"},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "text", "text": "hm", "thought": True},
            {"text": "hm", "thought": True},
        ],
    )
    def test_thoughts_among_the_parts_are_no_text(self, part: dict[str, Any]) -> None:
        text = {"type": "text", "text": "a"}
        (told,) = chunks("chat", delta(content=[part, text, part]))
        assert told == Chunk(text="a", reasoning="hmhm")

    @pytest.mark.parametrize(
        "kind", ["refusal", "image_url", "tool_result", "new", 5, [1], {"a": 1}]
    )
    def test_only_parts_of_text_are_text(self, kind: object) -> None:
        other = {"type": kind, "text": "no", "refusal": "no"}
        told = chunks("chat", delta(content=[other, {"type": "output_text", "text": "a"}]))
        assert told == [Chunk(text="a")]

    @pytest.mark.parametrize(
        "content",
        [
            ["a", " + b"],
            {"type": "text", "text": "a + b"},
            [{"type": "TEXT", "text": "a + b"}],
            [{"type": "text_delta", "text": "a"}, " + b"],
            [{"type": "REASONING", "text": "hm"}, "a + b"],
        ],
    )
    def test_text_is_read_in_whatever_form_it_comes(self, content: object) -> None:
        (told,) = chunks("chat", delta(content=content))
        assert told.text == "a + b"

    @pytest.mark.parametrize("beside", [{}, None, {"content": ""}, {"role": "assistant"}, ...])
    def test_a_whole_message_in_the_last_chunk_adds_nothing(self, beside: object) -> None:
        last: dict[str, Any] = {"message": {"content": "b * 2"}, "finish_reason": "stop"}
        if beside is not ...:
            last["delta"] = beside
        told = chunks("chat", delta(content="b * "), delta(content="2"), {"choices": [last]})
        assert "".join(chunk.text for chunk in told) == "b * 2"
        assert told[-1].finish == "stop"

    @pytest.mark.parametrize("beside", [{}, None, {"content": ""}, {"role": "assistant"}])
    def test_a_whole_message_is_read_where_no_delta_came(self, beside: object) -> None:
        last = {"delta": beside, "message": {"content": "b * 2"}, "finish_reason": "stop"}
        told = chunks("chat", delta(role="assistant", content=""), {"choices": [last]})
        assert told == [Chunk(text="b * 2", finish="stop")]

    def test_a_whole_message_after_thoughts_alone_is_the_text(self) -> None:
        message = {"content": "b * 2", "reasoning": "hm"}
        last = {"delta": {}, "message": message, "finish_reason": "stop"}
        told = chunks("chat", delta(reasoning="hm"), {"choices": [last]})
        assert told == [Chunk(reasoning="hm"), Chunk(text="b * 2", finish="stop")]

    def test_calls_repeated_in_a_whole_message_are_made_once(self) -> None:
        one = {"id": "c1", "function": {"name": "read_file", "arguments": "{}"}}
        last = {"delta": {}, "message": {"tool_calls": [one]}, "finish_reason": "tool_calls"}
        calls = (ToolCall("c1", "read_file", "{}"),)
        for events in (
            [delta(tool_calls=[{"index": 0, **one}]), {"choices": [last]}],
            [{"choices": [last]}],
        ):
            assert chunks("chat", *events) == [Chunk(tool_calls=calls, finish="tool_calls")]

    def test_text_beside_the_same_delta_is_read_once(self) -> None:
        events = [{"choices": [{"delta": {"content": t}, "text": t}]} for t in ("b * ", "2")]
        events.append({"choices": [{"delta": {}, "text": "b * 2", "finish_reason": "stop"}]})
        assert "".join(chunk.text for chunk in chunks("chat", *events)) == "b * 2"

    @pytest.mark.parametrize("index", [[], {}, None, "0", 0])
    def test_a_call_with_any_index(self, index: object) -> None:
        (told,) = chunks("chat", call("{}", index=index, name="a"), delta(finish="tool_calls"))
        assert told.tool_calls == (ToolCall("call_0", "a", "{}"),)

    def test_a_whole_answer_from_a_server_that_does_not_stream(self) -> None:
        whole = {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}
        assert chunks("chat", whole) == [Chunk(text="a", finish="stop")]

    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [
            ("eos", "stop"),
            ("END_TURN", "stop"),
            ("COMPLETE", "stop"),
            ("max_tokens", "length"),
            ("tool_use", "tool_calls"),
            ("SAFETY", "content_filter"),
            ("FINISH_REASON_STOP", "stop"),
            ("FINISH_REASON_MAX_TOKENS", "length"),
            ("odd", "odd"),
        ],
    )
    def test_finish_reasons_have_one_spelling(self, theirs: str, ours: str) -> None:
        assert chunks("chat", delta(finish=theirs)) == [Chunk(finish=ours)]

    @pytest.mark.parametrize(
        "reason",
        [
            "length",
            "content_filter",
            "SAFETY",
            "RECITATION",
            "BLOCKLIST",
            "abort",
            "cancelled",
            "timeout",
            "load",
            "repetition",
            "insufficient_system_resource",
            "refusal",
            "pause_turn",
            "time_limit",
            "OTHER",
            "never_heard_of",
        ],  # fmt: skip
    )
    def test_only_a_reason_known_to_mean_complete_is_no_cut(self, reason: str) -> None:
        (told,) = chunks("chat", delta(finish=reason))
        assert told.is_cut

    @pytest.mark.parametrize(
        "reason",
        [
            "stop",
            "eos_token",
            "end_turn",
            "stop_sequence",
            "STOP",
            "normal",
            "done",
            "<|im_end|>",
            "</s>",
        ],
    )
    def test_an_answer_that_the_model_ended_is_no_cut(self, reason: str) -> None:
        (told,) = chunks("chat", delta(finish=reason))
        assert not told.is_cut

    @pytest.mark.parametrize("reason", [None, "", "null", "NOT_FINISHED", "REASON_UNSPECIFIED"])
    def test_a_reason_that_says_not_yet_ends_nothing(self, reason: str | None) -> None:
        assert chunks("chat", delta(content="a", finish=reason)) == [Chunk(text="a")]


FIELDS = """
    choices delta message content text finish_reason tool_calls function index id usage name cost
    prompt_tokens prompt_tokens_details input_tokens cached_tokens type response output item error
    object reasoning arguments
"""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("wire", ["chat", "fim", "responses"])
@given(
    event=st.dictionaries(st.sampled_from(["choices", "usage", "response", "item"]), json_values)
)
def test_no_event_of_any_shape_breaks_a_decoder(wire: WireName, event: dict[str, Any]) -> None:
    decoder = WIRES[wire].decoder()
    for kind in ("", "response.completed", "response.output_item.done", "response.incomplete"):
        with suppress(ErrorObject):  # The event may hold an error in place of an answer.
            chunk = decoder.feed({"type": kind, **event})
            assert isinstance(chunk.text + chunk.reasoning + chunk.finish, str)
    if decoder.usage is not None:
        assert decoder.usage.input_tokens >= 0
        assert decoder.usage.cached_tokens >= 0


class TestFim:
    def test_says_prefix_and_suffix(self) -> None:
        assert request("fim").arguments == {
            "model": "mai-code-1-flash",
            "prompt": "def f(",
            "suffix": "):\n    pass\n",
            "stream": True,
            "max_tokens": 64,
            "temperature": 0.2,
            "stop": ["\n"],
            "stream_options": {"include_usage": True},
        }

    def test_writes_sentinels_where_the_server_takes_no_suffix(self) -> None:
        form = request("fim", slug="vllm", model="Qwen/Qwen2.5-Coder-7B")
        prompt = "<|fim_prefix|>def f(<|fim_suffix|>):\n    pass\n<|fim_middle|>"
        assert form.arguments["prompt"] == prompt
        assert "suffix" not in form.arguments
        assert form.arguments["stop"][0] == "\n"
        assert len(form.arguments["stop"]) == 4
        assert "<|im_end|>" in form.stops, "what is not sent is cut here"

    def test_writes_sentinels_where_the_server_refused_the_suffix(self) -> None:
        variant = RequestVariant(without=frozenset({"suffix"}))
        form = request("fim", variant=variant, model="codellama-7b")
        assert form.arguments["prompt"].startswith("<PRE> def f(")

    def test_sends_plain_text_at_the_end_of_a_file(self) -> None:
        form = request("fim", Prompt(prefix="a = "), slug="vllm", model="qwen2.5-coder")
        assert form.arguments["prompt"] == "a = "
        assert "stop" not in form.arguments

    def test_reads_text(self) -> None:
        told = chunks("fim", {"choices": [{"text": "a", "finish_reason": None}]}, delta("stop"))
        assert told == [Chunk(text="a"), Chunk(finish="stop")]

    def test_reads_the_deltas_that_mistral_gives(self) -> None:
        assert chunks("fim", delta(content="a")) == [Chunk(text="a")]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
class TestEveryFamily:
    def test_has_one_to_four_stops(self, family: Family) -> None:
        assert 1 <= len(family.stops) <= 4
        assert len(set(family.stops)) == len(family.stops)

    def test_has_one_place_for_each_side(self, family: Family) -> None:
        assert family.prompt.count("{prefix}") == family.prompt.count("{suffix}") == 1

    def test_never_stops_at_plain_code(self, family: Family) -> None:
        assert all(re.fullmatch(r"<[^ ]+>|\[[A-Z]+\]", stop) for stop in family.stops)

    @given(prefix=st.text(max_size=30), suffix=st.text(max_size=30))
    def test_writes_both_sides_verbatim(self, family: Family, prefix: str, suffix: str) -> None:
        written = family.write(prefix, suffix)
        frame = re.split(r"\{(?:prefix|suffix)\}", family.prompt)
        assert len(written) == len(prefix) + len(suffix) + sum(map(len, frame))
        assert prefix in written
        assert suffix in written
        assert written.startswith(frame[0])
        assert written.endswith(frame[-1])


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("qwen2.5-coder:1.5b-base", "qwen"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen"),
        ("codellama/CodeLlama-7b-hf", "codellama"),
        ("deepseek-ai/deepseek-coder-6.7b-base", "deepseek"),
        ("deepseek-coder-v2:16b-lite-base", "deepseek"),
        ("bigcode/starcoder2-3b", "starcoder"),
        ("stable-code:3b-code", "starcoder"),
        ("ibm-granite/granite-8b-code-base", "starcoder"),
        ("granite3.3:2b", "starcoder"),
        ("granite4:3b", "granite4"),
        ("google/codegemma-2b", "codegemma"),
        ("codestral-latest", "codestral"),
        ("ByteDance-Seed/Seed-Coder-8B-Base", "seed"),
        ("microsoft/mai-code-1-flash", None),
        ("gpt-oss:20b", None),
    ],
)
def test_a_family_is_known_by_its_models_names(model: str, family: str | None) -> None:
    found = family_of(model)
    assert (found and found.name) == family
    assert sum(bool(re.search(f.models, model.lower())) for f in FAMILIES) <= 1


MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "b * 2"}]}


class TestResponses:
    def test_says_everything_once_and_asks_not_to_be_stored(self) -> None:
        assert request("responses").arguments == {
            "model": "mai-code-1-flash",
            "input": [
                {"type": "message", "role": "system", "content": "be brief"},
                {"type": "message", "role": "user", "content": "def f(<|cursor|>"},
            ],
            "stream": True,
            "max_output_tokens": 64,
            "temperature": 0.2,
            "store": False,
            "extra_body": {"reasoning": {"effort": "none"}},
        }

    def test_asks_for_no_fewer_tokens_than_the_api_takes(self) -> None:
        form = request("responses", Prompt(messages=CHAT.messages, max_tokens=4))
        assert form.arguments["max_output_tokens"] == 16

    def test_carries_calls_and_their_answers(self) -> None:
        prompt = Prompt(
            messages=(
                Message("assistant", "Let me see.", (ToolCall("c1", "read_file", "{}"),)),
                Message("tool", "text", tool_call_id="c1"),
            )
        )
        assert request("responses", prompt).arguments["input"] == [
            {"type": "message", "role": "assistant", "content": "Let me see."},
            {"type": "function_call", "call_id": "c1", "name": "read_file", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "text"},
        ]

    @pytest.mark.parametrize("role", ["system", "user", "assistant", "tool"])
    def test_every_item_names_its_type(self, role: Role) -> None:
        calls = (ToolCall("c1", "read_file", "{}"),) if role == "assistant" else ()
        prompt = Prompt(messages=(Message(role, "a", calls, tool_call_id="c1"),))
        items = request("responses", prompt).arguments["input"]
        assert all(item["type"] for item in items)
        assert len(items) == 1 + len(calls)

    def test_text_reasoning_and_the_end(self) -> None:
        decoder = WIRES["responses"].decoder()
        said = [
            decoder.feed({"type": "response.created", "response": {"error": None}}),
            decoder.feed({"type": "response.reasoning_summary_text.delta", "delta": "hm"}),
            decoder.feed({"type": "response.output_text.delta", "delta": "a"}),
            decoder.feed(
                {
                    "type": "response.completed",
                    "response": {
                        "status": "completed",
                        "usage": {
                            "input_tokens": 10,
                            "input_tokens_details": {"cached_tokens": 8},
                            "output_tokens": 2,
                            "output_tokens_details": {"reasoning_tokens": 1},
                        },
                        "output": [
                            {
                                "type": "message",
                                "content": [{"type": "output_text", "text": "a"}],
                            }
                        ],
                    },
                }
            ),
        ]
        wanted = [Chunk(), Chunk(reasoning="hm"), Chunk(text="a"), Chunk(finish="stop")]
        assert said == wanted
        assert decoder.usage == Usage(10, 8, 2, 1)

    WHOLES = (
        {"type": "response.output_text.done", "text": "b * 2"},
        {"type": "response.content_part.done", "part": {"type": "output_text", "text": "b * 2"}},
        {"type": "response.output_item.done", "item": MESSAGE},
        {"type": "response.completed", "response": {"output": [MESSAGE]}},
    )
    """The same text, as the API repeats it."""

    @pytest.mark.parametrize("first", range(4))
    @pytest.mark.parametrize("deltas", [(), ("b * ", "2")])
    def test_text_is_read_once_from_whatever_gives_it_first(
        self, first: int, deltas: tuple[str, ...]
    ) -> None:
        events: list[dict[str, Any]] = [
            {"type": "response.output_text.delta", "delta": text} for text in deltas
        ]
        told = chunks("responses", *events, *self.WHOLES[first:])
        assert "".join(chunk.text for chunk in told) == "b * 2"
        assert told[-1].finish == "stop"

    def test_thoughts_and_refusals_in_a_whole_answer_are_no_text(self) -> None:
        content = [
            {"type": "reasoning_text", "text": "hm"},
            {"type": "refusal", "refusal": "no", "text": "no"},
            {"type": "output_text", "text": "a"},
        ]
        thoughts = {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "hm"}]}
        whole = {"object": "response", "output": [thoughts, {**MESSAGE, "content": content}]}
        assert chunks("responses", whole) == [Chunk(text="a", finish="stop")]

    def test_a_call_is_given_with_the_end(self) -> None:
        item = {"type": "function_call", "call_id": "c1", "name": "a", "arguments": "{}"}
        told = chunks(
            "responses",
            {"type": "response.output_item.done", "item": item},
            {"type": "response.completed", "response": {"output": [item]}},
        )
        calls = (ToolCall("c1", "a", "{}"),)
        assert told == [Chunk(tool_calls=calls, finish="tool_calls")]

    @pytest.mark.parametrize(
        ("kind", "response"),
        [
            ("response.incomplete", {"incomplete_details": {"reason": "content_filter"}}),
            ("response.incomplete", {}),
            ("response.incomplete", {"incomplete_details": None, "status": "incomplete"}),
            ("response.cancelled", {"status": "cancelled"}),
            ("response.completed", {"status": "incomplete"}),
        ],
    )
    def test_cut_by_anything_else(self, kind: str, response: dict[str, Any]) -> None:
        (told,) = chunks("responses", {"type": kind, "response": response})
        assert told.is_cut

    def test_a_whole_answer_that_failed_is_an_error(self) -> None:
        with pytest.raises(ErrorObject):
            chunks("responses", {"object": "response", "status": "failed", "error": None})

    def test_cut_by_length(self) -> None:
        details = {"incomplete_details": {"reason": "max_output_tokens"}}
        (told,) = chunks("responses", {"type": "response.incomplete", "response": details})
        assert told.finish == "length"

    def test_a_whole_answer_from_a_server_that_does_not_stream(self) -> None:
        content = [{"type": "output_text", "text": "a"}]
        whole = {"object": "response", "output": [{"type": "message", "content": content}]}
        assert chunks("responses", whole) == [Chunk(text="a", finish="stop")]

    @pytest.mark.parametrize(
        "event",
        [
            {"type": "error", "code": "server_error", "message": "x"},
            {"type": "response.failed", "response": {"error": {"code": "server_error"}}},
        ],
    )
    def test_a_failure_is_an_error(self, event: dict[str, Any]) -> None:
        with pytest.raises(ErrorObject) as caught:
            chunks("responses", event)
        assert caught.value.args[0]["code"] == "server_error"
