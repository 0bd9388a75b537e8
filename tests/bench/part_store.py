"""The two halves of the ingest pipeline by themselves, on one thread each (store_bench.c)."""
import os
import re
import subprocess


def run(b):
    args = [os.path.join(b.a.build, "tests", "store_bench"), b.inbox, os.path.join(b.dir, "store-bench-profile")]
    done = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"store_bench: {done.stderr}")
    b.table.head(f"The halves of the pipeline, one thread each ({b.messages} messages)")
    for line, what in (("prepare", "prepared (hash, compress, parse, fold)"), ("write", "stored (thread, index, commit)"), ("view", "read again"),
                       ("flags", "flags that a server told of, written")):
        wall_rate, cpu_rate = re.search(rf"^{line}\s+\S+ s\s+(\d+)/s\s+cpu\s+\S+ s\s+(\d+)/s", done.stdout, re.M).groups()
        b.table.row(f"{what}, per second of wall time", "messages/s", int(wall_rate))
        b.table.row(f"{what}, per second of CPU", "messages/s", int(cpu_rate))
    b.table.row("longest write transaction", "ms", float(re.search(r"longest write: (\d+) ms", done.stdout).group(1)))
