"""Nothing that a test runs takes the real home of whoever runs the tests for its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from foretype.local.workspace.store import folder_of
from foretype.settings.load import config_file
from foretype.spending.ledger import file_of

KEPT = """
from foretype.spending.ledger import file_of
print(file_of({}))
"""


def test_what_is_kept_where_no_variable_names_a_place_is_in_a_home_of_the_tests() -> None:
    home = Path.home()
    assert home.is_relative_to(tempfile.gettempdir())
    child = subprocess.run([sys.executable, "-c", KEPT], stdout=subprocess.PIPE, check=True)
    for kept in (file_of({}), folder_of({}), config_file({}), child.stdout.decode().strip()):
        assert kept is not None and Path(kept).is_relative_to(home)
