"""Figures of several runs as tables: median and worst."""

import math
import os
import pathlib
import statistics

FILE = pathlib.Path(__file__).parents[3] / "Benchmarks" / "bad-networks.md"

# Figures of which much is good; of all others little is.
MUCH_IS_GOOD = {
    "frames a second",
    "pictures captured a second",
    "frames in the low layer, %",
    "frames in the full layer, %",
}

PREFACE = """\
# Bad networks

Written by the test run (`RELAIS_WRITE_FIGURES=1 RELAIS_LAB_RUNS=5 Tests/run interop`), not by hand.

The server and a publisher (LiveKit SDK, 960×540 VP8 simulcast at 20 frames a second and a tone) are in one network
namespace, the subscriber in another one; a user-space link over TUN devices joins them. Round trip {rtt} ms. The capped
link has a drop-tail queue of {queue} ms. Packets are lost in both directions. Gaps are between two decoded pictures;
figures count from the moment at which the link changes. Targets hold for the median.
"""


def values_of(results, figure):
    return [result[figure] for result in results]


def median(results, figure):
    return statistics.median(values_of(results, figure))


def worst(results, figure):
    return (min if figure in MUCH_IS_GOOD else max)(values_of(results, figure))


def missed(scenario, results):
    """The targets that the median does not meet, in words."""
    return [
        f"{target.figure}: {show(median(results, target.figure))}, wanted {target}"
        for target in scenario.targets
        if not target.is_met(median(results, target.figure))
    ]


def lost(scenario, results):
    """What is worse than it has been, in words."""
    return [
        f"{target.figure}: {show(median(results, target.figure))}, was within {target.guard:g}"
        for target in scenario.targets
        if not target.is_guarded(median(results, target.figure))
    ]


def show(value):
    if math.isinf(value):
        return "never"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


def table(scenario, results):
    """Markdown: the figures with targets first."""
    targets = {target.figure: target for target in scenario.targets}
    rows = [("figure", "target", "median", "worst"), ("---", "---", "---:", "---:")]
    known = [figure for figure in results[0] if all(figure in result for result in results)]
    for figure in sorted(known, key=lambda figure: figure not in targets):
        rows.append((figure, str(targets.get(figure, "")), show(median(results, figure)), show(worst(results, figure))))
    lines = [f"## {scenario.title}", "", f"{len(results)} run{'s' if len(results) > 1 else ''}.", ""]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def write(tables, rtt, queue):
    """The file of figures."""
    preface = PREFACE.format(rtt=rtt, queue=queue) + f"\nMeasured on {os.cpu_count()} processors.\n"
    FILE.write_text("\n".join([preface, *tables]))
