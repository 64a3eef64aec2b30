"""One seed made of several numbers, such as a run's seed, an epoch and a row."""

_BITS = 64
_MASK = (1 << _BITS) - 1
_PRIME_1, _PRIME_2, _PRIME_5 = 11400714785074694791, 14029467366897019727, 2870177450012600261


def combine_seeds(*numbers: int) -> int:
    """Mixes non-negative integers into one seed below 2^63; close numbers give unrelated seeds.

    The mixing is xxHash's round (Collet, github.com/Cyan4973/xxHash), with the constants of its 64-bit version. It is
    written out because a seed must not depend on the version of Python or of a library: the same numbers mean the
    same augmentation for ever.
    """
    mixed = _PRIME_5
    for number in numbers:
        mixed = (mixed + number * _PRIME_2) & _MASK
        mixed = ((mixed << 31) | (mixed >> (_BITS - 31))) & _MASK
        mixed = (mixed * _PRIME_1) & _MASK
    mixed = (mixed + (len(numbers) ^ _PRIME_5 ^ 3527539)) & _MASK
    return mixed % 2**63
