"""Random programs, run on asim and on asimpy: where the guide says that the two agree, their traces are
the same, line by line.

    python -m venv venv && venv/bin/pip install asimpy==0.20.0
    venv/bin/python tests/python/random_programs.py --programs 10000 --seed 1

`tests/examples/asimpy_programs.rs` makes the programs and runs them on asim. This script runs them on
asimpy. The traces are compared up to the first moment at which asimpy does what the guide
(`asim/src/guide/guarantees.md`, "Coming from asimpy") says asim does not: there a `Parted` is raised with
the difference's name. The script counts how often each one ended a comparison, and shrinks and prints the
first program on which the two differ in something else.

`--allow NAME` goes on after one of the differences, so it shows the smallest program that has it.

A program has what both libraries have: no process is joined or cancelled, no request is lent, nothing fails,
no event is kept (an asimpy event is its own wait, which is asked at the `await`), and a slot of a preemptive
resource is neither kept nor raced (asimpy's `acquire` is a coroutine).
"""

import argparse
import collections
import itertools
import json
import pathlib
import subprocess

import asimpy
from asimpy.event import _PENDING

# No program starts more processes than this: `MOST_PROCESSES` in `tests/src/program.rs`.
MOST_PROCESSES = 10


class Parted(BaseException):
    """From here on the two libraries do not agree, for a reason that is known.

    It is no `Exception`, so that no part of a program catches it.
    """


# The differences that do not end a comparison: `--allow`.
allowed = set()


def part(name):
    """Ends the comparison because of this difference."""
    if name not in allowed:
        raise Parted(name)


# ---- the differences

# "Coming from asimpy": "a shared event that loses a race | cancelled for everybody". An interrupt of a process
# that awaits the event does the same.
SHARED = "a shared event is cancelled for everybody"
# "Coming from asimpy": "`try_put`, `try_get` | wake nobody". They also do not hand an item to a getter that
# waits at a full store.
TRY = "try_put and try_get wake nobody"
# "Coming from asimpy": "the item that a cancelled get gives back | wakes nobody".
HAND_BACK = "what a cancelled get gives back wakes nobody"
# "Coming from asimpy": "its place: queue, store, priority queue | front, end, behind its equals".
PLACE = "what a cancelled get gives back goes to the wrong place"
# "Coming from asimpy": "a full queue | one more than its capacity, after a hand-back". The same holds for a
# store and a container.
FULL = "what a cancelled get gives back exceeds the capacity"
# "Coming from asimpy": "an interrupt in the instant of a grant | a slot leaks; the next wait ends at once".
GRANT = "an interrupt in the instant of a grant"
# "Coming from asimpy": "two interrupts at one time | the first is lost".
TWO = "two interrupts at one time"
# "Interrupts": "An interrupt sent before that has a place of its own in the line", and "A wait that is
# satisfied at the call does not pause the process, so it cannot be interrupted". asimpy throws it there.
EARLY = "an interrupt before the start is delivered at a wait that is satisfied at the call"
# "The first trigger wins": a race or join that loses is cancelled "through all levels". asimpy cancels the
# outermost only, also when it interrupts a process that awaits one.
PARTS = "the parts of a cancelled race or join stay in their lines"
# "Nothing is lost": a slot goes "to the next in line". In asimpy only one that was free at the call does.
LEAK = "a slot that was granted to a waiter and then loses is never released"
# "Containers": "A container serves any waiter that fits". asimpy's `put` serves the gets and its `get` serves the
# puts, but not the other line when these have made it fit.
OTHER_LINE = "a container serves only one of its two lines at a change"
# "Outside the capacity": "An item that a waiting getter wants goes straight to that getter, even past a full
# store". In asimpy only the item of a new put does.
WAITING_PUT = "a getter does not get what it wants from a put that waits at the full store"
# `release` of a preemptive resource: asimpy knows the process only, so it may release another slot than meant.
OWN = "two slots of one preemptive resource in one process"
# `Event::cancel` does nothing once the event was triggered.
LATE = "an event that was triggered can be cancelled"


