"""llama.cpp's ``/infill``, and what is done where a model cannot fill in."""

from __future__ import annotations

import pytest
from helpers.raw_upstream import END, STREAM, answer, event, refusal, serving, whole

from foretype.models.endpoint_choice import choose_endpoint
from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import Chunk, Message, Prompt
from foretype.settings.schema import Settings
from foretype.spending.usage import Usage

PROMPT = Prompt(
    messages=(Message("user", "x = <|cursor|>"),),
    prefix="x = ",
    suffix="\ny = 1",
    max_tokens=9,
    stop=("\n\n",),
)
LAST = {"content": "", "stop": True, "tokens_predicted": 2, "tokens_evaluated": 7}
SAYS_A_B = STREAM + event({"content": "a +", "stop": False}) + event({"content": " b"})
NO_SENTINELS = refusal(
    501, "Infill is not supported by this model: prefix token is missing.",
    type="not_supported_error",
)  # fmt: skip


def model_at(url: str) -> OpenAIModel:
    endpoint = choose_endpoint(Settings(provider="llamacpp", base_url=url), {})
    assert endpoint is not None and endpoint.wire == "infill"
    return OpenAIModel(endpoint)


async def chunks(model: OpenAIModel, prompt: Prompt = PROMPT) -> list[Chunk]:
    return [chunk async for chunk in model.stream(prompt)]


@pytest.mark.parametrize(
    ("last", "finish"),
    [({"stop_type": "eos"}, "stop"), ({"stop_type": "word"}, "stop"), ({}, "stop"),
     ({"stop_type": "limit"}, "length"), ({"stopped_limit": True}, "length")],
)  # fmt: skip
async def test_prefix_and_suffix_are_sent_beside_the_api(
    last: dict[str, object], finish: str
) -> None:
    async with serving(SAYS_A_B + event({**LAST, **last}) + END) as up:
        model = model_at(up.url)
        came = await chunks(model)
        await model.close()
    (request,) = up.requests
    assert request.line.startswith("POST /infill ")
    assert (request.body["input_prefix"], request.body["input_suffix"]) == ("x = ", "\ny = 1")
    assert (request.body["n_predict"], request.body["stop"]) == (9, ["\n\n"])
    assert "".join(chunk.text for chunk in came) == "a + b"
    assert (came[-1].finish, came[-1].usage) == (finish, Usage(7, 0, 2))


@pytest.mark.parametrize(
    "refused", [NO_SENTINELS, answer(404, b'{"error": {"message": "File Not Found", "code": 404}}')]
)
async def test_a_model_that_cannot_is_asked_through_chat_from_then_on(refused: bytes) -> None:
    async with serving(refused, whole("a + b")) as up:
        model = model_at(up.url)
        for _ in range(2):
            assert "".join(chunk.text for chunk in await chunks(model)) == "a + b"
        await model.close()
    places = [request.line.split()[1] for request in up.requests]
    assert places == ["/infill", "/v1/chat/completions", "/v1/chat/completions"]


async def test_refactorings_chat() -> None:
    async with serving(whole("a + b")) as up:
        model = model_at(up.url)
        await chunks(model, Prompt(messages=(Message("user", "Rewrite this."),)))
        await model.close()
    assert up.requests[0].line.startswith("POST /v1/chat/completions ")


async def test_an_answer_that_breaks_off_is_no_whole_one() -> None:
    async with serving(SAYS_A_B, hang_up_after=True) as up:
        model = model_at(up.url)
        with pytest.raises(Exception, match="broke off"):
            await chunks(model)
        await model.close()


@pytest.mark.parametrize(("owner", "place"), [("llamacpp", "/infill"), ("", "/v1/completions")])
async def test_llama_cpp_is_recognized_where_only_a_url_was_named(owner: str, place: str) -> None:
    said = SAYS_A_B + event(LAST) + END if owner else whole("a + b")
    async with serving(said) as up:
        up.models, up.owner = ("m",), owner
        endpoint = choose_endpoint(Settings(base_url=up.url, model="m", wire="fim"), {})
        assert endpoint is not None
        model = OpenAIModel(endpoint)
        await model.warm()
        assert "".join(chunk.text for chunk in await chunks(model)) == "a + b"
        await model.warm()
        await model.close()
    assert up.requests[0].line.split()[1] == place
    assert len(up.warm) == 1
