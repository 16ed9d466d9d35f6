from __future__ import annotations

import asyncio
import re
import sys
from textwrap import dedent

import pytest
from helpers.applied_edits import applied
from helpers.refactor_samples import SAMPLES, Sample
from helpers.spots import spot
from helpers.virtual import run, virtual
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.deadline import Deadline
from foretype.core.text import Document
from foretype.languages import grammars
from foretype.models.protocol import Chunk, ModelLimited, ModelRejected, ModelUnavailable
from foretype.models.scripted import Script, ScriptedModel
from foretype.refactor.actions.offers import Offer, find_offer
from foretype.refactor.actions.target import Spot
from foretype.refactor.outcome import Outcome, Progress, Refused, Staged, file_edit
from foretype.refactor.rewrite.rewrite import rewrite
from foretype.refactor.work import Work
from foretype.settings.schema import RefactorSettings
from foretype.spending.usage import Spending, Usage

SETTINGS = RefactorSettings()
CODE = "def f(x):\n    if x == True:\n        return True\n    return ‸False\n\n\ny = 1"
GOOD = "```python\ndef f(x):\n    return x == True\n```"


def offer_of(here: Spot, name: str, instruction: str = "") -> Offer:
    found = find_offer(here, SETTINGS, name, instruction)
    assert isinstance(found, Offer), found
    return found


def ran(
    model: ScriptedModel,
    drawn: str | Spot = CODE,
    name: str = "simplify",
    *,
    instruction: str = "",
    names: tuple[str, ...] = (),
    language: str = "python",
    progress: list[Progress] | None = None,
) -> Outcome:
    here = spot(drawn, language) if isinstance(drawn, str) else drawn

    async def main() -> Outcome:
        work = Work(
            offer=offer_of(here, name, instruction),
            model=model,
            settings=SETTINGS,
            path="a.py",
            deadline=Deadline.after_ms(SETTINGS.deadline_s * 1000),
            on_progress=(lambda p: progress.append(p)) if progress is not None else lambda p: None,
        )
        return await work.within_deadline(lambda _: rewrite(work, names, "file:///project"))

    return run(main())


def text_after(outcome: Outcome) -> str:
    assert isinstance(outcome, Staged), outcome
    (change,) = outcome.changes
    assert change.document is not None
    edit = file_edit(change, change.document, (change.start, change.end))
    return applied(change.document, edit.edits)


def said_no(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.message


def fenced(code: str, tag: str = "python") -> str:
    return f"```{tag}\n{code}\n```"


def test_the_function_is_replaced_and_the_rest_stays() -> None:
    model = ScriptedModel(GOOD)
    assert text_after(ran(model)) == "def f(x):\n    return x == True\n\n\ny = 1"
    (prompt,) = model.prompts
    assert "simpler" in prompt.messages[1].content
    assert "def f(x):" in prompt.messages[1].content
    assert "Never introduce eval" in prompt.messages[0].content


def test_markdown_may_gain_a_code_block() -> None:
    new = "# Title\n\n```sh\nmake\n# ...\n```"
    model = ScriptedModel(f"````markdown\n{new}\n````")
    told = "add a code block"
    outcome = ran(model, "‸# Title", "instruct", instruction=told, language="markdown")
    assert text_after(outcome) == new
    assert "````" in model.prompts[0].messages[1].content


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_language_is_rewritten_in_place(sample: Sample, line_end: str) -> None:
    whole = sample.whole.replace("\n", line_end)
    at = whole.index("large" if "large" in whole else "Large")
    here = Spot(Document("file:///project/a", whole, sample.language), at, at)
    model = ScriptedModel(f"Here:\n{fenced(sample.new, sample.language)}\nDone.")
    expected = sample.whole.replace(sample.old, sample.new).replace("\n", line_end)
    assert text_after(ran(model, here)) == expected


def test_the_same_code_is_no_change() -> None:
    outcome = ran(ScriptedModel(fenced("def f(x):\n    return x")), "def f(x):\n    return ‸x")
    assert isinstance(outcome, Staged) and outcome.changes == ()


def test_the_model_is_told_once_what_is_wrong() -> None:
    model = ScriptedModel(fenced("def f(x:\n    return 1"), GOOD)
    assert text_after(ran(model)).startswith("def f(x):\n    return x == True")
    second = model.prompts[1].messages
    assert second[-2].role == "assistant" and "def f(x:" in second[-2].content
    assert "does not parse" in second[-1].content


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        ("", "the answer is empty"),
        ("I would rather not do this to your code.", "the model said: I would rather not"),
        (fenced("a = 1") + "\n" + fenced("b = 1"), "there are 2 blocks in the answer"),
        ("```python\ndef f(x):\n    return", "left out"),
        (fenced("def f(x:"), "does not parse"),
        (fenced("function f(x) { return x; }", "javascript"), "the code is in JavaScript"),
        (fenced(""), "the code is empty"),
        (fenced("# gone"), "only comments"),
        (fenced("def g(x):\n    return x"), "public names are gone: f"),
    ],
)
def test_a_bad_reply_changes_nothing_and_says_so(reply: str, sentence: str) -> None:
    model = ScriptedModel(reply)
    message = said_no(ran(model))
    assert sentence in message
    assert len(model.prompts) == 2


