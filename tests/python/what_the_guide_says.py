"""What the guide says about SimPy, asimpy and salabim, run on them: its claims, and the models in Python
that it prints beside ours.

    python -m venv venv && venv/bin/pip install simpy==4.1.2 asimpy==0.20.0 salabim==26.0.9 greenlet
    venv/bin/python what_the_guide_says.py
"""

import contextlib
import importlib
import io
import pathlib
import re
import typing

import asimpy
import salabim
import simpy

GUIDE = pathlib.Path(__file__).parents[2] / "asim" / "src" / "guide"


def model(page):
    """The model on a page prints what the page says."""
    text = (GUIDE / page).read_text()
    python = re.search(r"^```python\n(.*?)^```$", text, re.M | re.S)[1]
    said = re.search(r"^Both print\n\n```text\n(.*?)^```$", text, re.M | re.S)[1]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(python, page, "exec"), {})
    assert printed.getvalue() == said, printed.getvalue()


# ---- SimPy


def simulate(*bodies, **made):
    """Runs processes, each with the environment, what is shared and a log."""
    env, log = simpy.Environment(), []
    shared = {name: make(env) for name, make in made.items()}
    for body in bodies:
        shared[body.__name__] = env.process(body(env, log, shared))
    env.run()
    return log, shared, env


def putter(env, log, of):
    yield env.timeout(2)
    yield of["store"].put("item")


def simpy_timers_at_one_time():
    def first(env, log, of):
        yield env.timeout(1)
        log.append("first")
        of["event"].succeed()

    def second(env, log, of):
        yield env.timeout(1)
        log.append("second")

    def woken(env, log, of):
        yield of["event"]
        log.append("woken")

    log, _, _ = simulate(first, second, woken, event=simpy.Event)
    assert log == ["first", "second", "woken"], log


def names(page, modules, values):
    """Each public name of the modules is on the page, and each of these values'."""
    text = re.sub(r"\(crate::[^)]*\)+", "", (GUIDE / page).read_text())
    public = {name for value in values for name in dir(value)}
    for module in map(importlib.import_module, modules):
        for name, value in vars(module).items():
            if getattr(value, "__module__", module.__name__) == module.__name__ and not isinstance(value, type(re)):
                public.add(name)
                public.update(vars(value) if isinstance(value, type) else ())
    public -= {*dir(BaseException), *dir(typing)}
    missing = [name for name in sorted(public) if name[0] != "_" and not re.search(rf"\b{name}\b", text)]
    assert not missing, missing


def simpy_names():
    env = simpy.RealtimeEnvironment()
    resource = simpy.PreemptiveResource(env)
    values = [env, env.event(), env.process(putter(env, [], {})), resource, resource.request(), simpy.Store(env), simpy.Container(env)]
    modules = ["core", "events", "exceptions", "rt", "util"]
    modules += [f"resources.{module}" for module in ["base", "resource", "container", "store"]]
    names("from_simpy.md", [f"simpy.{module}" for module in modules], values)


def asimpy_names():
    env = asimpy.Environment()
    modules = {getattr(asimpy, name).__module__ for name in asimpy.__all__}
    names("from_asimpy.md", sorted(modules), [env, asimpy.Interrupt(), asimpy.Preempted(None, 0.0)])


def simpy_model():
    model("from_simpy.md")


def simpy_a_request_that_is_dropped_stays():
    env = simpy.Environment()
    counter = simpy.Resource(env)
    counter.request()
    env.timeout(3)
    env.run()
    assert (counter.count, env.now) == (1, 3)


def simpy_does_not_run_until_now():
    env = simpy.Environment(5)
    try:
        env.run(until=5)
    except ValueError:
        return
    raise AssertionError


def simpy_stops_when_a_process_says_so():
    def stopper(env):
        yield env.timeout(3)
        raise simpy.core.StopSimulation("enough")

    env = simpy.Environment()
    env.process(stopper(env))
    env.timeout(9)
    assert (env.run(), env.now) == ("enough", 3)


def simpy_zero_delay():
    def woken(env, log, of):
        yield of["event"]
        log.append("event")

    def zero(env, log, of):
        delay = env.timeout(0)
        of["event"].succeed()
        yield delay
        log.append("zero")

    log, _, _ = simulate(woken, zero, event=simpy.Event)
    assert log == ["zero", "event"], log


def simpy_starts_and_interrupts_come_first():
    def woken(env, log, of):
        yield of["event"]
        log.append("woken")

    def victim(env, log, of):
        try:
            yield env.timeout(9)
        except simpy.Interrupt:
            log.append("interrupted")

    def new(env, log):
        log.append("started")
        yield env.timeout(0)

    def doer(env, log, of):
        yield env.timeout(1)
        of["event"].succeed()
        of["victim"].interrupt()
        env.process(new(env, log))

    log, _, _ = simulate(woken, victim, doer, event=simpy.Event)
    assert log == ["interrupted", "started", "woken"], log


def simpy_others_run_while_what_is_satisfied_is_awaited():
    def asks(env, log, of):
        yield of["store"].put("item")
        log.append("asks")
        yield of["store"].get()
        log.append("has")

    def other(env, log, of):
        yield env.timeout(0)
        log.append("other")

    log, _, _ = simulate(asks, other, store=simpy.Store)
    assert log == ["asks", "other", "has"], log


