"""A plug-in in a process of its own, which plays every note in a copy of itself."""

from synthinv.engines.copies import Loaded, serve
from synthinv.engines.plug_in.host import Host, Take

COPY_SECONDS = 60
"""Seconds after which a copy that has not played its note is ended."""


def load(path: str, state: str | None, sample_rate: int, block: int) -> Loaded:
    """Load a plug-in, see `Host`; it is asked for what a `Take` holds."""
    host = Host(path, state, sample_rate, block)
    return Loaded(host.facts(), lambda *take: host.play(Take(*take)))


if __name__ == "__main__":
    serve(load, COPY_SECONDS)
