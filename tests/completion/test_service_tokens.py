"""How many tokens are asked for, and how much of an answer is read, by what an endpoint writes
before its text."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from helpers.service_editor import Editor, editor
from helpers.virtual import virtual

from foretype.completion.context.prompt import NO_REPEATING
from foretype.completion.suggestion import Suggestion
from foretype.models.measured import Measured
from foretype.models.protocol import Chunk
from foretype.models.scripted import Script, ScriptedModel

LINES = [f"    value_{n} = compute(value_{n - 1}, scale_{n})\n" for n in range(1, 60)]


class MeasuredModel(ScriptedModel):
    """A scripted model whose endpoint was heard before."""

    def __init__(self, *scripts: Script | str, **known: list[int]) -> None:
        super().__init__(*scripts)
        self.measured = Measured(**known)  # type: ignore[arg-type]


async def asked(e: Editor, model: MeasuredModel) -> int:
    await e.ask()
    await asyncio.sleep(3)
    return model.prompts[-1].max_tokens


@virtual
async def test_the_limit_has_room_for_what_comes_before_the_text() -> None:
    model = MeasuredModel("sum(prices)\n", thought_tokens=[150], leading_tokens=[30])
    assert await asked(editor("total = ‸\n", model), model) == 128 + 150 + 30


@virtual
async def test_an_endpoint_that_writes_only_text_is_asked_for_the_settings_tokens() -> None:
    model = MeasuredModel("sum(prices)\n")
    assert await asked(editor("total = ‸\n", model), model) == 128


@virtual
async def test_a_text_is_never_longer_than_the_setting_and_its_stream_is_closed_there() -> None:
    script = Script(["def run():\n", *LINES], gap=0.01)
    model = MeasuredModel(script, thought_tokens=[600])
    e = editor("‸\n", model, max_tokens=40)
    answer = await e.ask(ms=5000)
    await asyncio.sleep(3)
    assert isinstance(answer, Suggestion)
    assert len(answer.text) <= 40 * 3.5
    assert answer.text.endswith(")")  # Whole lines, as with every answer that was cut.
    assert model.aborted == [0]


@virtual
async def test_what_is_written_before_the_text_is_learned() -> None:
    model = MeasuredModel(Script(["```python\nsum(prices)\n", "```"]))
    await asked(editor("total = ‸\n", model), model)
    assert model.measured.leading_tokens == [3]


@virtual
async def test_a_limit_that_ends_the_answer_before_its_text_is_raised_the_next_time() -> None:
    cut = Script(["<think>let me see, the total is ", Chunk(finish="length")])
    model = MeasuredModel(cut)
    e = editor("total = ‸\n", model)
    assert await asked(e, model) == 128
    e.type("s")
    assert await asked(e, model) == 128 + 256


@virtual
async def test_prompts_are_short_from_the_start_where_one_was_refused_as_too_long() -> None:
    drawn = f"{''.join(LINES)}total = ‸\n"
    whole, short = MeasuredModel("sum(prices)\n"), MeasuredModel("sum(prices)\n")
    short.measured.saw_too_long(300)
    await editor(drawn, whole).ask()
    e = editor(drawn, short)
    await e.ask()
    assert short.prompts[0].n_chars < whole.prompts[0].n_chars
    settings = e.service.resources.settings
    e.service.set_settings(
        replace(settings, completion=replace(settings.completion, context_tokens=1900))
    )
    e.type("\nother = ")
    await e.ask()
    assert short.prompts[-1].n_chars >= whole.prompts[0].n_chars


@virtual
async def test_an_endpoint_that_keeps_writing_the_code_above_again_is_asked_not_to() -> None:
    above = "def total_of(items, prices):\n    names = [item.name for item in items]\n"
    model = MeasuredModel(*[above + f"    count_{n} = len(names)\n" for n in range(9)])
    for _ in range(9):
        await editor(above + "    ‸\n", model).ask()
        await asyncio.sleep(3)
    asked = [NO_REPEATING in prompt.messages[0].content for prompt in model.prompts]
    assert not asked[0] and asked[-1]
    assert Measured(repeats=True).as_json()["repeats"] is True


@virtual
async def test_fences_and_a_word_of_prose_are_no_code_said_again() -> None:
    model = MeasuredModel(*["Here it is:\n```python\nsum(prices)\n```\n"] * 9)
    for _ in range(9):
        await editor("total = ‸\n", model).ask()
        await asyncio.sleep(3)
    assert not model.measured.repeats
