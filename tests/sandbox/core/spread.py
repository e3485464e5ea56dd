"""Deliveries in bulk: doubled and shuffled, the same for the same seed."""

import random
from dataclasses import replace

from .delivery import Delivery, DeliveryEngine


def spread(count: int, doubled: float, shuffle: bool, seed: int) -> list[int]:
    """Indexes in sending order: a part of them twice, perhaps shuffled."""
    rng = random.Random(seed)
    order: list[int] = []
    twice = set(rng.sample(range(count), round(doubled * count)))
    for index in range(count):
        order += [index, index] if index in twice else [index]
    if shuffle:
        rng.shuffle(order)
    return order


def again(engine: DeliveryEngine, delivery: Delivery) -> Delivery:
    """A second delivery of the same fact: same id, same body."""
    copy = replace(delivery, attempts=[], state="pending", next_at=None, response_body="")
    return engine.add(copy)