def simpy_losers_stay():
    def loser(env, log, of):
        yield of["store"].get() | env.timeout(1)

    _, of, _ = simulate(loser, putter, store=simpy.Store)
    assert of["store"].items == []

    def late_put(env, log, of):
        yield of["store"].put("first")
        yield of["store"].put("second") | env.timeout(1)
        yield env.timeout(1)
        yield of["store"].get()

    _, of, _ = simulate(late_put, store=lambda env: simpy.Store(env, 1))
    assert of["store"].items == ["second"]

    def holder(env, log, of):
        request = of["desk"].request()
        yield request
        yield env.timeout(2)
        of["desk"].release(request)

    def reneges(env, log, of):
        yield of["desk"].request() | env.timeout(1)

    _, of, _ = simulate(holder, reneges, desk=simpy.Resource)
    assert of["desk"].count == 1

    def races(env, log, of):
        yield env.timeout(0) | env.timeout(100)

    assert simulate(races)[2].now == 100


def simpy_loses_the_item_at_a_tie_also_with_a_with():
    def puts(env, log, of):
        yield env.timeout(1)
        yield of["store"].put("item")

    def gets(env, log, of):
        with of["store"].get() as get:
            log.append(get in (yield get | env.timeout(1)))

    log, of, _ = simulate(puts, gets, store=simpy.Store)
    assert (log, of["store"].items) == ([False], [])


def simpy_a_race_may_have_two_winners():
    def races(env, log, of):
        log.append(len(list((yield env.timeout(1) | env.timeout(1)).values())))

    assert simulate(races)[0] == [2]


def simpy_an_interrupted_request_stays():
    def gets(env, log, of):
        try:
            yield of["store"].get()
        except simpy.Interrupt:
            log.append(env.now)

    def interrupts(env, log, of):
        yield env.timeout(1)
        of["gets"].interrupt()

    log, of, _ = simulate(gets, interrupts, putter, store=simpy.Store)
    assert (log, of["store"].items) == ([1], [])

    # Granted, and interrupted before it has resumed: also with a `with`.
    def gets_with(env, log, of):
        try:
            with of["store"].get() as get:
                yield get
        except simpy.Interrupt:
            log.append(env.now)

    def puts_and_interrupts(env, log, of):
        yield env.timeout(1)
        yield of["store"].put("item")
        of["gets_with"].interrupt()

    log, of, _ = simulate(gets_with, puts_and_interrupts, store=simpy.Store)
    assert (log, of["store"].items) == ([1], [])


def simpy_room_is_free_at_the_grant():
    def puts(env, log, of):
        yield of["store"].put(1)
        yield of["store"].put(2)
        log.append(env.now)

    def gets(env, log, of):
        yield env.timeout(1)
        get = of["store"].get()
        yield env.timeout(1)
        yield get

    assert simulate(puts, gets, store=lambda env: simpy.Store(env, 1))[0] == [1]


def simpy_a_wanted_item_does_not_pass_a_full_store():
    def gets(env, log, of):
        log.append((yield of["store"].get(lambda item: item == "red")))

    def puts(env, log, of):
        yield of["store"].put("blue")
        yield of["store"].put("red")

    assert simulate(gets, puts, store=lambda env: simpy.FilterStore(env, 1))[0] == []


def simpy_containers_serve_in_order():
    def large(env, log, of):
        yield of["tank"].get(5)

    def small(env, log, of):
        yield of["tank"].get(1)
        log.append("small")

    def fills(env, log, of):
        yield of["tank"].put(2)

    assert simulate(large, small, fills, tank=lambda env: simpy.Container(env, 10))[0] == []


def simpy_equals_in_no_fixed_order():
    class Equal:
        def __init__(self, number):
            self.number = number

        def __lt__(self, other):
            return False

    def user(env, log, of):
        for number in range(4):
            yield of["store"].put(Equal(number))
        for _ in range(4):
            log.append((yield of["store"].get()).number)

    log = simulate(user, store=simpy.PriorityStore)[0]
    assert sorted(log) == [0, 1, 2, 3] and log != [0, 1, 2, 3], log


def simpy_run_until_stops_before():
    env, log = simpy.Environment(), []
    env.timeout(5).callbacks.append(log.append)
    env.run(until=5)
    assert (log, env.now) == ([], 5)


def simpy_failures_do_not_wait():
    def fails(env, log):
        yield env.timeout(1)
        raise ValueError

    def joins(env, log, of):
        process = env.process(fails(env, log))
        yield env.timeout(2)
        yield process

    try:
        simulate(joins)
    except ValueError:
        return
    raise AssertionError("the error waited")


def turns(act, wait, **made):
    """How many turns of the others pass between the last act and whom it lets go on."""

    def actor(env, log, of):
        yield from act(env, of, False)
        yield env.timeout(1)
        log.append("act")
        yield from act(env, of, True)

    def observer(env, log, of):
        yield env.timeout(1)
        for _ in range(4):
            log.append("turn")
            yield env.timeout(0)

    def waiter(env, log, of):
        yield from wait(env, log, of)
        log.append("on")

    log, _, _ = simulate(actor, observer, waiter, **made)
    before = log[:log.index("on")]
    return before[::-1].index("act")