def test_a_cut_answer_is_continued() -> None:
    # The scripted model ends with "stop"; the last finish reason counts, so it is cut short here.
    class Cut(ScriptedModel):
        async def stream(self, prompt):  # type: ignore[no-untyped-def]
            async for chunk in super().stream(prompt):
                cut = len(self.prompts) == 1 and chunk.finish
                yield Chunk(finish="length") if cut else chunk

    model = Cut("```python\ndef f(x):\n    ret", "urn x == True\n```")
    assert text_after(ran(model)).startswith("def f(x):\n    return x == True\n\n")
    assert "cut off" in model.prompts[1].messages[-1].content


def test_an_answer_that_is_cut_twice_is_refused() -> None:
    class Cut(ScriptedModel):
        async def stream(self, prompt):  # type: ignore[no-untyped-def]
            async for chunk in super().stream(prompt):
                yield Chunk(finish="length") if chunk.finish else chunk

    assert "too long and was cut" in said_no(ran(Cut("```python\ndef f(x):\n    return x\n```")))


@pytest.mark.parametrize("finish", ["abort", "timeout", "insufficient_system_resource"])
def test_an_answer_that_the_model_did_not_end_is_refused(finish: str) -> None:
    class Cut(ScriptedModel):
        async def stream(self, prompt):  # type: ignore[no-untyped-def]
            async for chunk in super().stream(prompt):
                yield Chunk(finish=finish) if chunk.finish else chunk

    assert "cut off" in said_no(ran(Cut(GOOD)))


def test_a_stream_that_just_ends_is_cut() -> None:
    class Ends(ScriptedModel):
        async def stream(self, prompt):  # type: ignore[no-untyped-def]
            async for chunk in super().stream(prompt):
                if not chunk.finish:
                    yield chunk

    assert "cut off" in said_no(ran(Ends(GOOD)))


def test_tokens_spent_on_thinking_are_explained() -> None:
    model = ScriptedModel(Script([Chunk(reasoning="hm")]))
    assert "raise refactor.max_tokens" in said_no(ran(model))


@pytest.mark.parametrize(
    "error",
    [
        ModelUnavailable("the provider cannot be reached"),
        ModelLimited("too many requests: try again in 3 s", 3.0),
        ModelRejected("the key was refused", 401),
    ],
)
def test_a_fault_of_the_provider_is_told_in_its_words(error: Exception) -> None:
    model = ScriptedModel(Script(["```python\n", error]))  # type: ignore[list-item]
    assert said_no(ran(model)) == str(error)


def test_the_deadline_ends_the_stream() -> None:
    model = ScriptedModel(Script(["```python\n"], stall=True))
    assert "longer than 60 seconds" in said_no(ran(model))
    assert model.aborted == [0] and model.running == 0