def pending(event):
    return event._value is _PENDING


class Thing:
    """A thing of a program, and the requests that were made to it."""

    def starved(self):
        """Whether somebody waits who could go on."""
        return False

    def before_hand_back(self, request):
        """Parts if asimpy gives back in another way than asim."""


class Shelf(Thing):
    """A queue, a priority queue or a store."""

    def __init__(self, env, kind, capacity):
        self.kind, self.capacity = kind, capacity
        if kind == "Store":
            self.real = asimpy.Store(env, float("inf") if capacity is None else capacity)
        else:
            self.real = {"Queue": asimpy.Queue, "Priority": asimpy.PriorityQueue}[kind](env, capacity)
        self.gets, self.puts, self.arrivals = [], [], itertools.count()

    def shown(self):
        return len(self.real._items)

    def is_full(self):
        return self.capacity is not None and self.shown() >= self.capacity

    def get(self, wants):
        request = self.real.get(accepts(wants)) if self.kind == "Store" else self.real.get()
        self.gets.append((request, accepts(wants)))
        self.look()
        if pending(request) and any(accepts(wants)(item) for _, item in self.puts):
            part(WAITING_PUT)
        return request

    def put(self, item):
        request = self.real.put(item)
        self.puts.append((request, item))
        self.look()
        return request

    def try_get(self, wants):
        try:
            item = self.real.try_get(accepts(wants)) if self.kind == "Store" else self.real.try_get()
        except (asimpy.QueueEmpty, asimpy.StoreEmpty):
            return None
        if self.starved():
            part(TRY)
        return item

    def try_put(self, item):
        if any(pending(get) and wants(item) for get, wants in self.gets):
            part(TRY)
        try:
            self.real.try_put(item)
        except (asimpy.QueueFull, asimpy.StoreFull):
            return False
        item.arrival = next(self.arrivals)
        return True

    def look(self):
        """Numbers the items in the order in which they came in, and forgets what waits no more."""
        for put, item in self.puts:
            if put.triggered and item.arrival is None:
                item.arrival = next(self.arrivals)
        self.puts = [(put, item) for put, item in self.puts if pending(put)]
        self.gets = [(get, wants) for get, wants in self.gets if pending(get)]

    def starved(self):
        if not self.is_full() and any(pending(put) for put, _ in self.puts):
            return True
        items = self.real._items
        return any(pending(get) and any(map(wants, items)) for get, wants in self.gets)

    def before_hand_back(self, request):
        item, items = request.event._value, self.real._items
        self.look()
        if self.is_full():
            part(FULL)
        if self.kind == "Queue":
            fits = all(item.arrival < other.arrival for other in items)
        elif self.kind == "Store":
            fits = all(item.arrival > other.arrival for other in items)
        else:
            fits = all(item.arrival > other.arrival for other in items if item.rank == other.rank)
        if not fits:
            part(PLACE)


class Tank(Thing):
    """A container."""

    def __init__(self, env, capacity, level):
        self.real, self.gets, self.puts = asimpy.Container(env, capacity, level), [], []

    def shown(self):
        return self.real.level

    def draw(self, amount):
        request = self.real.get(amount)
        self.gets.append((request, amount))
        self.look()
        # A get serves the puts. What these bring in may be enough for another get.
        if self.has_get_that_fits():
            part(OTHER_LINE)
        return request

    def fill(self, amount):
        request = self.real.put(amount)
        self.puts.append((request, amount))
        self.look()
        if self.has_put_that_fits():
            part(OTHER_LINE)
        return request

    def look(self):
        """Forgets what waits no more."""
        self.gets = [(get, amount) for get, amount in self.gets if pending(get)]
        self.puts = [(put, amount) for put, amount in self.puts if pending(put)]

    def has_get_that_fits(self):
        return any(pending(get) and amount <= self.real.level for get, amount in self.gets)

    def has_put_that_fits(self):
        room = self.real.capacity - self.real.level
        return any(pending(put) and amount <= room for put, amount in self.puts)

    def starved(self):
        return self.has_get_that_fits() or self.has_put_that_fits()

    def tried(self, call, amount):
        try:
            call(amount)
        except (asimpy.ContainerEmpty, asimpy.ContainerFull):
            return False
        if self.starved():
            part(TRY)
        return True

    def before_hand_back(self, request):
        if self.real.level + request.event._value > self.real.capacity:
            part(FULL)


