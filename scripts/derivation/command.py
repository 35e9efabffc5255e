"""The options of the scripts that derive files of the matrix from the package index."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path

from scripts.derivation.index import CACHE

MATRICES = Path(__file__).resolve().parents[2] / "matrices"


def parse_options(
    arguments: list[str] | None, description: str | None, packages: Collection[str]
) -> argparse.Namespace:
    """Read the command line of a script that derives something of `packages`; a wrong one ends it with 2."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="only these packages (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is not current")
    parser.add_argument("--offline", action="store_true", help="read the cache only")
    parser.add_argument("--refresh", action="store_true", help="ask for the listings again")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="the folder that keeps answers (default: %(default)s)"
    )
    parser.add_argument("--matrices", type=Path, default=MATRICES, help="the folder of the files")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.packages if name not in packages]:
        parser.error(f"not one of the packages that are read: {', '.join(unknown)}")
    return options