@virtual
async def test_a_cancel_ends_the_stream() -> None:
    model = ScriptedModel(Script(["```python\n"], stall=True))

    offer = offer_of(spot(CODE), "simplify")
    deadline = Deadline.after_ms(60_000)
    work = Work(offer=offer, model=model, settings=SETTINGS, path="a.py", deadline=deadline)
    task = asyncio.ensure_future(rewrite(work))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.aborted == [0] and model.running == 0


def test_tokens_and_cost_are_counted() -> None:
    usage = Usage(input_tokens=1000, output_tokens=200, cost_usd=0.0017)
    bad = Script(["no code", Chunk(usage=usage)])
    outcome = ran(ScriptedModel(bad, Script([GOOD, Chunk(usage=usage)])))
    assert outcome.spent.line() == "2,400 tokens, $0.0034"
    assert Spending().line() == "tokens not reported"
    assert Spending(price=lambda usage: None, usages=[usage]).line() == "1,200 tokens"


def test_progress_shows_what_arrives() -> None:
    progress: list[Progress] = []
    ran(ScriptedModel(Script(["```python\n", "def f(x):\n"])), progress=progress)
    assert Progress("```python\ndef f(x):\n") in progress
    assert any(p.stage.startswith("asking again") for p in progress)


def test_new_risks_are_named() -> None:
    outcome = ran(ScriptedModel(fenced("def f(x):\n    return eval(x)")))
    assert isinstance(outcome, Staged)
    assert [risk.reason for risk in outcome.risks] == ["evaluates text as code (eval)"]


def test_a_secret_is_hidden_from_the_model_and_comes_back() -> None:
    key = "sk-proj-abcdefghij0123456789"
    drawn = f'def f(x):\n    key = "{key}"\n    return ‸call(key, x)'
    model = ScriptedModel(fenced('def f(x):\n    return call("MASKED1", x)'))
    assert text_after(ran(model, drawn)) == f'def f(x):\n    return call("{key}", x)'
    assert key not in "".join(m.content for p in model.prompts for m in p.messages)


def test_a_changed_mask_is_refused() -> None:
    drawn = 'def f(x):\n    key = "sk-proj-abcdefghij0123456789"\n    return ‸key'
    assert "masked secret" in said_no(
        ran(ScriptedModel(fenced('def f(x):\n    k = "MASKED7"')), drawn)
    )


def test_new_files_come_in_the_order_asked_for() -> None:
    reply = (
        fenced("x = 1", "python users.py")
        + "\n"
        + fenced("def test_x(): ...", "python test_users.py")
    )
    outcome = ran(ScriptedModel(reply), FLASK, "flask-to-fastapi", names=NAMES)
    assert isinstance(outcome, Staged)
    assert [(change.uri, change.text) for change in outcome.changes] == [
        ("file:///project/users_fastapi.py", "x = 1\n"),
        ("file:///project/test_users.py", "def test_x(): ...\n"),
    ]


FLASK = "from flask import Flask\n‸"
NAMES = ("users_fastapi.py", "test_users.py")


def test_new_files_in_another_order_are_told_by_their_names() -> None:
    tests = fenced("def test_x(): ...", "python test_users.py")
    reply = f"{tests}\n{fenced('x = 1', 'python users_fastapi.py')}"
    outcome = ran(ScriptedModel(reply), FLASK, "flask-to-fastapi", names=NAMES)
    assert isinstance(outcome, Staged)
    assert outcome.changes[0].text == "x = 1\n"


@pytest.mark.parametrize("name", ["../users.py", "/tmp/users.py", "C:\\users.py", "..\\users.py"])
def test_a_file_outside_of_the_workspace_is_refused(name: str) -> None:
    reply = fenced("x = 1", f"python {name}") + "\n" + fenced("y = 1", "python test_users.py")
    message = said_no(ran(ScriptedModel(reply), FLASK, "flask-to-fastapi", names=NAMES))
    assert "is outside of the workspace" in message


