"""Next edits in Emacs with lsp-mode: marked, applied by a key each, and undone together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from real_editors import Home, Upstream, eventually, only_foretype, skip_unless
from real_emacs import Emacs, Open, opening

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("emacs"), pytest.mark.xdist_group("editors")]

REPEAT = "".join(f'log.warn("{letter}")\n' for letter in "abcdef")
REPEATED = REPEAT.replace("warn", "error")
TWICE = REPEAT.replace("warn", "error", 2)
SHOP = "def total(x):\n    return x\n\n\n" + "".join(f"print(total({n}))\n" for n in range(4))


@pytest.fixture
def opened(home: Home, upstream: Upstream) -> Iterator[Open]:
    upstream.script(truth={}, text="")
    home.environ["PATH"] = f"{only_foretype(home)}:/usr/bin:/bin"
    with opening(home, '(setq foretype-settings \'(:nextEdit (:mode "on")))\n') as open_file:
        yield open_file


def change_two(editor: Emacs) -> None:
    """Make the same change in the first two lines."""
    editor.terminal.press("M-<")
    for line in range(2):
        editor.terminal.press(*(["C-n", "C-a"] if line else []), *["C-f"] * 4, "M-d")
        editor.terminal.type("error")


def test_a_change_is_finished_over_four_places_by_a_key_each_and_undone_in_one(
    opened: Open,
) -> None:
    editor = opened("shop.py", REPEAT)
    change_two(editor)
    for letter in "cdef":
        editor.terminal.shows(f'-> log.error("{letter}")')
        editor.terminal.press("M-n")
    eventually(lambda: "->" not in editor.terminal.screen(), "nothing is left")
    editor.saves(REPEATED)
    editor.terminal.press("C-_")
    editor.saves(TWICE)


def test_a_rename_is_finished_over_four_places_by_a_key_each_and_undone_in_one(
    opened: Open,
) -> None:
    editor = opened("shop.py", SHOP)
    editor.terminal.press("M-<", *["C-f"] * 4, "M-d")
    editor.terminal.type("amount")
    for number in range(4):
        editor.terminal.shows(f"-> print(amount({number}))")
        editor.terminal.press("M-n")
    eventually(lambda: "->" not in editor.terminal.screen(), "nothing is left")
    editor.saves(SHOP.replace("total", "amount"))
    editor.terminal.press("C-_")
    editor.saves(SHOP.replace("total", "amount", 1))


# A function in the change hook that fails at its first call after this text stands in the buffer.
FAILING = """\
(setq foretype-settings '(:nextEdit (:mode "on")))
(defvar may-fail t)
(defun fail-once (&rest _)
  (when (and may-fail (save-excursion (goto-char 1) (search-forward "%s" nil t)))
    (setq may-fail nil)
    (error "Broken")))
(add-hook 'lsp-after-open-hook
          (lambda () (add-hook 'after-change-functions #'fail-once nil t)))
"""


@pytest.mark.parametrize("text", ["amount(0)", "amou"])
def test_a_rename_is_finished_although_somebodys_change_hook_fails(
    text: str, home: Home, upstream: Upstream
) -> None:
    upstream.script(truth={}, text="")
    home.environ["PATH"] = f"{only_foretype(home)}:/usr/bin:/bin"
    with opening(home, FAILING % text) as open_file:
        editor = open_file("shop.py", SHOP)
        editor.terminal.press("M-<", *["C-f"] * 4, "M-d")
        editor.terminal.type("amount")
        for number in range(4):
            editor.terminal.shows(f"-> print(amount({number}))")
            editor.terminal.press("M-n")
        editor.saves(SHOP.replace("total", "amount"))


def test_one_key_dismisses_it(opened: Open) -> None:
    editor = opened("shop.py", REPEAT)
    change_two(editor)
    editor.terminal.shows('-> log.error("c")')
    editor.terminal.press("C-g")
    eventually(lambda: "->" not in editor.terminal.screen(), "it is gone")
    editor.saves(TWICE)
