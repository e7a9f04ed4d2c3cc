"""The mean costs of Law and Kelton's inventory, by a program that shares nothing with asim.

python3 tests/python/inventory.py [replications]

It prints for each policy the mean cost a month over 120 months, its standard error, and the deviation of one run.
`tests/tests/experiments/textbook.rs` compares with them.
"""

import random
import sys
from math import sqrt

POLICIES = [(20, 40), (20, 60), (20, 80), (20, 100), (40, 60), (40, 80), (40, 100), (60, 80), (60, 100)]


def cost(rng, least, most, months=120):
    stock, now, orders, holding, owing = 60, 0.0, 0.0, 0.0, 0.0
    due, arriving, review = float("inf"), 0, 0
    demand = rng.expovariate(10.0)
    while True:
        time = min(demand, due, review, months)
        if stock > 0:
            holding += stock * (time - now)
        else:
            owing -= stock * (time - now)
        now = time
        if now >= months:
            return (orders + holding + 5.0 * owing) / months
        if now == due:
            stock, due = stock + arriving, float("inf")
        elif now == demand:
            stock -= rng.choices((1, 2, 3, 4), (1, 2, 2, 1))[0]
            demand = now + rng.expovariate(10.0)
        else:
            if stock < least:
                arriving = most - stock
                orders += 32.0 + 3.0 * arriving
                due = now + rng.uniform(0.5, 1.0)
            review += 1


if __name__ == "__main__":
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    rng = random.Random(1)
    for policy in POLICIES:
        costs = [cost(rng, *policy) for _ in range(replications)]
        mean = sum(costs) / replications
        sd = sqrt(sum((c - mean) ** 2 for c in costs) / (replications - 1))
        print(policy, round(mean, 3), "±", round(sd / sqrt(replications), 3), "deviation", round(sd, 3))
