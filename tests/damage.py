"""Damage to files, for the tests that every damage is noticed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import strategies as st

from synthinv.common.errors import SynthinvError


@dataclass(frozen=True)
class Damage:
    """A change of bytes at one place, in one of four ways."""

    kind: str
    position: int
    mask: int

    def of(self, content: bytes) -> bytes:
        """Return the content, damaged; a position beyond its end counts from the start again."""
        at = self.position % len(content)
        if self.kind == "flip":
            return content[:at] + bytes([content[at] ^ self.mask]) + content[at + 1 :]
        if self.kind == "truncate":
            return content[:at]
        if self.kind == "delete":
            return content[:at] + content[at + 1 :]
        inserted = bytes([self.mask])
        return content[:at] + inserted + content[at:] if at else content + inserted


def damages(last: int = 100_000) -> st.SearchStrategy[Damage]:
    """Draw damages up to a position in the file."""
    kinds = st.sampled_from(["flip", "truncate", "delete", "insert"])
    return st.builds(Damage, kinds, st.integers(0, last), st.integers(1, 255))


def assert_refused(damage: Damage, file: Path, load: Callable[[], object]) -> None:
    """Damage a file, see that loading it names the file, and mend it again."""
    whole = file.read_bytes()
    file.write_bytes(damage.of(whole))
    try:
        with pytest.raises(SynthinvError) as caught:
            load()
        assert str(file) in str(caught.value)
    finally:
        file.write_bytes(whole)
