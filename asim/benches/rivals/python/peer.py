#!/usr/bin/env python3
"""The cases of the other rivals, on SimPy and asimpy.

    python -m venv venv && venv/bin/pip install simpy==4.1.2 asimpy==0.20.0
    venv/bin/python peer.py simpy ping          # or: hold N, mm1, pipeline, spawn, race

A line reads `peer case n_events seconds ns_per_event peak_rss_mib check=value`, as for the other rivals.
`PEER_SCALE` divides the work (100 without it, as Python needs a second for what the others do in ten
milliseconds), so `check` agrees with that of another rival at the same scale.
"""

import math
import os
import resource
import sys
import time

import asimpy
import simpy

SCALE = int(os.environ.get("PEER_SCALE", "100"))
MASK = (1 << 64) - 1
SEED_ARRIVAL, SEED_SERVICE = 1_000_001, 1_000_002
STAGES, BATCH = 10, 1000


def scaled(number):
    return max(number // SCALE, 1)


class Rng:
    """The generator of `common.rs`."""

    def __init__(self, seed):
        z = (seed + 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        self.state = (z ^ (z >> 31)) or 1

    def exp(self, mean):
        x = self.state
        x ^= x >> 12
        x ^= (x << 25) & MASK
        x ^= x >> 27
        self.state = x
        u = (((x * 0x2545F4914F6CDD1D) & MASK) >> 11) * (1.0 / 9007199254740992.0)
        return -mean * math.log(1.0 - u)


class Tally:
    count = 0
    total = 0.0


# ---- SimPy


def simpy_ping(tally):
    env, times = simpy.Environment(), scaled(10_000_000)

    def ping():
        for _ in range(times):
            yield env.timeout(1.0)

    env.process(ping())
    env.run()
    return times, env.now


def simpy_hold(tally, holders):
    env, until = simpy.Environment(), scaled(10_000_000) / holders

    def holder(seed):
        random = Rng(seed)
        while True:
            yield env.timeout(random.exp(1.0))
            tally.count += 1

    for seed in range(holders):
        env.process(holder(seed))
    env.run(until=until)
    return tally.count, until


def simpy_mm1(tally):
    env, customers = simpy.Environment(), scaled(1_000_000)
    server = simpy.Resource(env, 1)

    def customer(service):
        arrived = env.now
        with server.request() as request:
            yield request
            yield env.timeout(service)
        tally.total += env.now - arrived

    def arrivals():
        arrival, service = Rng(SEED_ARRIVAL), Rng(SEED_SERVICE)
        for _ in range(customers):
            yield env.timeout(arrival.exp(1.0))
            env.process(customer(service.exp(0.8)))

    env.process(arrivals())
    env.run()
    return customers, tally.total / customers


def simpy_pipeline(tally):
    env, items = simpy.Environment(), scaled(200_000)
    queues = [simpy.Store(env, 1) for _ in range(STAGES)]

    def source():
        for item in range(items):
            yield queues[0].put(item)

    def stage(inward, outward):
        for _ in range(items):
            item = yield inward.get()
            yield outward.put(item)

    def sink():
        for _ in range(items):
            tally.count += yield queues[-1].get()

    env.process(source())
    for inward, outward in zip(queues, queues[1:]):
        env.process(stage(inward, outward))
    env.process(sink())
    env.run()
    return items * STAGES, tally.count


def simpy_spawn(tally):
    env, rounds = simpy.Environment(), scaled(5000)

    def once():
        yield env.timeout(1.0)
        tally.count += 1

    def spawner():
        for _ in range(rounds):
            for _ in range(BATCH):
                env.process(once())
            yield env.timeout(2.0)

    env.process(spawner())
    env.run()
    return tally.count, env.now


def simpy_race(tally):
    env, times = simpy.Environment(), scaled(1_000_000)

    def racer():
        for _ in range(times):
            yield env.timeout(1000.0) | env.timeout(1.0)

    process = env.process(racer())
    env.run(until=process)  # its lost timers still move the clock
    return times, env.now


# ---- asimpy


class Started(asimpy.Process):
    """A process that runs a function of itself."""

    def init(self, life):
        self.life = life

    async def run(self):
        await self.life(self)


def asimpy_ping(tally):
    env, times = asimpy.Environment(), scaled(10_000_000)

    async def ping(self):
        for _ in range(times):
            await self.timeout(1.0)

    Started(env, ping)
    env.run()
    return times, env.now


def asimpy_hold(tally, holders):
    env, until = asimpy.Environment(), scaled(10_000_000) / holders

    def holder(seed):
        async def life(self):
            random = Rng(seed)
            while True:
                await self.timeout(random.exp(1.0))
                tally.count += 1

        return life

    for seed in range(holders):
        Started(env, holder(seed))
    env.run(until=until)
    return tally.count, until


def asimpy_mm1(tally):
    env, customers = asimpy.Environment(), scaled(1_000_000)
    server = asimpy.Resource(env, 1)

    def customer(service):
        async def life(self):
            arrived = env.now
            async with server:
                await self.timeout(service)
            tally.total += env.now - arrived

        return life

    async def arrivals(self):
        arrival, service = Rng(SEED_ARRIVAL), Rng(SEED_SERVICE)
        for _ in range(customers):
            await self.timeout(arrival.exp(1.0))
            Started(env, customer(service.exp(0.8)))

    Started(env, arrivals)
    env.run()
    return customers, tally.total / customers


def asimpy_pipeline(tally):
    env, items = asimpy.Environment(), scaled(200_000)
    queues = [asimpy.Queue(env, 1) for _ in range(STAGES)]

    async def source(self):
        for item in range(items):
            await queues[0].put(item)

    def stage(inward, outward):
        async def life(self):
            for _ in range(items):
                await outward.put(await inward.get())

        return life

    async def sink(self):
        for _ in range(items):
            tally.count += await queues[-1].get()

    Started(env, source)
    for inward, outward in zip(queues, queues[1:]):
        Started(env, stage(inward, outward))
    Started(env, sink)
    env.run()
    return items * STAGES, tally.count


def asimpy_spawn(tally):
    env, rounds = asimpy.Environment(), scaled(5000)

    async def once(self):
        await self.timeout(1.0)
        tally.count += 1

    async def spawner(self):
        for _ in range(rounds):
            for _ in range(BATCH):
                Started(env, once)
            await self.timeout(2.0)

    Started(env, spawner)
    env.run()
    return tally.count, env.now


def asimpy_race(tally):
    env, times = asimpy.Environment(), scaled(1_000_000)

    async def racer(self):
        for _ in range(times):
            await asimpy.FirstOf(env, late=self.timeout(1000.0), soon=self.timeout(1.0))

    Started(env, racer)
    env.run()
    return times, env.now


def main():
    peer, case, *rest = sys.argv[1:]
    run = globals()[f"{peer}_{case}"]
    arguments = [int(number) for number in rest]
    start = time.process_time()
    events, check = run(Tally(), *arguments)
    seconds = time.process_time() - start
    name = "-".join([case, *rest])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peer} {name} {events} {seconds:.4f} {seconds * 1e9 / events:.1f} {memory:.1f} check={check:.6f}")


main()
