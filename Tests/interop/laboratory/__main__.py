"""Runs one scenario and prints what the subscriber saw: `python -m laboratory cap`."""

import argparse
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from laboratory import figures, scenarios  # noqa: E402
from laboratory.call import Call, LaboratoryServer  # noqa: E402
from laboratory.network import Network, why_not  # noqa: E402
from laboratory.timeline import Timeline  # noqa: E402


def main():
    by_name = {scenario.name: scenario for scenario in scenarios.ALL}
    parser = argparse.ArgumentParser(prog="laboratory", description=__doc__)
    parser.add_argument("scenario", choices=by_name)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--delay-ms", type=float, default=15, help="each way (15)")
    parser.add_argument("--one-way", action="store_true", help="lose packets on the way to the subscriber only")
    parser.add_argument("--seed", type=int, default=1, help="of what the link does at random (1)")
    parser.add_argument("--quiet", action="store_true", help="no timeline")
    options = parser.parse_args()
    if reason := why_not():
        parser.exit(1, f"no laboratory here: {reason}\n")
    if "RELAIS_BINARY" not in os.environ:
        parser.exit(1, "RELAIS_BINARY has to name the program, like .build/release/relais\n")
    scenario = by_name[options.scenario]
    results = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Network(options.seed) as network,
        LaboratoryServer(network, pathlib.Path(folder)) as server,
    ):
        for run in range(options.runs):
            call = Call(
                network,
                server,
                f"{scenario.name}-{run}",
                delay_ms=options.delay_ms,
                loss_both_ways=not options.one_way,
                subscriber=scenario.subscriber,
                watch=None if options.quiet else Timeline(),
            )
            with call:
                results.append(scenario.run(call))
            print({figure: figures.show(value) for figure, value in results[-1].items()}, flush=True)
    print()
    print(figures.table(scenario, results))
    for text in figures.missed(scenario, results):
        print(f"missed: {text}")


if __name__ == "__main__":
    main()
