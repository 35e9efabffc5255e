"""Derive ``matrices/names/``, ``matrices/calls/`` and ``matrices/transformers/configs.json``: what releases have.

    python scripts/derive_names.py [PACKAGE ...]     # reads the wheels that were not read yet
    python scripts/derive_names.py --refresh         # looks for new releases
    python scripts/derive_names.py --check --offline

The first are the names of modules, the second the arguments of callables and the members of classes, the third the
attributes of the configuration classes of transformers. What was read
of each wheel is kept in the cache of `derive_matrix.py`; nothing of a release is imported or run.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.derivation import calls, configs
from scripts.derivation.command import parse_options
from scripts.derivation.files import put
from scripts.derivation.index import Index, UnexpectedAnswerError, tell
from scripts.derivation.names import PACKAGES, read_names, write_names


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments, __doc__, {**PACKAGES, **calls.PACKAGES})
    index = Index(options.cache, offline=options.offline, refresh=options.refresh)
    kept = options.cache.parent / "derived"
    stale = 0
    try:
        for package, (module, _) in PACKAGES.items():
            if not options.packages or package in options.packages:
                tell(f"{package} ...")
                text = write_names(package, read_names(index, package, kept))
                stale += put(options.matrices / f"names/{module.replace('_', '-')}.json", text, check=options.check)
        for package in calls.PACKAGES:
            if not options.packages or package in options.packages:
                tell(f"{package}: what can be called ...")
                text = calls.write_calls(package, calls.read_calls(index, package, kept))
                stale += put(options.matrices / f"calls/{package}.json", text, check=options.check)
        if not options.packages or configs.PACKAGE in options.packages:
            text = configs.write_configs(configs.read_configs(index, kept))
            stale += put(options.matrices / "transformers/configs.json", text, check=options.check)
    except (OSError, UnexpectedAnswerError, LookupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
