"""The page of environments that were mended."""

from __future__ import annotations

from pathlib import Path

from scripts.prove_fix import HEAD, Proof, write_page


def proof(name: str, how: str = "apply", after: str = "healthy") -> str:
    return Proof(
        name=name,
        title="a fault | of it",
        how=how,
        before="PKG005 torch",
        moves="torch again",
        after=after,
        mended=True,
        seconds=4.2,
        date="2026-11-27",
    ).row()


def rows_of(page: Path) -> list[str]:
    return [line for line in page.read_text().splitlines() if line.startswith("| ") and line not in HEAD]


def test_a_row_takes_the_place_of_the_older_one_of_its_environment(tmp_path: Path):
    page = tmp_path / "mended.md"
    write_page(page, [proof("two-pynvml"), proof("library-missing")])
    write_page(page, [proof("two-pynvml", how="lockfile")])
    write_page(page, [proof("library-missing", after="all import")])
    # In the order of the recipes, whatever was proven first.
    assert rows_of(page) == [
        proof("library-missing", after="all import"),
        proof("two-pynvml"),
        proof("two-pynvml", how="lockfile"),
    ]