def test_one_file_where_two_were_asked_for_is_refused() -> None:
    model = ScriptedModel(fenced("x = 1"))
    message = said_no(ran(model, FLASK, "flask-to-fastapi", names=NAMES))
    assert "there is 1 block in the answer, where 2 were asked for" in message


def test_an_instruction_is_followed() -> None:
    model = ScriptedModel(fenced("def g(x):\n    return x"))
    assert "def g" in text_after(ran(model, CODE, "instruct", instruction="Call it g"))
    assert "Task: Call it g" in model.prompts[0].messages[1].content


def test_the_guides_first_example() -> None:
    drawn = """
        import requests

        def fetch_user(uid):
            r = ‸requests.get("https://api.example.com/users/" + str(uid))
            if r.status_code == 200:
                return r.json()
            return None
    """
    new = dedent(
        '''
        from dataclasses import dataclass


        class UserNotFound(LookupError):
            """There is no such user."""


        @dataclass(frozen=True)
        class User:
            id: int
            name: str


        def fetch_user(uid: int) -> User:
            response = requests.get(f"https://api.example.com/users/{uid}", timeout=10)
            if response.status_code == 404:
                raise UserNotFound(uid)
            response.raise_for_status()
            return User(**response.json())
        '''
    ).strip()
    text = text_after(ran(ScriptedModel(fenced(new)), drawn, "errors"))
    imported, _, rest = new.partition("\n\n\n")
    assert text == f"import requests\n{imported}\n\n{rest}"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_new_imports_go_to_the_top_and_the_method_to_its_place(line_end: str) -> None:
    text = "import os\n\n\nclass A:\n    x = 1\n\n    def f(self, a):\n        return a\n"
    whole = text.replace("\n", line_end)
    here = Spot(Document("file:///project/a.py", whole, "python"), at := whole.index("(self"), at)
    new = "def f(self, a: Any) -> Any:\n    return a"
    outcome = ran(ScriptedModel(fenced(f"from typing import Any\n\n{new}")), here, "type-hints")
    expected = text.replace("import os\n", "import os\nfrom typing import Any\n")
    expected = expected.replace("a):", "a: Any) -> Any:")
    assert text_after(outcome) == expected.replace("\n", line_end)


def test_imports_that_are_moved_are_looked_at_twice_too() -> None:
    code = "import a\n\ndef f(x):\n    return ‸x"
    outcome = ran(ScriptedModel(fenced("from os import system\n\ndef f(x):\n    return x")), code)
    assert isinstance(outcome, Staged)
    assert [risk.reason for risk in outcome.risks] == ["runs a command through a shell"]


def test_a_part_of_a_line_that_is_selected_is_named() -> None:
    model = ScriptedModel(fenced("a = 1; b = 3"))
    ran(model, "a = 1; «b = 2»", "instruct", instruction="make it 3")
    assert "Selected in it" in model.prompts[0].messages[1].content
    ran(whole := ScriptedModel(fenced("b = 3")), "  «b = 2»", "instruct", instruction="make it 3")
    assert "Selected in it" not in whole.prompts[0].messages[1].content


