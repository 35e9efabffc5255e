"""Derive which prebuilt wheels flash-attn has, from a clone of its repository with tags.

    git clone --filter=blob:none --no-checkout https://github.com/Dao-AILab/flash-attention CLONE
    python scripts/derive_flash_attention.py CLONE [--check]

What is read is the build matrix of the publish workflow of each tag: what a release page holds can be less, where a
build failed, or more, where wheels were added later.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.derivation.files import put
from scripts.derivation.flash_attention import read_wheels, write_wheels

TARGET = Path(__file__).resolve().parents[1] / "matrices" / "flash-attention.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path, metavar="CLONE")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file is not current")
    parser.add_argument("--output", type=Path, default=TARGET, help="the file of the matrix (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        wheels = read_wheels(options.clone)
    except subprocess.CalledProcessError as error:
        print(f"error: {error.stderr.strip()}", file=sys.stderr)
        return 2
    stale = put(options.output, write_wheels(wheels), check=options.check)
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
