"""Counters for vendors' rate limits, per second and per UTC day, on the sandbox clock."""

from collections import Counter

from .clock import Clock


class Quota:
    """Counts uses per key in the current second and the current UTC day."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self._second: tuple[int, Counter] = (0, Counter())
        self._minute: tuple[int, Counter] = (0, Counter())
        self._day: tuple[int, Counter] = (0, Counter())

    def _window(self, name: str, length: int) -> Counter:
        index = int(self.clock.timestamp() // length)
        current, counter = getattr(self, name)
        if current != index:
            counter = Counter()
            setattr(self, name, (index, counter))
        return counter

    def second(self) -> Counter:
        """Uses in the current second."""
        return self._window("_second", 1)

    def minute(self) -> Counter:
        """Uses in the current minute."""
        return self._window("_minute", 60)

    def day(self) -> Counter:
        """Uses in the current UTC day."""
        return self._window("_day", 86400)

    def clear(self) -> None:
        self._second = self._minute = self._day = (0, Counter())