@given(st.text(alphabet="ab :=()\n\t`#", max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_any_reply_replaces_the_range_or_nothing(reply: str, first: int, second: int) -> None:
    text = "alpha = 1\r\nbeta = [\r\n    2,\r\n]\r\n\r\ngamma = 3\r\n" * 2
    start, end = sorted((min(first, len(text)), min(second, len(text))))
    here = Spot(Document("file:///project/a", text, "unheard-of"), start, end)
    outcome = ran(ScriptedModel(f"```\n{reply}\n```"), here, "instruct", instruction="change it")
    if isinstance(outcome, Refused) or not outcome.changes:
        return
    (change,) = outcome.changes
    after = text_after(outcome)
    assert after[: change.start] == text[: change.start]
    assert after[change.start + len(change.text) :] == text[change.end :]
    assert after[change.start : change.start + len(change.text)] == change.text
    assert "\n" not in change.text.replace("\r\n", "")


# --- byte order marks, and what cannot be judged ----------------------------------------------


def test_a_byte_order_mark_stays() -> None:
    for drawn in ("\ufeffdef f(x):\n    return ‸x == True", "\ufeff‸x = 1\ny = x"):
        for tag in ("", "\ufeff"):
            old = drawn.replace("‸", "")
            new = old.replace("True", "1").replace("x = 1", "x = 2")
            answer = fenced(tag + new.removeprefix("\ufeff"))
            assert text_after(ran(ScriptedModel(answer), drawn)) == new


def test_an_import_that_is_added_stands_below_the_byte_order_mark() -> None:
    drawn = "\ufeffdef f(x):\n    return ‸x\n\n\ndef g(x):\n    return ‸x\n".replace("‸", "", 1)
    answer = fenced("import os\n\ndef g(x):\n    return os.fspath(x)")
    after = text_after(ran(ScriptedModel(answer), drawn))
    assert after.startswith("\ufeffimport os\n")


def test_a_broken_answer_below_a_byte_order_mark_is_refused() -> None:
    drawn = "\ufeffdef f(x):\n    return ‸x\n"
    assert "does not parse" in said_no(ran(ScriptedModel(fenced("def f(x:\n    return x")), drawn))


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads all of it")
def test_what_this_python_cannot_read_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammars, "load_grammar", lambda module, function: None)
    new = "def f(x):\n    try:\n        return x == True\n    except A, B:\n        return False"
    outcome = ran(ScriptedModel(fenced(new)))
    assert isinstance(outcome, Staged) and new in text_after(outcome)
    (risk,) = outcome.risks
    assert "cannot be read by Python 3." in risk.reason


# --- a file's edges ---------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("drawn", "after"),
    [
        ("‸a = 1\nb = a\nc = b\n", "a = b = c = 1\n"),
        ("‸a = 1\nb = a\nc = b", "a = b = c = 1"),
        ("a = 1\nb = a\nc = b\n‸", "a = b = c = 1\n"),
        ("‸a = 1\nb = a\nc = b\n\n\n", "a = b = c = 1\n\n\n"),
        ("\n\n‸a = 1\nb = a\nc = b\n", "\n\na = b = c = 1\n"),
        ("[a = 1\nb = a\nc = b\n]", "a = b = c = 1\n"),
        ("[a = 1\nb = a\nc = b]\n", "a = b = c = 1\n"),
        ("[a = 1\nb = a\nc = b]", "a = b = c = 1"),
        ("x = 0\n\n[a = 1\nb = a\nc = b\n\n]", "x = 0\n\na = b = c = 1\n\n"),
    ],
)
def test_line_ends_at_the_edges_stay(drawn: str, after: str, end: str) -> None:
    text = drawn.replace("\n", end)
    start = text.find("[") if "[" in text else text.index("‸")
    stop = text.index("]") - 1 if "]" in text else start
    plain = text.replace("[", "").replace("]", "").replace("‸", "")
    here = Spot(Document("file:///project/a.py", plain, "python"), start, stop)
    for answer in ("a = b = c = 1", "\na = b = c = 1\n\n"):
        outcome = ran(ScriptedModel(fenced(answer)), here, "instruct", instruction="in one line")
        assert text_after(outcome) == after.replace("\n", end)


def test_the_same_file_is_no_change() -> None:
    outcome = ran(ScriptedModel(fenced("a = 1\nb = a")), "‸a = 1\nb = a\n")
    assert isinstance(outcome, Staged) and outcome.changes == ()


# --- a part for the whole, a mask for a secret, a comment for the depth -------------------------

TOTAL = (
    "def total(xs):\n    n = 0\n    for x in xs:\n        ‸n += x.price\n    return n\n\n\ny = 1"
)
SHOP = (
    "class Shop:\n    def add(self, x):\n        self.xs.append(x)\n\n"
    "    def total(self):\n        n = 0\n        for x in self.xs:\n            ‸n += x\n"
    "        return n"
)
SHOP_ITSELF = SHOP.replace("‸", "").replace("class", "‸class")
SCRIPT = "function total(xs) {\n  let n = 0;\n  for (const x of xs) { ‸n += x; }\n  return n;\n}"


