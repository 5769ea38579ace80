"""What the processes of publisher and subscriber have in common: lines of JSON out, the end of the input as the end."""

import asyncio
import contextlib
import json
import os
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))


LEAVE_SECONDS = 2.0


def write(kind, **values):
    """One line: what is told, and when on the clock that all processes of a machine share."""
    print(json.dumps({"kind": kind, "t": time.monotonic(), **values}), flush=True)


def start(coroutine):
    """Runs beside; a failure ends the process."""
    task = asyncio.ensure_future(coroutine)
    task.add_done_callback(_end_on_failure)
    return task


def _end_on_failure(task):
    if not task.cancelled() and task.exception():
        traceback.print_exception(task.exception())
        sys.stderr.flush()
        os._exit(1)


async def until_input_ends(room, tasks):
    """Then what runs beside is stopped, before it misses what it works with, and the room is left."""
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        pass
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
        await asyncio.wait_for(room.disconnect(), LEAVE_SECONDS)


async def every(seconds, action):
    while True:
        await action()
        await asyncio.sleep(seconds)


def run(main):
    """Runs `main()` until it ends, and ends the process although the SDK leaves threads behind."""
    status = 1
    try:
        asyncio.run(main())
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
