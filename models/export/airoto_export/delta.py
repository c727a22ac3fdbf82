"""Bytes as pieces of other bytes and what is new in them: the same weights in differently cut graphs are kept once."""

from __future__ import annotations

BLOCK = 32
"""Bytes that must agree for a piece to be found."""


def encode(known: bytes, wanted: bytes) -> tuple[list[list[int]], bytes]:
    """Steps of [new, from, count] that make `wanted`, and the new bytes one after another.

    A step takes so many new bytes, then `count` bytes that begin at `from` in what there is: `known`, and behind it
    what was made so far.
    """
    data = known + wanted
    places = {data[i:i + BLOCK]: i for i in range(0, len(known) - BLOCK + 1, BLOCK)}
    steps, fresh = [], bytearray()
    start = at = len(known)
    indexed = len(known) - len(known) % BLOCK
    while at < len(data):
        found = places.get(data[at:at + BLOCK])
        if found is None or at + BLOCK > len(data):
            at += 1
        else:
            # Backward, too: blocks lie on multiples of their length alone.
            while at > start and found > 0 and data[at - 1] == data[found - 1]:
                at, found = at - 1, found - 1
            count = same(data, found, at)
            fresh += data[start:at]
            steps.append([at - start, found, count])
            start = at = at + count
        while indexed + BLOCK <= at:
            places.setdefault(data[indexed:indexed + BLOCK], indexed)
            indexed += BLOCK
    fresh += data[start:]
    steps.append([len(data) - start, 0, 0])
    return steps, bytes(fresh)


def same(data: bytes, one: int, other: int) -> int:
    """How many bytes agree from two places on; those of the first end where the second begin."""
    count, step = 0, 4096
    most = min(len(data) - other, other - one)
    while step:
        while count + step <= most and data[one + count:one + count + step] == data[other + count:other + count + step]:
            count += step
        step //= 2
    return count
