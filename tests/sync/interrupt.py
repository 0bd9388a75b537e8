"""A scenario, stopped at one step and resumed.

A step is a line on the wire, of the client or of the server, or a call that changes a file of the profile (write, sync, open, rename,
truncate). facteurd is killed before or after it, or, on the wire, the connection is cut there. It is started again, the story goes on
to its end, and both sides must be as if nothing had happened.

    steps = count(server, story)                         one run that is not interrupted, counted
    for p in all_points(story, steps): run(server, p)    an Outcome
"""
import dataclasses
import random
import threading
import traceback

from proxy import CUT
from scenarios import SCENARIOS
from world import FAULT, World

DISK_CALLS = "write,sync,open,rename,truncate"


@dataclasses.dataclass(frozen=True)
class Point:
    scenario: str
    where: str      # "wire" or "disk"
    how: str        # wire: "kill" or "cut", "before" or "after"; disk: "kill" before or "killed" after
    number: int     # of the step, from 1, counted from the beginning of the story

    def __str__(self):
        return f"{self.scenario}:{self.where}:{self.how}:{self.number}"

    @classmethod
    def parse(cls, text):
        scenario, where, how, number = text.split(":")
        return cls(scenario, where, how, int(number))


@dataclasses.dataclass
class Steps:
    sides: list     # "C" or "S" for each wire step
    disk: int       # calls


@dataclasses.dataclass
class Outcome:
    point: Point
    problem: str        # None: all is well
    has_sprung: bool    # whether it came to the step at all: what is said differs a little from run to run


class NotAvailable(Exception):
    """The account cannot do what the scenario needs."""


def prepare(w, story, fault):
    """The world as it is when the story begins. `fault`: what else stands in the environment of facteurd."""
    gate = w.dir / "gate"
    counter = w.dir / "count"
    counter.write_bytes(bytes(8))
    w.env = {"LD_PRELOAD": str(FAULT), "FAULT_DIR": str(w.profile), "FAULT_COUNT": str(counter), "FAULT_CALLS": DISK_CALLS,
             "FAULT_GATE": str(gate), **fault} if FAULT.exists() else {}
    w.begin(**story.begin)
    if not story.can_run(w):
        raise NotAvailable
    gate.touch()
    return counter


def count(server, story):
    with World(server) as w:
        counter = prepare(w, story, {})
        w.proxy.forget()
        story.act(w)
        w.quiet()
        sides = [side for _, _, side, _ in w.proxy.transcript]
        w.check()
        return Steps(sides, int.from_bytes(counter.read_bytes(), "little"))


def all_points(story, steps):
    out = []
    for n, side in enumerate(steps.sides, 1):
        # Before a line of the server is after the one before it.
        for how in ("kill-before", "kill-after", "cut-before", "cut-after") if side == "C" else ("kill-before", "cut-before"):
            out.append(Point(story.name, "wire", how, n))
    for n in range(1, steps.disk + 1):
        out += [Point(story.name, "disk", "kill", n), Point(story.name, "disk", "killed", n)]
    return out


def some_points(story, steps, n, salt=""):
    """n of them, always the same ones: most where the client has said something and the answer does not come."""
    r = random.Random(f"{story.name} {salt}")
    points = all_points(story, steps)
    commands = [p for p in points if p.where == "wire" and p.how == "kill-after" and steps.sides[p.number - 1] == "C"]
    disk = [p for p in points if p.where == "disk"]
    chosen = r.sample(commands, min(len(commands), (n + 1) // 2)) + r.sample(disk, min(len(disk), (n + 2) // 4))
    rest = [p for p in points if p not in chosen]
    return chosen + r.sample(rest, min(len(rest), max(0, n - len(chosen))))


class Trap:
    """Springs once."""

    def __init__(self, w, how, number):
        self.w, self.how, self.number, self.n, self.has_sprung = w, how, number, 0, False
        self.lock = threading.Lock()
        w.proxy.hook = self

    def __call__(self, step):
        if step.kind != "line" or self.has_sprung:
            return None
        self.n += 1
        if self.n != self.number:
            return None
        self.has_sprung = True
        if self.how == "kill-before":
            self.w.kill()
            return CUT
        if self.how == "kill-after":
            return self.w.kill
        return CUT if self.how == "cut-before" else len(step.data)


def run(server, point):
    story = SCENARIOS[point.scenario]
    with World(server) as w:
        trap = None
        try:
            prepare(w, story, {} if point.where == "wire" else {"FAULT_AT": str(point.number), "FAULT_DO": point.how})
            ids = w.ours().ids()
            w.proxy.forget()
            if point.where == "wire":
                trap = Trap(w, point.how, point.number)
            story.act(w)
            w.quiet()
            w.proxy.hook = None
            w.check(ids if story.keeps_ids else None)
            problem = None
        except NotAvailable:
            raise
        except AssertionError as e:
            problem = f"{point} on {server.kind}:\n{e}"
        except Exception:
            problem = f"{point} on {server.kind}:\n{traceback.format_exc()}\n{w.story()}"
        return Outcome(point, problem, trap.has_sprung if trap else w.deaths > 0)
