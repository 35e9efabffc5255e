"""Derive which releases import from each other what is not there: ``matrices/pairs-imports.toml``.

    python scripts/derive_pairs.py             # reads the wheels that were not read yet
    python scripts/derive_pairs.py --refresh   # looks for new releases
    python scripts/derive_pairs.py --check --offline

What was read of each wheel is kept in the cache of `derive_matrix.py`; nothing of a release is imported or run.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.matrix.load import load_matrix
from scripts.derivation.command import parse_options
from scripts.derivation.files import put
from scripts.derivation.imported import Reader
from scripts.derivation.importers import IMPORTERS, PARTNERS
from scripts.derivation.index import Index, UnexpectedAnswerError
from scripts.derivation.undeclared import find_all
from scripts.derivation.undeclared_pairs import MARK, write_pairs

NAME = "pairs-imports.toml"


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments, __doc__, IMPORTERS)
    index = Index(options.cache, offline=options.offline, refresh=options.refresh)
    reader = Reader(index, options.cache.parent / "derived", PARTNERS)
    path = options.matrices / NAME
    told = [pair for pair in load_matrix().pairs if not pair.name.endswith(MARK)]
    try:
        found = find_all(index, reader, options.packages or list(IMPORTERS), told)
    except (OSError, UnexpectedAnswerError, LookupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stale = put(path, write_pairs(found, _day(path, check=options.check)), check=options.check)
    return 1 if options.check and stale else 0


def _day(path: Path, *, check: bool) -> str:
    """The day that the file states, which a check must not differ in, or today."""
    lines = path.read_text(encoding="utf-8").splitlines() if check and path.is_file() else []
    stated = [line.partition('"')[2].rstrip('"') for line in lines if line.startswith("updated = ")]
    return stated[0] if stated else datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