def simpy_turns_to_be_waited_for():
    """The table of `simpy_runs.md`, from top to bottom."""

    def nothing(env, of, now):
        return
        yield

    def at(get):
        def wait(env, log, of):
            yield env.timeout(1)
            log.append("act")
            yield get(env, of)

        return wait

    def once(get):
        def wait(env, log, of):
            yield get(env, of)

        return wait

    def then(do):
        def act(env, of, now):
            if now:
                do(of)
            return
            yield

        return act

    def release(env, of, now):
        if not now:
            of["request"] = of["desk"].request()
            yield of["request"]
        else:
            of["desk"].release(of["request"])

    def lend(env, of, now):
        if not now:
            of["unit"] = yield of["pool"].get()
        else:
            of["pool"].put(of["unit"])

    def enlarge(env, of, now):
        if not now:
            yield of["desk"].request()
        else:
            of["desk"]._capacity = 2
            of["desk"]._trigger_put(None)

    desk = {"desk": lambda env: simpy.Resource(env, 1)}
    empty = {"store": simpy.Store}
    stock = {"tank": lambda env: simpy.Container(env, 10, 5)}
    event = {"event": simpy.Event}

    def full(env):
        store = simpy.Store(env, 1)
        store.put("first")
        return store

    def lends(env):
        pool = simpy.FilterStore(env)
        pool.put("unit")
        return pool

    pool = {"pool": lends}
    table = [
        (1, nothing, at(lambda env, of: of["desk"].request()), desk),
        (2, release, once(lambda env, of: of["desk"].request()), desk),
        (1, nothing, at(lambda env, of: of["store"].get()), {"store": full}),
        (2, then(lambda of: of["store"].put("item")), once(lambda env, of: of["store"].get()), empty),
        (1, nothing, at(lambda env, of: of["store"].put("item")), empty),
        (2, then(lambda of: of["store"].get()), once(lambda env, of: of["store"].put("item")), {"store": full}),
        (2, then(lambda of: of["tank"].put(5)), once(lambda env, of: of["tank"].get(9)), stock),
        (1, nothing, at(lambda env, of: of["tank"].get(5)), stock),
        (1, nothing, at(lambda env, of: of["pool"].get()), pool),
        (2, lend, once(lambda env, of: of["pool"].get()), pool),
        (1, nothing, at(lambda env, of: of["pool"].put("unit")), pool),
        (1, nothing, at(lambda env, of: of["desk"].release(of["desk"].request())), desk),
        (1, enlarge, once(lambda env, of: of["desk"].request()), desk),
        (1, nothing, once(lambda env, of: of["actor"]), {}),
        (0, nothing, at(lambda env, of: of["event"]), {"event": lambda env: env.event().succeed()}),
        (1, then(lambda of: of["event"].succeed()), once(lambda env, of: of["event"]), event),
        (2, then(lambda of: of["event"].succeed()), once(lambda env, of: of["event"] | env.timeout(9)), event),
        (2, nothing, at(lambda env, of: of["store"].get() | env.timeout(9)), {"store": full}),
        (1, nothing, at(lambda env, of: env.timeout(0)), {}),
    ]
    for row, (said, act, wait, made) in enumerate(table):
        assert turns(act, wait, **made) == said, (row, turns(act, wait, **made))


def simpy_who_was_woken_goes_before_who_wakes():
    def wakes(env, log, of):
        yield env.timeout(1)
        yield of["belt"].put(7)
        yield of["desk"].request()
        log.append("slot")

    def woken(env, log, of):
        yield of["belt"].get()
        log.append("item")

    assert simulate(wakes, woken, belt=simpy.Store, desk=simpy.Resource)[0] == ["item", "slot"]


def simpy_a_release_waits_for_who_is_more_urgent():
    def user(at, priority, then=()):
        def uses(env, log, of):
            yield env.timeout(at / 2)
            yield env.timeout(at / 2)  # at 5 it is behind the timer of who releases
            with of["desk"].request(priority) as request:
                yield request
                log.append(priority)
                yield env.timeout(5)
            for priority_then in then:
                of["desk"].request(priority_then)

        uses.__name__ = f"user {priority}"
        return uses

    desk = {"desk": simpy.PriorityResource}
    assert simulate(user(0, 0), user(1, 9), user(5, 1), **desk)[0] == [0, 1, 9]
    # But a new request makes it serve the line at once, also one that is not urgent.
    assert simulate(user(0, 0, then=[99]), user(1, 9), user(5, 1), **desk)[0] == [0, 9, 1]


def simpy_a_preemption_with_nothing_left_to_do():
    def rush(env, log, of):
        yield env.timeout(5)
        yield of["desk"].request(priority=0)

    def job(env, log, of):
        with of["desk"].request(priority=1) as request:
            yield request
            try:
                yield env.timeout(5)
            except simpy.Interrupt:
                log.append(env.now)

    assert simulate(rush, job, desk=simpy.PreemptiveResource)[0] == [5]


def simpy_a_race_takes_from_both():
    def races(env, log, of):
        yield of["store"].put("a")
        yield of["store"].put("b")
        yield of["store"].get() | of["store"].get()
        yield of["tank"].put(1) | of["tank"].put(1)

    of = simulate(races, store=simpy.Store, tank=simpy.Container)[1]
    assert (of["store"].items, of["tank"].level) == ([], 2)


def simpy_enlarged_by_hand_serves_one():
    def user(env, log, of):
        yield of["desk"].request()
        log.append(env.now)

    def enlarges(env, log, of):
        yield env.timeout(5)
        of["desk"]._capacity = 4
        of["desk"]._trigger_put(None)

    assert simulate(user, user, user, user, enlarges, desk=simpy.Resource)[0] == [0, 5]


