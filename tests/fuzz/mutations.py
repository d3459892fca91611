"""Inputs made wrong: bytes, texts and trees changed at random."""

import copy
import random
import struct
from collections.abc import Callable
from typing import Any

INTEGERS = (
    0,
    1,
    2,
    7,
    8,
    127,
    128,
    255,
    256,
    65_535,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
)

# What a file from anywhere may hold in place of what is meant.
TEXTS = (
    "",
    " ",
    "\n",
    "\t",
    "\0",
    "\ufeff",
    "null",
    "~",
    "true",
    ".nan",
    "-.inf",
    "1e400",
    "0x1F",
    "1:30:00",
    "2020-13-45",
    "9" * 5_000,
    "-" * 200,
    "[" * 3_000,
    "{a: " * 300,
    "<<: *a\n",
    "&a [*a, *a]",
    "*missing",
    "!!int ''",
    "!!bool maybe",
    "!!timestamp x",
    "!!set {[1]: 2}",
    "!!binary é",
    "!!python/object/apply:os.system ['touch executed']",
    "!!python/object/apply:subprocess.Popen [['touch', 'executed']]",
    "../../../outside",
    "/outside",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% for %}",
    "$(touch executed)",
    "a/b",
    "é☃\u202e",
    "\ud800",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    *INTEGERS,
    10**30,
    -0.0,
    1e-300,
    1e308,
    float("nan"),
    float("inf"),
    [],
    {},
    [None],
    [[]],
    {"": ""},
    {"a": {"b": []}},
    *TEXTS,
)

# "Billion laughs": a few hundred bytes that stand for 10^9 items.
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def of_bytes(content: bytes, rng: random.Random) -> bytes:
    """Change bytes at one place or at several."""
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        content = rng.choice(_BYTES)(content, rng.randrange(len(content) + 1), rng)
    return content


def of_text(content: bytes, rng: random.Random) -> bytes:
    """Change bytes, or put something in that a parser may not expect."""
    if rng.random() < 0.5:
        return of_bytes(content, rng)
    at = rng.randrange(len(content) + 1)
    text = rng.choice(TEXTS).encode(errors="surrogatepass")
    end = at + rng.choice((0, 0, 1, 10))
    if rng.random() < 0.5:
        # In place of a whole value.
        at = content.find(b": ", at) + 2 or at
        end = max(content.find(b"\n", at), at)
    return content[:at] + text + content[end:]


def of_tree(tree: Any, rng: random.Random) -> Any:
    """Change, drop, double, exchange or rename values of nested mappings and sequences."""
    changed = copy.deepcopy(tree)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        places = list(_places(changed))
        if not places:
            break
        rng.choice(_TREES)(*rng.choice(places), rng, places)
    return changed


def deep(depth: int) -> list[Any]:
    """Nest a list in itself so many times."""
    tree: list[Any] = []
    for _ in range(depth):
        tree = [tree]
    return tree


def _places(node: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    todo = [node]
    while todo:
        parent = todo.pop()
        keys = list(parent) if isinstance(parent, dict) else range(len(parent))
        for key in keys:
            found.append((parent, key))
            if isinstance(parent[key], dict | list):
                todo.append(parent[key])
    return found


def _replace(parent: Any, key: Any, rng: random.Random, places: list[tuple[Any, Any]]) -> None:
    # A value of its own each time: two changes must not meet in one list.
    parent[key] = deep(400) if rng.random() < 0.01 else copy.deepcopy(rng.choice(VALUES))


def _nudge(parent: Any, key: Any, rng: random.Random, places: list[tuple[Any, Any]]) -> None:
    value = parent[key]
    if isinstance(value, int | float):
        parent[key] = rng.choice((value + 1, value - 1, -value, value * 1_000, value / 3))
    elif isinstance(value, str):
        parent[key] = value + rng.choice(TEXTS)
    elif isinstance(value, list):
        parent[key] = value * rng.choice((0, 2, 50))


def _drop(parent: Any, key: Any, rng: random.Random, places: list[tuple[Any, Any]]) -> None:
    del parent[key]


def _exchange(parent: Any, key: Any, rng: random.Random, places: list[tuple[Any, Any]]) -> None:
    other, place = rng.choice(places)
    parent[key] = copy.deepcopy(other[place])


def _rename(parent: Any, key: Any, rng: random.Random, places: list[tuple[Any, Any]]) -> None:
    if isinstance(parent, dict):
        parent[rng.choice((*TEXTS, 0, None, True, 1.5))] = parent.pop(key)


_TREES = (_replace, _replace, _nudge, _drop, _exchange, _rename)


def _flip(content: bytes, at: int, rng: random.Random) -> bytes:
    return (
        content[:at]
        + bytes(b ^ 1 << rng.randrange(8) for b in content[at : at + 1])
        + content[at + 1 :]
    )


def _number(content: bytes, at: int, rng: random.Random) -> bytes:
    order, (code, size) = rng.choice("<>"), rng.choice((("B", 1), ("H", 2), ("I", 4), ("Q", 8)))
    value = rng.choice(INTEGERS) % 2 ** (8 * size)
    return content[:at] + struct.pack(order + code, value) + content[at + size :]


def _insert(content: bytes, at: int, rng: random.Random) -> bytes:
    return content[:at] + rng.randbytes(rng.choice((1, 2, 8, 100))) + content[at:]


def _delete(content: bytes, at: int, rng: random.Random) -> bytes:
    return content[:at] + content[at + rng.choice((1, 2, 8, 100)) :]


def _truncate(content: bytes, at: int, rng: random.Random) -> bytes:
    return content[:at]


def _double(content: bytes, at: int, rng: random.Random) -> bytes:
    return content[: at + rng.choice((1, 8, 100))] + content[at:]


_BYTES: tuple[Callable[[bytes, int, random.Random], bytes], ...] = (
    *(_flip, _flip, _number, _number),
    *(_insert, _delete, _truncate, _double),
)