class Slots(Thing):
    """A resource."""

    def __init__(self, env, capacity):
        self.real = asimpy.Resource(env, capacity)

    def shown(self):
        return self.real.count

    def before_hand_back(self, request):
        if request.event._on_cancel is None:
            part(LEAK)


class Preemptive(Thing):
    """A preemptive resource."""

    def __init__(self, env, capacity):
        self.real = asimpy.PreemptiveResource(env, capacity)

    def shown(self):
        return self.real.count

    def is_held_by(self, actor):
        return any(user[3] is actor for user in self.real._users)


class Slot:
    """A slot that a block holds."""

    def __init__(self, thing, actor):
        self.thing, self.actor, self.is_revoked = thing, actor, False
        if actor is not None:
            actor.slots.append(self)

    def release(self):
        if self.actor is not None:
            self.actor.slots.remove(self)
        # asimpy's may not be released after it was taken away; asim's does nothing then.
        if not self.is_revoked:
            self.thing.real.release()


class Item:
    """What is put: its rank orders it, its number names it."""

    def __init__(self, rank, serial):
        self.rank, self.serial, self.arrival = rank, serial, None

    def __lt__(self, other):
        return self.rank < other.rank

    def __str__(self):
        return f"#{self.serial}(rank {self.rank})"


def accepts(wants):
    return lambda item: wants is None or item.rank == wants


class Request:
    """A request, what it is, and the thing that it was made to."""

    def __init__(self, event, ask, thing=None, parts=()):
        self.event, self.ask, self.thing, self.parts = event, ask, thing, parts

    def shown(self, value):
        """What awaiting it gave, as asim's trace says it."""
        name = self.ask[0]
        if name == "Get" or name == "Event":
            return str(value)
        if name == "Acquire":
            return "slot"
        if name == "FirstOf":
            at = int(value[0][1:])
            return f"branch {at}: {self.parts[at].shown(value[1])}"
        if name == "AllOf":
            branches = [branch.shown(value[f"_{at}"]) for at, branch in enumerate(self.parts)]
            return f"({', '.join(branches)})"
        return "()"

    def slots(self, value):
        """The resources of which awaiting it gave slots."""
        name = self.ask[0]
        if name == "Acquire":
            return [self.thing]
        if name == "FirstOf":
            at = int(value[0][1:])
            return self.parts[at].slots(value[1])
        if name == "AllOf":
            return [slot for at, branch in enumerate(self.parts) for slot in branch.slots(value[f"_{at}"])]
        return []


# ---- a run