def simpy_a_finished_process_is_not_interrupted():
    def short(env, log, of):
        yield env.timeout(1)

    _, of, _ = simulate(short)
    try:
        of["short"].interrupt()
    except RuntimeError:
        return
    raise AssertionError("it was")


# ---- asimpy


def process(env, body, *given):
    class Body(asimpy.Process):
        async def run(self):
            await body(self, *given)

    return Body(env)


def run(*bodies, until=None):
    env, log = asimpy.Environment(), []
    of = {}
    for body in bodies:
        of[body.__name__] = process(env, body, log, of)
    env.run(until)
    return log, of, env


def triggered(env):
    event = asimpy.Event(env)
    event.succeed()
    return event


def asimpy_order_at_ties():
    async def woken(self, log, of):
        of["event"] = asimpy.Event(self._env)
        await of["event"]
        log.append("woken")

    async def first(self, log, of):
        await self.timeout(1)
        log.append("first")
        zero = self.timeout(0)
        of["event"].succeed()
        await zero
        log.append("zero")

    async def second(self, log, of):
        await self.timeout(1)
        log.append("second")

    log = run(woken, first, second)[0]
    assert log == ["first", "woken", "second", "zero"], log


def asimpy_cancels_a_shared_event():
    async def races(self, log, of):
        of["event"] = asimpy.Event(self._env)
        await asimpy.FirstOf(self._env, event=of["event"], late=self.timeout(1))

    async def waits(self, log, of):
        await of["event"]
        log.append("woken")

    async def succeeds(self, log, of):
        await self.timeout(2)
        of["event"].succeed()

    assert run(races, waits, succeeds)[0] == []


def asimpy_ignores_a_second_trigger():
    event = asimpy.Event(asimpy.Environment())
    event.succeed(1)
    event.succeed(2)
    assert event._value == 1


def asimpy_try_wakes_nobody():
    async def gets(self, log, of):
        of["queue"] = asimpy.Queue(self._env, 1)
        log.append(await of["queue"].get())

    async def tries(self, log, of):
        of["queue"].try_put("item")

    log, of, _ = run(gets, tries)
    assert (log, of["queue"].size()) == ([], 1)


def asimpy_hand_back():
    async def cancels(self, log, of):
        queue, store = asimpy.Queue(self._env, 1), asimpy.Store(self._env)
        await queue.put(1)
        waiting = queue.put(2)
        await asimpy.FirstOf(self._env, first=triggered(self._env), second=queue.get())
        assert waiting.triggered and queue.size() == 2  # of 1
        await store.put(1)
        await store.put(2)
        await asimpy.FirstOf(self._env, first=triggered(self._env), second=store.get())
        assert store._items == [2, 1]
        # A getter that waits is not served with what comes back.
        tank = asimpy.Container(self._env, 10, 5)
        get, waits = tank.get(5), tank.get(5)
        await asimpy.FirstOf(self._env, first=triggered(self._env), second=get)
        assert tank.level == 5 and not waits.triggered
        log.append("done")

    assert run(cancels)[0] == ["done"]


def asimpy_interrupted_in_the_instant_of_a_grant():
    async def holder(self, log, of):
        of["desk"] = asimpy.Resource(self._env, 1)
        await of["desk"].acquire()
        await self.timeout(1)
        of["desk"].release()
        of["waiter"].interrupt()

    async def waiter(self, log, of):
        try:
            await of["desk"].acquire()
        except asimpy.Interrupt:
            await self.timeout(10)
            log.append(self.now)

    log, of, _ = run(holder, waiter)
    assert (log, of["desk"].count) == ([1], 1)


def asimpy_two_interrupts():
    async def victim(self, log, of):
        for _ in range(2):
            try:
                await self.timeout(10)
            except asimpy.Interrupt as interrupt:
                log.append(interrupt.cause)

    async def interrupts(self, log, of):
        of["victim"].interrupt(1)
        of["victim"].interrupt(2)

    assert run(victim, interrupts)[0] == [2]


def asimpy_model():
    model("from_asimpy.md")


def asimpy_a_request_that_is_dropped_stays():
    async def forgets(self, log, of):
        self.timeout(5)
        queue = asimpy.Queue(self._env)
        queue.put("parcel")
        queue.get()
        log.append(queue.size())

    log, _, env = run(forgets)
    assert (log, env.now) == ([0], 5)


def asimpy_a_failure_is_a_value_in_a_join():
    async def joins(self, log, of):
        event = asimpy.Event(self._env)
        event.fail(ValueError("no paper"))
        joined = await asimpy.AllOf(self._env, event=event)
        log.append(str(joined["event"]))

    assert run(joins)[0] == ["no paper"]


def asimpy_counts_below_zero():
    counter = asimpy.Resource(asimpy.Environment())
    counter.release()
    assert counter.count == -1


def asimpy_acquiring_with_preemption_is_no_event():
    env = asimpy.Environment()
    request = asimpy.PreemptiveResource(env).acquire(0)
    try:
        asimpy.FirstOf(env, served=request)
    except TypeError:
        return request.close()
    raise AssertionError


def asimpy_run_until():
    async def sleeps(self, log, of):
        await self.timeout(5)
        log.append(self.now)
        await self.timeout(5)

    log, _, env = run(sleeps, until=5)
    assert len(log) == 1
    env.run(until=7)
    assert env.now == 5


