"""Processes measured: wall time, CPU time of a whole tree, peak memory."""
import os
import resource
import subprocess
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


def run(*args, env=None, cwd=None):
    """Runs a command to its end; (wall seconds, CPU seconds of it and its children). Its output goes nowhere."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, cwd=cwd)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{args[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cpu(pid):
    """CPU seconds that a living process has used."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def waited(pid):
    """Seconds, of all threads together, in which a living process could have worked and had no processor."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[1])
        except FileNotFoundError:
            pass   # a thread that has just ended
    return total / 1e9


def memory(pid):
    """(resident now, peak) in MB."""
    now = peak = 0.0
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                now = int(line.split()[1]) / 1024
            elif line.startswith("VmHWM:"):
                peak = int(line.split()[1]) / 1024
    return now, peak


class OwnMemory:
    """The peak of a living process's memory that is backed by no file (RssAnon), looked at every 5 ms from a thread.
    VmHWM also counts mapped files, whose pages the kernel takes back whenever it wants."""

    def __init__(self, pid):
        self.pid, self.peak = pid, 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.ended.wait(0.005):
            with open(f"/proc/{self.pid}/status") as f:
                self.peak = max(self.peak, next(int(line.split()[1]) / 1024 for line in f if line.startswith("RssAnon:")))

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.peak


def switches(pid):
    """Voluntary context switches so far, of each thread: {"name/tid": count}. One is one waking up."""
    counts = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/comm") as f:
                name = f.read().strip()
            with open(f"/proc/{pid}/task/{task}/status") as f:
                counts[f"{name}/{task}"] = sum(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt"))
        except FileNotFoundError:
            pass   # a thread that has just ended
    return counts


def wakeups(pid, seconds):
    """{thread's name: how often its threads woke up} while the process should do nothing."""
    before = switches(pid)
    time.sleep(seconds)
    woken = {}
    for task, count in switches(pid).items():
        if count > before.get(task, 0):
            name = task.rsplit("/", 1)[0]
            woken[name] = woken.get(name, 0) + count - before.get(task, 0)
    return woken


def wait_quiet(pid, bound, calm=8):
    """Waits until no thread has woken for `calm` seconds; the seconds until that calm began, None where it did not
    come within the bound."""
    began = last = time.monotonic()
    seen = switches(pid)
    while time.monotonic() - last < calm:
        if time.monotonic() - began > bound:
            return None
        time.sleep(0.5)
        now = switches(pid)
        if any(count > seen.get(task, 0) for task, count in now.items()):
            last = time.monotonic()
        seen = now
    return last - began


def disk(path):
    total = 0
    for root, _, files in os.walk(path):
        total += sum(os.lstat(os.path.join(root, f)).st_size for f in files)
    return total
