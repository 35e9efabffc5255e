"""Derive the matrix files about releases from the package index.

    python scripts/derive_matrix.py              # what is not in the cache yet is asked of the index
    python scripts/derive_matrix.py --refresh    # look for new releases
    python scripts/derive_matrix.py --check --offline

The index is the one that pip is configured with. Listings, metadata and the Python files of vLLM's releases
are kept in a cache folder outside of the repository, so that an interrupted run goes on where it was. Nothing
of a release is imported or run. With --check nothing is written: the exit status is 1 when a file of the matrix
differs from what would be written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.derivation.command import parse_options
from scripts.derivation.files import put
from scripts.derivation.index import Index, UnexpectedAnswerError, tell
from scripts.derivation.packages import PACKAGES, read_package, wheels_of, write_package
from scripts.derivation.transformers_releases import read_transformers, write_transformers
from scripts.derivation.vllm_releases import read_releases, write_releases


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments, __doc__, PACKAGES)
    index = Index(options.cache, offline=options.offline, refresh=options.refresh)
    stale = 0
    try:
        for name, text in derive(index, options.packages or list(PACKAGES), options.cache.parent / "derived"):
            stale += put(options.matrices / name, text, check=options.check)
    except (OSError, UnexpectedAnswerError, LookupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 1 if options.check and stale else 0


def derive(index: Index, packages: list[str], kept: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file."""
    for package in packages:
        tell(f"{package} ...")
        yield f"releases/{package}.json", write_package(package, read_package(index, package))
        if package == "vllm":
            yield from write_releases(read_releases(index, index.files(package), kept)).items()
        if package == "transformers":
            yield "transformers/models.json", write_transformers(read_transformers(index, wheels_of(index, package)))


if __name__ == "__main__":
    sys.exit(main())