def asimpy_an_interrupt_cancels_a_shared_event():
    async def waits(self, log, of):
        of["event"] = asimpy.Event(self._env)
        try:
            await of["event"]
        except asimpy.Interrupt:
            pass

    async def other(self, log, of):
        await of["event"]
        log.append("woken")

    async def interrupts(self, log, of):
        of["waits"].interrupt()
        await self.timeout(1)
        of["event"].succeed()

    assert run(waits, other, interrupts)[0] == []


def asimpy_the_parts_of_a_cancelled_race_stay():
    async def races(self, log, of):
        of["queue"] = asimpy.Queue(self._env)
        inner = asimpy.AllOf(self._env, item=of["queue"].get(), late=self.timeout(9))
        await asimpy.FirstOf(self._env, inner=inner, soon=self.timeout(1))
        await of["queue"].put("item")
        assert of["queue"].size() == 0  # the loser has it

    async def is_interrupted(self, log, of):
        of["other"] = asimpy.Queue(self._env)
        try:
            await asimpy.FirstOf(self._env, item=of["other"].get(), late=self.timeout(9))
        except asimpy.Interrupt:
            await of["other"].put("item")
            log.append(of["other"].size())

    async def interrupts(self, log, of):
        of["is_interrupted"].interrupt()

    assert run(races, is_interrupted, interrupts)[0] == [0]


def asimpy_a_slot_granted_later_leaks():
    async def user(self, log, of):
        desk = asimpy.Resource(self._env, 1)
        await desk.acquire()
        waits = desk.acquire()
        desk.release()
        await asimpy.FirstOf(self._env, first=triggered(self._env), second=waits)
        log.append(desk.count)

    assert run(user)[0] == [1]


def asimpy_an_interrupt_before_the_start():
    async def starts(self, log, of):
        victim = process(self._env, is_interrupted, log)
        victim.interrupt()

    async def is_interrupted(self, log):
        try:
            await triggered(self._env)
        except asimpy.Interrupt:
            log.append("at a wait that was satisfied")

    assert len(run(starts)[0]) == 1


def asimpy_a_container_serves_one_line():
    async def user(self, log, of):
        tank = asimpy.Container(self._env, 3, 1)
        put, get = tank.put(3), tank.get(2)
        await tank.get(1)
        log.append((put.triggered, get.triggered, tank.level))

    assert run(user)[0] == [(True, False, 3)]


def asimpy_a_waiting_put_is_not_looked_at():
    async def user(self, log, of):
        store = asimpy.Store(self._env, 1)
        await store.put("blue")
        store.put("red")
        red = store.get(lambda item: item == "red")
        log.append(red.triggered)
        await store.get(lambda item: item == "blue")
        log.append((red.triggered, store._items))

    assert run(user)[0] == [False, (False, ["red"])]


def asimpy_a_triggered_event_can_be_cancelled():
    event = triggered(asimpy.Environment())
    event.cancel()
    assert event.cancelled and not event.triggered


def asimpy_a_process_preempts_itself():
    async def user(self, log, of):
        desk = asimpy.PreemptiveResource(self._env, 1)
        await desk.acquire(priority=1)
        try:
            await desk.acquire(priority=0)
        except asimpy.Interrupt as interrupt:
            log.append(interrupt.cause.by is self)

    assert run(user)[0] == [True]


def asimpy_a_callback_sees_the_time_before():
    env, log = asimpy.Environment(), []
    env.schedule(5, lambda: log.append(env.now))
    env.run()
    assert log == [0]


# ---- salabim


def components(*bodies, till=None, **made):
    """Runs components, each with itself, the environment, what is shared and a log."""
    env, log = salabim.Environment(), []
    shared = {name: make(env) for name, make in made.items()}
    for body in bodies:
        shared[body.__name__] = component(env, body, log, shared)
    env.run(till=till)
    return log, shared, env


def component(env, body, log, shared, **how):
    class Body(salabim.Component):
        def process(self):
            body(self, env, log, shared)

    return Body(env=env, name=body.__name__, **how)


def resource(capacity=1, **how):
    return lambda env: salabim.Resource(capacity=capacity, env=env, **how)


def state(value=False):
    return lambda env: salabim.State(value=value, env=env)


def items(capacity=salabim.inf):
    return lambda env: salabim.Store(capacity=capacity, env=env)


class Item(salabim.Component):
    def setup(self, number=0):
        self.number = number


def refuses(error, act):
    try:
        act()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


# What draws, films and sounds, and the texts and sizes of its window.
ANIMATION = re.compile(
    "anima|3d|audio|video|ffmpeg|camera|^an_|colou?r|font|screen|width|height|button|menu|bitmap|image|ui$|ui_|uios"
    "|zoom|_pan$|^do_pan$|mouse|touch|^on_|show_|text$|fps|frame|[xy][01]$|^xy_|^scale$|logo|snapshot|speed|minimized"
    "|beep|visible|position|^title$|is_dark|modelname|pause"
)


def salabim_names():
    text = re.sub(r"\(crate::[^)]*\)+", "", (GUIDE / "from_salabim.md").read_text())
    classes = ["Component", "Queue", "Resource", "Store", "State", "ComponentGenerator", "Monitor", "PeriodMonitor", "Event"]
    classes += [name for name, value in vars(salabim).items() if isinstance(value, type) and hasattr(value, "bounded_sample")]
    public = {*classes, *(name for kind in classes for name in dir(getattr(salabim, kind)))}
    # An environment has every name of the module too.
    public |= {name for name in dir(salabim.Environment) if name not in vars(salabim)}
    # Monitors that are attributes of a thing.
    env = salabim.Environment()
    things = [make(env) for make in (resource(), items(), state())]
    public |= {name for thing in things for name, value in vars(thing).items() if isinstance(value, salabim.Monitor)}
    names = [name for name in sorted(public) if name[0] != "_" and not ANIMATION.search(name)]
    missing = [name for name in names if not re.search(rf"\b{name}\b", text)]
    assert not missing, missing


