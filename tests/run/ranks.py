"""`python ranks.py NUMBER SCRIPT ...`: the script as so many ranks, as torchrun starts them, but torch imported once.

Imports are most of what a run of a few steps costs; one test of each kind goes through `launch.sh` all the same.
"""

from __future__ import annotations

import os
import runpy
import socket
import sys
import traceback

import torch._dynamo
import torch.distributed.checkpoint.state_dict  # noqa: F401  imports most of what ranks do


def main() -> None:
    number, script = int(sys.argv[1]), sys.argv[2]
    sys.argv[:] = sys.argv[2:]
    sys.path[0] = os.getcwd()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(number)}
    ranks = [started(script, rank) for rank in range(number)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(rank, 0)[1]) for rank in ranks]
    sys.exit(next((code for code in codes if code), 0))


def started(script: str, rank: int) -> int:
    """The process that is a rank."""
    process = os.fork()
    if process:
        return process
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank)}
    code = 0
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