@pytest.mark.parametrize(
    ("language", "drawn", "answer"),
    [
        ("python", TOTAL, "n = sum(x.price for x in xs)"),
        ("python", TOTAL, "for x in xs:\n    n += x.price"),
        ("python", SHOP, "n = sum(self.xs)"),
        ("python", SHOP_ITSELF, "    def total(self):\n        return sum(self.xs)"),
        ("javascript", SCRIPT, "const n = xs.reduce((a, x) => a + x, 0);"),
        ("go", "func total(xs []int) int {\n\tn := 0\n\t‸n++\n\treturn n\n}", "n += 1"),
    ],
)
@pytest.mark.parametrize("name", ["instruct", "simplify"])
def test_a_part_does_not_take_the_place_of_the_whole(
    language: str, drawn: str, answer: str, name: str
) -> None:
    model = ScriptedModel(fenced(answer, language))
    outcome = ran(model, drawn, name, instruction="use a comprehension", language=language)
    assert isinstance(outcome, Refused)
    if name == "instruct":
        assert "only a part of" in outcome.message


@pytest.mark.parametrize(
    ("language", "drawn", "answer"),
    [
        ("python", TOTAL, "def total(xs):\n    return sum(x.price for x in xs)"),
        ("python", TOTAL, "def sum_of(xs):\n    return sum(x.price for x in xs)"),
        ("python", TOTAL, "total = lambda xs: sum(x.price for x in xs)"),
        ("python", TOTAL, "class Total:\n    def of(self, xs):\n        return sum(xs)"),
        ("python", TOTAL, "from prices import total"),
        ("javascript", SCRIPT, "const total = (xs) => xs.reduce((a, x) => a + x, 0);"),
    ],
)
def test_something_else_takes_the_place_of_the_whole_where_it_is_asked_for(
    language: str, drawn: str, answer: str
) -> None:
    model = ScriptedModel(fenced(answer, language))
    outcome = ran(model, drawn, "instruct", instruction="do so", language=language)
    assert answer in text_after(outcome)
    assert isinstance(outcome, Staged) and outcome.risks == ()


def test_definitions_that_go_and_many_lines_that_go_are_asked_about() -> None:
    two = "‸import os\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2"
    outcome = ran(
        ScriptedModel(fenced("def g():\n    return 3")), two, "instruct", instruction="three"
    )
    assert isinstance(outcome, Staged)
    assert [risk.reason for risk in outcome.risks] == ["no longer defines f"]
    lines = "‸" + "\n".join(f"a{n} = {n}" for n in range(12))
    outcome = ran(ScriptedModel(fenced("a3 = 4")), lines, "instruct", instruction="four")
    assert isinstance(outcome, Staged)
    assert [risk.reason for risk in outcome.risks] == ["has 1 lines in the place of 12"]


SECRETS = [
    ("python", 'PASSWORD = "Tr0ub4dor&3x"', 'PASSWORD = "***"'),
    ("python", 'password: str = "Tr0ub4dor&3x"', "password: str = '<redacted>'"),
    ("python", 'db = {"password": "Tr0ub4dor&3x"}', 'db = {"password": ""}'),
    ("python", 'connect(password="Tr0ub4dor&3x")', 'connect(password="your-password")'),
    ("python", 'URL = "postgres://me:Tr0ub4dor3x@db/x"', 'URL = "postgres://me:***@db/x"'),
    ("python", 'PASSWORD = "abcd"', 'PASSWORD = "****"'),
    ("javascript", 'const apiKey = "sk-1234567890abcdefghij12";', 'const apiKey = "REDACTED";'),
    ("javascript", "f({ secret: 'Tr0ub4dor&3x' });", "f({ secret: 'x' });"),
    ("yaml", "password: Tr0ub4dor3x9", "password: ***"),
    ("go", 'password := "Tr0ub4dor&3x"', 'password := "MASKED"'),
    ("python", 'password = "Tr0ub4dor&3x"\nlogin(password)', 'login("***")'),
    ("python", 'password = "Tr0ub4dor&3x"\nlogin(password)', "login('<redacted>')"),
    ("javascript", "const password = 'Tr0ub4dor&3x';\nlogin(password);", "login('[REDACTED]');"),
]