class Run:
    """One program on asimpy. `trace` is what was seen; `parted` is why the comparison ends before the
    program does."""

    def __init__(self, program):
        self.program, self.env = program, asimpy.Environment()
        self.shelves = [Shelf(self.env, *shelf) for shelf in program["shelves"]]
        self.tanks = [Tank(self.env, *tank) for tank in program["tanks"]]
        self.resources = [Slots(self.env, capacity) for capacity in program["resources"]]
        self.preemptives = [Preemptive(self.env, capacity) for capacity in program["preemptives"]]
        self.barriers = [asimpy.Barrier(self.env) for _ in range(program["barriers"])]
        self.events = [asimpy.Event(self.env) for _ in range(program["events"])]
        self.things = [*self.shelves, *self.tanks, *self.resources, *self.preemptives]
        self.actors, self.serials, self.trace = [], itertools.count(), []
        self.requests = {}
        self.by_hand = False
        self.parted = None

    def to_the_end(self):
        program = self.program
        global current
        current = self
        try:
            block = Block(self, None)
            for step in program["setup"]:
                block.perform(step)
            outcome = "Ok"
            try:
                self.env.run(program["end"])
            except asimpy.Interrupt:
                outcome = f"P{self.trace[-1][1]} was interrupted"
            blocked = sorted(f"{actor} since {actor.since}" for actor in self.actors if actor.is_blocked())
            blocked = ", ".join(f'"{one}"' for one in blocked)
            self.note(None, f"run: {outcome}; blocked: [{blocked}]")
        except Parted as parted:
            self.parted = str(parted)

    def note(self, who, what):
        levels = [thing.shown() for thing in self.things]
        levels += [1 if event.triggered else 2 if event.cancelled else 0 for event in self.events]
        levels += [int(actor._done) for actor in self.actors]
        self.trace.append([self.env.now, who, what, levels])

    def make(self, locals, ask):
        """Makes a request."""
        name = ask[0]
        if name == "Kept":
            if ask[1] in locals.kept:
                return locals.kept.pop(ask[1])
            ask = ["Timeout", 1]
            name = "Timeout"
        thing, parts = None, ()
        if name == "Timeout":
            event = self.env.timeout(ask[1])
        elif name == "Get":
            thing = self.shelves[ask[1]]
            event = thing.get(ask[2])
        elif name == "Put":
            event = self.shelves[ask[1]].put(self.item(ask[2]))
        elif name == "Draw":
            thing = self.tanks[ask[1]]
            event = thing.draw(ask[2])
        elif name == "Fill":
            event = self.tanks[ask[1]].fill(ask[2])
        elif name == "Acquire":
            thing = self.resources[ask[1]]
            event = thing.real.acquire()
        elif name == "Event":
            event = self.events[ask[1]]
        elif name == "Barrier":
            event = self.barriers[ask[1]].wait()
        elif name in ("FirstOf", "AllOf"):
            parts = [self.make(locals, branch) for branch in ask[1:]]
            branches = {f"_{at}": branch.event for at, branch in enumerate(parts)}
            event = getattr(asimpy, name)(self.env, **branches)
        else:
            raise ValueError(f"{name} is not for asimpy")
        request = Request(event, ask, thing, parts)
        self.requests[event] = request
        return request

    def item(self, rank):
        return Item(rank, next(self.serials))

    def before_cancel(self, event):
        """Looks at what asimpy is going to cancel."""
        request = self.requests.get(event)
        if self.by_hand or request is None or event.cancelled:
            return None
        if request.ask[0] == "Event":
            part(SHARED)
        if request.ask[0] in ("FirstOf", "AllOf"):
            part(PARTS)
        if event.triggered and request.thing is not None:
            request.thing.before_hand_back(request)
            return request.thing
        return None


cancel = asimpy.Event.cancel
current = None


def watched_cancel(event):
    """What `Event.cancel` does, if both libraries do the same."""
    thing = current.before_cancel(event)
    cancel(event)
    if thing is not None and thing.starved():
        part(HAND_BACK)


asimpy.Event.cancel = watched_cancel


class Actor(asimpy.Process):
    """A process of a program."""

    def init(self, run, number, script):
        self.its_run, self.number, self.script = run, number, script
        self.is_woken, self.since, self.slots = False, run.env.now, []

    def __str__(self):
        return f"P{self.number}"

    async def run(self):
        try:
            await Block(self.its_run, self).perform_all(self.script)
        except asimpy.Interrupt:
            self.its_run.trace.append([self.now, self.number, "is dropped", []])
            raise

    def is_blocked(self):
        return not self._done and self._started and not self.is_woken and self._interrupt is None

    # What asimpy does, unless it is known to do something else than asim.

    def interrupt(self, cause):
        if not self._done and self._interrupt is not None:
            part(TWO)
        if not self._done and self._started and self.is_woken:
            part(GRANT)
        if isinstance(cause, asimpy.Preempted):
            for slot in self.slots:
                if isinstance(slot.thing, Preemptive) and not slot.thing.is_held_by(self):
                    slot.is_revoked = True
        super().interrupt(cause)

    def resume(self, value=None):
        if self._interrupt is not None:
            part(GRANT)
        self.is_woken = True
        super().resume(value)

    def _loop(self):
        self.is_woken = False
        super()._loop()


