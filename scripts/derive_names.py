"""Derive which names the releases of a package can be asked for: ``matrices/names/``.

    python scripts/derive_names.py [PACKAGE ...]     # reads the wheels that were not read yet
    python scripts/derive_names.py --refresh         # looks for new releases
    python scripts/derive_names.py --check --offline

What was read of each wheel is kept in the cache of `derive_matrix.py`; nothing of a release is imported or run.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.derivation.command import parse_options
from scripts.derivation.files import put
from scripts.derivation.index import Index, UnexpectedAnswerError, tell
from scripts.derivation.names import PACKAGES, read_names, write_names


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments, __doc__, PACKAGES)
    index = Index(options.cache, offline=options.offline, refresh=options.refresh)
    stale = 0
    try:
        for package in options.packages or list(PACKAGES):
            tell(f"{package} ...")
            text = write_names(package, read_names(index, package, options.cache.parent / "derived"))
            stale += put(options.matrices / f"names/{package}.json", text, check=options.check)
    except (OSError, UnexpectedAnswerError, LookupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