def salabim_model():
    model("from_salabim.md")


def salabim_what_is_satisfied_pauses():
    def asks(self, env, log, of):
        self.request(of["desk"])
        log.append("slot")
        self.wait((of["light"], False))
        log.append("light")
        self.from_store(of["store"])
        log.append("item")

    def other(self, env, log, of):
        for turn in range(3):
            log.append(turn)
            self.hold(0)

    def filled(env):
        return salabim.Store(env=env, fill=[Item(env=env)])

    log, _, _ = components(asks, other, desk=resource(), light=state(), store=filled)
    assert log == [0, "slot", 1, "light", 2, "item"], log


def salabim_activate_is_not_remembered_and_cuts_short():
    def holds(self, env, log, of):
        self.hold(9)
        log.append(("hold", env.now()))
        self.passivate()
        log.append("passive no more")

    def requests(self, env, log, of):
        self.request(of["desk"])
        log.append(("request", env.now(), self.isclaiming(of["desk"])))

    def waits(self, env, log, of):
        self.wait(of["light"])
        log.append(("wait", env.now()))

    def activates(self, env, log, of):
        self.request((of["desk"], 0))
        self.hold(1)
        for name in ["holds", "requests", "waits"]:
            of[name].activate()

    log, _, _ = components(holds, requests, waits, activates, desk=resource(0), light=state())
    assert log == [("hold", 1), ("request", 1, False), ("wait", 1)], log


def salabim_interrupt_suspends_only_a_hold():
    def machine(self, env, log, of):
        self.hold(8)
        log.append(env.now())

    def breaks(self, env, log, of):
        self.hold(3)
        of["machine"].interrupt()
        log.append(of["machine"].remaining_duration())
        of["machine"].interrupt()
        self.hold(9)
        of["machine"].resume()
        self.hold(1)
        of["machine"].resume()

    assert components(machine, breaks)[0] == [5, 18]

    def requests(self, env, log, of):
        self.request(of["desk"])

    def waits(self, env, log, of):
        self.wait(of["light"])

    def is_passive(self, env, log, of):
        self.passivate()

    def interrupts(self, env, log, of):
        self.hold(1)
        for name in ["requests", "waits", "is_passive"]:
            refuses(ValueError, of[name].interrupt)
        log.append("refused")

    log, _, _ = components(requests, waits, is_passive, interrupts, desk=resource(0), light=state())
    assert log == ["refused"], log


def salabim_claims_end_with_the_component():
    def ends(self, env, log, of):
        self.request(of["desk"])
        self.enter(of["line"])
        self.hold(1)

    def cancelled(self, env, log, of):
        self.request((of["desk"], 2))
        self.enter(of["line"])
        self.hold(9)

    def requests(self, env, log, of):
        self.request((of["desk"], 9))

    def cancels(self, env, log, of):
        self.hold(2)
        of["cancelled"].cancel()
        of["requests"].cancel()

    def releases_of_another(self, env, log, of):
        self.hold(0.5)
        log.append(of["desk"].claimed_quantity())
        of["ends"].release(of["desk"])
        log.append(of["desk"].claimed_quantity())

    bodies = [ends, cancelled, requests, cancels, releases_of_another]
    log, of, _ = components(*bodies, desk=resource(3), line=lambda env: salabim.Queue(env=env))
    assert log == [3, 2] and of["desk"].claimed_quantity() == 0 and not of["desk"].requesters()
    assert len(of["line"]) == 2  # both are gone, and still in the queue


def salabim_a_large_request_is_overtaken():
    def user(name, at, quantity):
        def uses(self, env, log, of):
            self.hold(at)
            self.request((of["cores"], quantity))
            log.append((name, env.now()))
            self.hold(5)

        uses.__name__ = name
        return uses

    users = [user("running", 0, 2), user("large", 1, 3), user("small", 2, 1)]
    assert components(*users, cores=resource(3))[0] == [("running", 0), ("small", 2), ("large", 7)]
    in_line = resource(3, honor_only_first=True)
    assert components(*users, cores=in_line)[0] == [("running", 0), ("large", 5), ("small", 10)]


def salabim_together_holds_none_while_it_waits():
    def holder(self, env, log, of):
        self.request(of["surgeons"])
        self.hold(5)

    def both(self, env, log, of):
        self.request(of["room"], (of["surgeons"], 2))
        log.append(("both", env.now()))

    def one(self, env, log, of):
        self.hold(2)
        self.request(of["room"])
        log.append(("room", env.now()))
        self.hold(1)

    log, _, _ = components(holder, both, one, room=resource(), surgeons=resource(2))
    assert log == [("room", 2), ("both", 5)], log


def salabim_one_of_and_failed():
    def holder(self, env, log, of):
        self.request(of["a"])
        self.hold(5)

    def one(self, env, log, of):
        self.request(of["a"], of["b"], oneof=True)
        log.append(self.claimed_resources() == [of["b"]])

    def fails(self, env, log, of):
        self.request(of["a"], fail_delay=3)
        log.append((env.now(), self.failed()))

    log, of, _ = components(holder, one, fails, a=resource(), b=resource())
    assert log == [True, (3, True)] and not of["a"].requesters(), log


