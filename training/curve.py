"""log.jsonl to a page with the curves drawn in it: no server and no script."""

import html
import json
from pathlib import Path

from mobileswap.contracts.errors import BadInput

WIDTH, HEIGHT = 720, 240
Line = list[tuple[float, float]]


def read_log(path: Path) -> list[dict[str, float]]:
    """The lines of a log; a last line that was cut off by a power cut is left out.

    Raises:
        BadInput: there is no log.
    """
    if not path.is_file():
        raise BadInput(f"{path}: no log of a training; give the folder of a run")
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines


def curve_page(log: list[dict[str, float]], title: str) -> str:
    """An HTML page with one drawing for each figure of the log."""
    names = [name for name in dict.fromkeys(key for line in log for key in line) if name not in ("step", "seconds")]
    drawings = [_drawing(name, [(line["step"], line[name]) for line in log if name in line]) for name in names]
    return (
        f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title>"
        f"<body style='font-family:sans-serif'><h1>{html.escape(title)}</h1>{''.join(drawings)}"
    )


def _drawing(name: str, points: Line) -> str:
    steps, values = [step for step, _ in points], [value for _, value in points]
    left, right, low, high = min(steps), max(steps), min(values), max(values)
    across = WIDTH / max(right - left, 1)
    up = HEIGHT / max(high - low, 1e-12)
    path = " ".join(f"{(step - left) * across:.1f},{HEIGHT - (value - low) * up:.1f}" for step, value in points)
    return (
        f"<h2>{html.escape(name)}: {values[-1]:.4g} at step {steps[-1]:.0f}</h2>"
        f"<p>from {low:.4g} to {high:.4g}</p><svg width={WIDTH} height={HEIGHT} style='border:1px solid #ccc'>"
        f"<polyline fill=none stroke=#336 points='{path}'/></svg>"
    )