class Block:
    """The statements of a process or of a block, and its variables."""

    def __init__(self, run, actor):
        self.its_run, self.actor = run, actor
        self.kept, self.held = {}, []

    async def perform_all(self, steps):
        try:
            for step in steps:
                if step[1] == "Await":
                    self.note(f"{step[0]} = {await self.wait(step[2])}")
                else:
                    self.perform(step)
        except asimpy.Interrupt:
            self.drop_all()
            raise
        # Not in a `finally`: after a `Parted` nothing is done any more.
        self.drop_all()

    def drop_all(self):
        """What is dropped at the end of a block, in asim's order."""
        for var in sorted(self.kept):
            self.kept.pop(var).event.cancel()
        while self.held:
            self.held.pop(0).release()

    def note(self, what):
        self.its_run.note(None if self.actor is None else self.actor.number, what)

    async def wait(self, ask):
        """Awaits. Returns what came, as asim's trace says it."""
        if ask[0] == "Interruptible":
            try:
                return f"Ok({await self.wait(ask[1])})"
            except asimpy.Interrupt as interrupt:
                cause = interrupt.cause
                if isinstance(cause, asimpy.Preempted):
                    return f"Err(preempted by {cause.by}, held since {cause.usage_since})"
                return f"Err(interrupt {cause})"
        if ask[0] == "Block":
            await Block(self.its_run, self.actor).perform_all(ask[1])
            return "()"
        if ask[0] == "Seize":
            thing = self.its_run.preemptives[ask[1]]
            if thing.is_held_by(self.actor):
                part(OWN)
            if self.actor._interrupt is not None:
                part(EARLY)
            self.actor.since = self.its_run.env.now
            await thing.real.acquire(ask[2], ask[3])
            self.held.append(Slot(thing, self.actor))
            return "slot"
        request = self.its_run.make(self, ask)
        if request.event.triggered and self.actor._interrupt is not None:
            part(EARLY)
        self.actor.since = self.its_run.env.now
        value = await request.event
        self.held += [Slot(thing, self.actor) for thing in request.slots(value)]
        return request.shown(value)

    def perform(self, step):
        """A statement that does not wait."""
        self.note(f"{step[0]} {self.effect(*step[1:])}")

    def effect(self, name, at, *more):
        """Runs a statement. Returns what it gives."""
        run = self.its_run
        if name == "Keep":
            request, before = run.make(self, more[0]), self.kept.get(at)
            if before is not None:
                before.event.cancel()
            self.kept[at] = request
        elif name == "Drop":
            if at in self.kept:
                self.kept.pop(at).event.cancel()
        elif name == "Release":
            if self.held:
                self.held.pop(at % len(self.held)).release()
        elif name == "TryGet":
            item = run.shelves[at].try_get(*more)
            return "None" if item is None else str(item)
        elif name == "TryPut":
            item = run.item(*more)
            return str(item) if run.shelves[at].try_put(item) else f"Err({item})"
        elif name == "TryDraw":
            return "" if run.tanks[at].tried(run.tanks[at].real.try_get, *more) else "Err"
        elif name == "TryFill":
            return "" if run.tanks[at].tried(run.tanks[at].real.try_put, *more) else "Err"
        elif name == "TryAcquire":
            if not run.resources[at].real.try_acquire():
                return "None"
            self.held.append(Slot(run.resources[at], self.actor))
        elif name == "Succeed":
            # asimpy ignores the second one, so it has to be asked.
            if not pending(run.events[at]):
                return "Err"
            run.events[at].succeed(99 if self.actor is None else self.actor.number)
        elif name == "CancelEvent":
            if run.events[at].triggered:
                part(LATE)
            run.by_hand = True
            run.events[at].cancel()
            run.by_hand = False
        elif name == "Open":
            run.barriers[at].release()
        elif name == "Start":
            if len(run.actors) >= MOST_PROCESSES:
                return "skipped"
            run.actors.append(Actor(run.env, run, len(run.actors), run.program["scripts"][at]))
        elif name == "Interrupt":
            if at >= len(run.actors) or run.actors[at] is self.actor:
                return "skipped"
            run.actors[at].interrupt(*more)
        else:
            raise ValueError(f"{name} is not for asimpy")
        return ""