def salabim_priorities():
    def user(name, priority):
        def uses(self, env, log, of):
            self.request((of["desk"], 1, priority))
            log.append(name)
            self.hold(5)

        uses.__name__ = name
        return uses

    def moves(self, env, log, of):
        self.hold(1)
        of["moved"].priority(of["desk"].requesters(), 1)

    users = [user("holder", 0), user("moved", 5), user("equal", 1), user("less", 2)]
    assert components(*users, moves, desk=resource())[0] == ["holder", "equal", "moved", "less"]


def salabim_a_bumped_component_just_goes_on():
    def job(self, env, log, of):
        self.request((of["desk"], 1, 5))
        self.hold(10)
        log.append((env.now(), self.isbumped(of["desk"])))

    def urgent(self, env, log, of):
        self.hold(3)
        self.request((of["desk"], 1, of["priority"]))
        log.append(env.now())

    made = {"desk": resource(preemptive=True)}
    assert components(job, urgent, priority=lambda env: 1, **made)[0] == [(3, True), 3]
    assert components(job, urgent, priority=lambda env: 5, **made)[0] == [(10, False), 10]


def salabim_who_was_woken_goes_on():
    def waits(self, env, log, of):
        self.wait((of["light"], "green"), (of["bridge"], True), all=True)
        log.append((env.now(), of["light"].get()))

    def waits_for(self, env, log, of):
        self.wait_for(lambda: of["light"].get() == "green" and of["bridge"].get(), [of["light"], of["bridge"]])
        log.append((env.now(), of["light"].get()))

    def sets(self, env, log, of):
        self.hold(1)
        of["light"].set("green")
        of["light"].set("red")
        of["bridge"].set()
        self.hold(1)
        of["light"].set("green")
        of["light"].set("red")

    assert components(waits, waits_for, sets, light=state("red"), bridge=state())[0] == [(2, "red")] * 2


def salabim_the_same_value_wakes_nobody():
    asked = []

    def waits(self, env, log, of):
        self.wait((of["light"], lambda value, *_: asked.append(value)))

    def sets(self, env, log, of):
        self.hold(1)
        of["light"].set("red")

    components(waits, sets, light=state("red"))
    assert asked == ["red"]


def salabim_triggers():
    def waiter(name):
        def waits(self, env, log, of):
            self.wait(of["light"])
            log.append((name, env.now()))

        waits.__name__ = name
        return waits

    def triggers(self, env, log, of):
        self.hold(1)
        of["light"].trigger(max=1)
        self.hold(1)
        of["light"].trigger()

    log, of, _ = components(*map(waiter, "abc"), triggers, light=state())
    assert log == [("a", 1), ("b", 2), ("c", 2)] and of["light"].get() is False, log


def salabim_standby_runs_after_every_event():
    def stands_by(self, env, log, of):
        while True:
            self.standby()
            log.append(env.now())

    def other(self, env, log, of):
        self.hold(2)
        self.hold(1)

    assert components(stands_by, other)[0] == [0, 2, 3]


def salabim_queues():
    env = salabim.Environment()
    queue = salabim.Queue(env=env, capacity=4)
    for number, priority in [(1, 5), (2, 1), (3, 5)]:
        queue.add_sorted(Item(env=env, number=number), priority)
    queue.add_at_head(Item(env=env, number=4))
    assert [item.number for item in queue] == [4, 2, 1, 3]
    refuses(salabim.QueueFullError, lambda: queue.add(Item(env=env)))


def salabim_stores():
    def puts(*numbers):
        def fills(self, env, log, of):
            self.hold(1)
            for number in numbers:
                self.to_store(of["store"], Item(env=env, number=number))

        return fills

    def gets(**how):
        def takes(self, env, log, of):
            log.append(self.from_store(of["store"], **how).number)

        return takes

    def late(self, env, log, of):
        self.hold(2)
        log.append(self.from_store(of["store"], key=lambda item: item.number).number)

    assert components(late, puts(3, 1, 2), store=items())[0] == [1]
    assert components(gets(key=lambda item: item.number), puts(3, 1, 2), store=items())[0] == [3]
    # A wanted item does not pass a full store.
    assert components(gets(filter=lambda item: item.number == 2), puts(1, 2), store=items(1))[0] == []

    def puts_a_number(self, env, log, of):
        refuses(AttributeError, lambda: self.to_store(of["store"], 5))

    components(puts_a_number, store=items())

    # A getter that is cancelled before it has resumed takes its item along.
    def cancels(self, env, log, of):
        self.hold(3)
        Item(env=env).enter(of["store"])
        of["takes"].cancel()

    log, of, _ = components(gets(), cancels, store=items())
    assert (log, len(of["store"])) == ([], 0), log

    def of_two(self, env, log, of):
        item = self.from_store((of["store"], of["other"]))
        log.append((item.number, self.from_store_store() is of["other"]))

    def fills_both(self, env, log, of):
        self.hold(1)
        Item(env=env, number=7).enter(of["other"])
        Item(env=env, number=8).enter(of["store"])

    log, of, _ = components(of_two, fills_both, store=items(), other=items())
    assert (log, len(of["store"])) == ([(7, True)], 1), log


