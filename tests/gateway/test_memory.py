"""What is remembered is believed for a moment, and longer only where it holds."""

from __future__ import annotations

from folkmoot.gateway.memory import Memory


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_what_was_found_to_hold_is_believed_for_as_long_again() -> None:
    clock = Clock()
    memory: Memory[str, int] = Memory(trust_seconds=2, monotonic=clock)
    memory.put("token", 1)
    clock.seconds = 1.5
    memory.renew("token")
    clock.seconds = 3.4
    assert memory.get("token") == 1
    clock.seconds = 3.5
    assert memory.get("token") is None
    # No longer believed, but not forgotten: a look that finds it valid is enough.
    memory.renew("token")
    assert memory.get("token") == 1


def test_what_was_forgotten_is_not_renewed() -> None:
    memory: Memory[str, int] = Memory(trust_seconds=2)
    memory.put("token", 1)
    memory.forget("token")
    memory.renew("token")
    assert memory.get("token") is None


def test_the_oldest_goes_first_where_there_is_no_room() -> None:
    memory: Memory[str, int] = Memory(size=2)
    for token in ("a", "b"):
        memory.put(token, 1)
    memory.renew("a")
    memory.put("c", 1)
    assert [memory.get(token) for token in ("a", "b", "c")] == [1, None, 1]