# ---- the comparison


def runs(program):
    """Runs a program on asimpy."""
    run = Run(program)
    try:
        run.to_the_end()
    except Exception as error:
        # A wait has ended without an outcome, or the like.
        run.trace.append([run.env.now, None, repr(error), []])
    for actor in run.actors:
        actor._coro.close()
    return run


def line(seen):
    time, who, what, levels = seen
    return f"{time:>4} {'main' if who is None else f'P{who}':<5} {what}   {levels}"


def difference(program, run):
    """Says where the traces part, or returns `None`."""
    ours, theirs = (
        [[time, who, what.strip(), levels] for time, who, what, levels in trace]
        for trace in (program["trace"], run.trace)
    )
    if program["end"] is not None:
        # asimpy's clock stays at the last event.
        for trace in (ours, theirs):
            if trace and trace[-1][2].startswith("run:"):
                trace[-1][0] = program["end"]
    if run.parted is not None:
        ours = ours[:len(theirs)]
    for at, (one, other) in enumerate(itertools.zip_longest(ours, theirs)):
        if one != other:
            shown = [f"  both   {line(both)}" for both in ours[:at]]
            shown += [f"  asim   {line(seen)}" for seen in ours[at:at + 3]]
            shown += [f"  asimpy {line(seen)}" for seen in theirs[at:at + 3]]
            return "\n".join(shown)
    return None


def shrink(binary, seed):
    """Prints the smallest program that still differs."""
    command, pipe = [binary, "shrink", str(seed)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as made:
        smallest = None
        for text in made.stdout:
            program = json.loads(text)
            try:
                found = difference(program, runs(program))
            except Exception:
                found = None
            if found is not None:
                smallest = program, found
            made.stdin.write("different\n" if found is not None else "same\n")
            made.stdin.flush()
        return smallest


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--programs", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--allow", help="a known difference to go on after, by its variable's name")
    options.add_argument("--all", action="store_true", help="goes on after a program that differs")
    options = options.parse_args()
    if options.allow is not None:
        allowed.add(globals()[options.allow])

    root = pathlib.Path(__file__).resolve().parents[2]
    build = ["cargo", "build", "--quiet", "-p", "asim-tests", "--example", "asimpy_programs"]
    subprocess.run(build, cwd=root, check=True)
    binary = root / "target" / "debug" / "examples" / "asimpy_programs"

    parted, lines, differ, whole = collections.Counter(), 0, [], 0
    with subprocess.Popen(
        [binary, "programs", str(options.seed), str(options.programs)], stdout=subprocess.PIPE, text=True
    ) as made:
        for seed, text in enumerate(made.stdout, options.seed):
            program = json.loads(text)
            run = runs(program)
            lines += len(run.trace)
            whole += len(program["trace"])
            parted[run.parted] += 1
            if difference(program, run) is not None:
                differ.append(seed)
                if not options.all:
                    made.kill()
                    break
    count = sum(parted.values())
    if made.returncode != 0 and not differ:
        raise SystemExit("asim did not run them all")
    to_the_end = parted.pop(None, 0)
    print(f"{count} programs, {to_the_end} compared to the end, {lines} lines of {whole}. Where the others part:")
    for name, times in parted.most_common():
        print(f"{times:>8} {name}")
    if differ:
        smallest, found = shrink(binary, differ[0])
        print(f"\nprograms that differ: {differ[:20]}. The first, shrunk:\n{smallest['text']}\n{found}")
        raise SystemExit(1)
    print("no program differs")


if __name__ == "__main__":
    main()
