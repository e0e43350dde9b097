"""The chart of the README: CPU time of one check, by who runs it. Pure but `write`."""

from html import escape
from pathlib import Path

from samples import median
from targets import row

WIDTH, LEFT, RIGHT, BAR, GAP = 760, 240, 90, 18, 8
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.ours { fill: #0969da } .other { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .ours { fill: #58a6ff } .other { fill: #6e7681 }
}"""


def write(results: dict, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.svg").write_text(draw(groups(results)))


def groups(results: dict) -> list[tuple[str, list[tuple[str, float]]]]:
    """Titles, and below each names with seconds of CPU."""
    one, few = results["one_check"], results["few"]
    names = ("/bin/true", "roundsman check", "check_load", "check_swap", "shell script", "zipapp")
    each = [(name, f"{name}, one by one") for name in ("check_load", "zipapp")]
    each.insert(0, ("roundsman run", "roundsman run, 4 at a time"))
    return [
        ("One check of one file, started cold", [(name, median(row(one, name)["cpu"])) for name in names]),
        (f"Each of {few['checks']} checks", [(name, median(row(few, it)["cpu"]) / few["checks"]) for name, it in each]),
    ]


def draw(groups: list[tuple[str, list[tuple[str, float]]]]) -> str:
    longest = max(seconds for _, rows in groups for _, seconds in rows)
    scale = (WIDTH - LEFT - RIGHT) / longest
    parts, y = [], 0
    for title, rows in groups:
        y += 24
        parts.append(f'<text class="title" x="0" y="{y}">{escape(title)}</text>')
        y += 10
        for name, seconds in rows:
            kind = "ours" if name.startswith("roundsman") else "other"
            width, middle = max(seconds * scale, 1), y + BAR - 5
            parts.append(f'<text x="{LEFT - 10}" y="{middle}" text-anchor="end">{escape(name)}</text>')
            parts.append(f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>')
            parts.append(f'<text x="{LEFT + width + 6:.1f}" y="{middle}">{seconds * 1e3:.2f} ms</text>')
            y += BAR + GAP
    y += 16
    parts.append(f'<text x="0" y="{y}">CPU time, user and system, of the whole process tree; medians. Shorter is better.</text>')
    label = "CPU time of one check: Roundsman, C plugins, a shell script, a Python zipapp"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 8}" role="img" aria-label="{label}">\n'
        f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )
