"""The table that a run prints: Markdown rows with unit, target and whether it is met; and what machine it was."""
import os
import platform
import subprocess

HEAD = "| what | unit | facteur | peer | ratio | target | met |\n|---|---|---:|---:|---:|---|---|"


class Table:
    def __init__(self):
        self.missed = []

    def head(self, title):
        print(f"\n### {title}\n\n{HEAD}", flush=True)

    def row(self, what, unit, ours, peer=None, at_most=None, ratio_at_most=None, ratio_at_least=None):
        """One measurement; ours is None for what only the peer has. at_most bounds ours, ratio_at_most and ratio_at_least ours divided by the
        peer's. A bound that cannot be judged (no peer in this run) is printed and left open."""
        ratio = ours / peer if peer and ours is not None else None
        met = []
        if at_most is not None and ours is not None:
            met.append(ours <= at_most)
        if ratio_at_most is not None and ratio is not None:
            met.append(ratio <= ratio_at_most)
        if ratio_at_least is not None and ratio is not None:
            met.append(ratio >= ratio_at_least)
        target = [f"{show(at_most)} {unit}"] if at_most is not None else []
        target += [f"ratio {show(ratio_at_most)}"] if ratio_at_most is not None else []
        target += [f"ratio at least {show(ratio_at_least)}"] if ratio_at_least is not None else []
        verdict = "" if not met else "yes" if all(met) else "**no**"
        if met and not all(met):
            self.missed.append(what)
        print(f"| {what} | {unit} | {show(ours)} | {show(peer)} | {show(ratio)} | {', '.join(target)} | {verdict} |", flush=True)

    def note(self, text):
        print(f"<!-- {text} -->", flush=True)


def show(v):
    if v is None:
        return ""
    if isinstance(v, int) or float(v).is_integer() and abs(v) < 1e6:
        return str(int(v))
    return f"{v:.0f}" if abs(v) >= 100 else f"{v:.3g}"


def machine(build):
    """One line: processor, cores, memory, kernel, the versions of all that take part."""
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal:")) / 1048576
    load = " ".join(f"{v:.1f}" for v in os.getloadavg())
    versions = [first_line(os.path.join(build, "bin", "facteurd"), "--version"), "dovecot " + first_line("dovecot", "--version").split(" ")[0],
                first_line("mbsync", "--version"), first_line("notmuch", "--version"), first_line("mu", "--version")]
    return (f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB, Linux {platform.release()}, load before the run {load}; "
            + ", ".join(v for v in versions if v.strip()))


def first_line(*args):
    try:
        return subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10).stdout.split("\n")[0]
    except OSError:
        return ""