def salabim_order_at_ties():
    def woken(self, env, log, of):
        self.wait(of["door"])
        log.append("woken")

    def first(self, env, log, of):
        self.hold(1)
        of["door"].set()
        log.append("first")
        for name, how in [("new", {}), ("late", {"priority": 1}), ("early", {"priority": -1}), ("urgent", {"urgent": True})]:
            component(env, lambda *_, name=name: log.append(name), log, of, **how)
        self.hold(0)
        log.append("zero")

    def second(self, env, log, of):
        self.hold(1)
        log.append("second")

    log, _, _ = components(first, second, woken, door=state())
    assert log == ["first", "early", "urgent", "second", "woken", "new", "zero", "late"], log


def salabim_run_till():
    def sleeps(self, env, log, of):
        self.hold(5)
        log.append(env.now())
        self.hold(0)
        log.append(env.now())
        self.hold(5)

    log, _, env = components(sleeps, till=5)
    assert (log, env.now()) == ([5, 5], 5)
    env.run(2)
    assert env.now() == 7

    env, log = salabim.Environment(), []
    component(env, sleeps, log, {})
    env.run(till=5, priority=-salabim.inf)
    assert (log, env.now()) == ([], 5)

    def ends_it(self, env, log, of):
        self.hold(3)
        env.main().activate()
        self.hold(3)
        log.append("after")

    log, _, env = components(ends_it)
    assert (log, env.now()) == ([], 3)


def salabim_anonymous_resources():
    def large(self, env, log, of):
        self.get((of["tank"], 5))
        log.append(("large", env.now()))

    def small(self, env, log, of):
        self.hold(1)
        self.get((of["tank"], 1))
        log.append(("small", env.now()))

    def fills(self, env, log, of):
        self.hold(2)
        self.put((of["tank"], 2))
        self.hold(1)
        self.put((of["tank"], 8))

    empty = resource(10, anonymous=True, initial_claimed_quantity=10)
    assert components(large, small, fills, tank=empty)[0] == [("small", 2), ("large", 3)]
    assert resource(10, anonymous=True)(salabim.Environment()).available_quantity() == 10


def salabim_capacity():
    def user(self, env, log, of):
        self.request((of["desk"], 2))
        self.hold(5)

    def changes(self, env, log, of):
        self.hold(1)
        of["desk"].set_capacity(1)
        log.append(of["desk"].claimed_quantity())

    assert components(user, changes, desk=resource(2))[0] == [2]


def salabim_generators():
    env, log = salabim.Environment(), []

    class Customer(salabim.Component):
        def process(self):
            log.append(env.now())

    salabim.ComponentGenerator(Customer, iat=2, number=2, env=env)
    env.run()
    salabim.ComponentGenerator(Customer, iat=2, number=2, force_at=True, env=env)
    env.run()
    assert log == [2, 4, 4, 6]


def salabim_draws_the_same_in_each_run():
    def draw():
        salabim.Environment()
        return salabim.Uniform(0, 1)()

    assert draw() == draw()


def salabim_refuses_the_past():
    def sleeps(self, env, log, of):
        self.hold(-1)

    refuses(ValueError, lambda: components(sleeps))

    def fails(self, env, log, of):
        raise KeyError

    refuses(KeyError, lambda: components(fails))


def salabim_events():
    env, log = salabim.Environment(), []
    salabim.Event(action=lambda: log.append(env.now()), delay=3, env=env)
    env.run()
    assert log == [3]


def salabim_measures():
    """The second model on the page prints the numbers that the page asserts of ours."""
    text = (GUIDE / "from_salabim.md").read_text()
    python = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)[1]
    printed = io.StringIO()
    made = {}
    with contextlib.redirect_stdout(printed):
        exec(compile(python, "from_salabim.md", "exec"), made)
    lines = printed.getvalue().splitlines()
    assert lines[:3] == ["19.0 26.0 3", "1.425 0.9", "0.525 7.0 12.0"], lines[:3]
    # The deviation is that of all values, and percentiles are between two values.
    visit = made["visit"]
    assert (f"{visit.std():.2f}", visit.percentile(95)) == ("5.72", 25.3)


def salabim_counts_those_who_gave_up():
    def asks(self, env, log, of):
        self.request(of["desk"], fail_delay=8)
        if not self.failed():
            self.hold(12)

    of = components(asks, asks, desk=resource())[1]
    stays = of["desk"].requesters().length_of_stay
    assert (stays.number_of_entries(), stays.mean()) == (2, 4), (stays.number_of_entries(), stays.mean())


def salabim_the_order_of_arguments():
    env = salabim.Environment()
    weibull = salabim.Weibull(200, 1.5, env=env)
    below = sum(weibull() < 200 for _ in range(1000))
    assert 590 < below < 670, below
    triangular = salabim.Triangular(1, 8, 2, env=env)
    assert abs(triangular.mean() - 11 / 3) < 1e-9
    assert abs(salabim.Erlang(3, scale=2, env=env).mean() - 6) < 1e-9
    assert {salabim.IntUniform(1, 6, env=env)() for _ in range(1000)} == set(range(1, 7))
    bounded = salabim.Bounded(salabim.Normal(10, 3, env=env), 0, env=env)
    assert all(bounded() >= 0 for _ in range(1000))


if __name__ == "__main__":
    checks = [check for name, check in sorted(globals().items()) if name.startswith(("simpy_", "asimpy_", "salabim_"))]
    for check in checks:
        check()
    print(f"{len(checks)} checks: as the guide says")
