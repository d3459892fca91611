"""Durations in words, for logs and progress."""


def duration(seconds: float) -> str:
    """Return a duration in its largest unit and the next smaller one, such as "2 h 28 min".

    Parameters
    ----------
    seconds : float
        The duration, not negative.

    Returns
    -------
    str
        Hours and minutes, minutes and seconds, or seconds, with a tenth of them below ten. A second
        unit of 0 is left out.
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two_units(whole, "min", "s")
    return _two_units(round(seconds / 60), "h", "min")


def _two_units(count: int, larger: str, smaller: str) -> str:
    first, second = divmod(count, 60)
    return f"{first} {larger} {second} {smaller}" if second else f"{first} {larger}"
