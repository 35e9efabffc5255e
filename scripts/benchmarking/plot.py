"""The growth as a picture."""

from __future__ import annotations

from pathlib import Path

from scripts.benchmarking.growth import Point


def draw(points: list[Point], path: Path) -> None:
    """Draw wall time against distributions, a line a tool, and write a PNG.

    Raises:
        SystemExit: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SystemExit("--plot draws with matplotlib: pip install matplotlib") from None
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    for number, name in enumerate(item.tool.name for item in points[0].series):
        walls = [point.series[number].wall() for point in points]
        axes.plot([point.size for point in points], walls, marker="osD^vx*"[number % 7], label=name)
    axes.set_xlabel("distributions")
    axes.set_ylabel("wall time, median, seconds")
    axes.set_title("Checking an environment, by its size")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
