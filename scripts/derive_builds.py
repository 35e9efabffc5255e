"""Derive what the wheels of torch, vLLM and others were compiled for: CUDA version, architectures, C++ ABI.

    python scripts/derive_builds.py              # wheels that were not read yet are asked of the index
    python scripts/derive_builds.py --refresh    # look for new releases
    python scripts/derive_builds.py --check --offline

Of each release and processor one wheel is read, by ranges of bytes: of torch 10 MB, of vLLM the compiled
extensions, up to 200 MB, of bitsandbytes its libraries for each CUDA. Only what was read out of them is kept, in
a cache folder outside of the repository. Nothing of a wheel is run. With --check nothing is written: the exit
status is 1 when the file of the matrix differs from what would be written.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.derivation.build_rows import write_builds
from scripts.derivation.builds import PACKAGES, read_builds
from scripts.derivation.files import put
from scripts.derivation.index import CACHE, Index, UnexpectedAnswerError
from scripts.derivation.torch_labels import read_labelled

TARGET = Path(__file__).resolve().parents[1] / "matrices" / "wheels.toml"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file is not current")
    parser.add_argument("--offline", action="store_true", help="read the cache only")
    parser.add_argument("--refresh", action="store_true", help="ask for the listings again")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="the folder that keeps answers (default: %(default)s)"
    )
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only these packages (default: all)")
    parser.add_argument("--output", type=Path, default=TARGET, help="the file of the matrix (default: %(default)s)")
    options = parser.parse_args(arguments)
    index = Index(options.cache, offline=options.offline, refresh=options.refresh)
    kept = options.cache.parent / "derived"
    try:
        builds = [build for package in options.package or PACKAGES for build in read_builds(index, package, kept)]
        builds += read_labelled(index, builds, kept) if "torch" in (options.package or PACKAGES) else ()
    except (OSError, UnexpectedAnswerError, LookupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stale = put(options.output, write_builds(builds), check=options.check)
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