@pytest.mark.parametrize(("language", "old", "new"), SECRETS)
def test_no_other_text_takes_the_place_of_a_secret(language: str, old: str, new: str) -> None:
    model = ScriptedModel(fenced(new, language))
    outcome = ran(model, f"‸{old}", "instruct", instruction="tidy", language=language)
    message = said_no(outcome)
    assert re.search(
        "(secret|value) of .* was replaced by|a (masked )?secret was (changed|replaced)", message
    )
    assert "Tr0ub" not in message


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("python", 'PASSWORD = "Tr0ub4dor&3x"', 'PASSWORD = os.environ["PASSWORD"]'),
        ("python", 'PASSWORD = "Tr0ub4dor&3x"', 'PASSWORD = getenv("PASSWORD", "")'),
        ("python", 'URL = "postgres://me:Tr0ub4dor3x@db/x"', 'URL = f"postgres://me:{pw}@db/x"'),
        ("python", 'PASSWORD = "Tr0ub4dor&3x"\nx = 1', "x = 1"),
        ("python", 'password = ""\npassword = "Tr0ub4dor&3x"', 'password = ""'),
        ("yaml", "password: Tr0ub4dor3x9", "password: ${PASSWORD}"),
        ("javascript", 'const token = "";', 'const token = "***";'),
        ("python", 'password = "Tr0ub4dor&3x"\nprint("***")', 'print("***")'),
        ("python", 'password = "Tr0ub4dor&3x"', 'secret = "Tr0ub4dor&3x"\nhide = "***"'),
        ("python", 'PASSWORD = "Tr0ub4dor&3x"', "PASSWORD = None"),
    ],
)
def test_a_secret_may_be_read_from_elsewhere_or_go(language: str, old: str, new: str) -> None:
    model = ScriptedModel(fenced(new, language))
    outcome = ran(model, f"‸{old}", "instruct", instruction="tidy", language=language)
    assert text_after(outcome) == new


@pytest.mark.parametrize(
    "comment", ["# shop.py", "# The sum.", "# File: src/shop.py", "# One.\n\n# Two.", "#"]
)
@pytest.mark.parametrize("depth", ["", "    ", "        "])
def test_a_comment_above_does_not_tell_how_deep_a_method_is(comment: str, depth: str) -> None:
    code = f"{depth}def total(self):\n{depth}    return sum(self.xs)"
    outcome = ran(ScriptedModel(fenced(f"{comment}\n{code}")), SHOP)
    after = text_after(outcome)
    assert after.endswith("\n    def total(self):\n        return sum(self.xs)")
    above = after[len("class Shop:\n    def add(self, x):\n        self.xs.append(x)\n\n") :]
    assert all(line.startswith("    ") for line in above.split("\n") if line)


def test_a_comment_of_another_language_stands_as_deep_as_its_method() -> None:
    drawn = "class Shop {\n  total() {\n    ‸return 0;\n  }\n}"
    for comment in ("// The sum.", "/**\n * The sum.\n */"):
        model = ScriptedModel(fenced(f"{comment}\n  total() {{\n    return 1;\n  }}", "javascript"))
        after = text_after(ran(model, drawn, language="javascript"))
        block = "\n".join(f"  {line}" for line in comment.split("\n"))
        assert after == f"class Shop {{\n{block}\n  total() {{\n    return 1;\n  }}\n}}"


def test_a_comment_that_names_the_file_is_left_out() -> None:
    here = spot(SHOP)
    here = Spot(
        Document("file:///project/shop.py", here.document.text, "python"), here.start, here.end
    )
    code = "    def total(self):\n        return sum(self.xs)"
    assert "#" not in text_after(ran(ScriptedModel(fenced(f"# src/shop.py\n{code}")), here))
    assert "# cart.py" in text_after(ran(ScriptedModel(fenced(f"# cart.py\n{code}")), here))
