"""Human typing of real files against foretype and the reference servers.

    python -m benches.typing --help

The work is done in ``typing_run.py``. This file stands under the name of a module of the
standard library: where a script of this folder is run by its path and something wants that
module, it gets it.
"""

import sys

if __name__ == "typing":
    from importlib.util import module_from_spec, spec_from_file_location
    from os import __file__ as _library

    _spec = spec_from_file_location(__name__, _library.replace("os.py", "typing.py"))
    assert _spec and _spec.loader
    sys.modules[__name__] = module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[__name__])
elif __name__ == "__main__":
    from benches.typing_run import main

    sys.exit(main())
