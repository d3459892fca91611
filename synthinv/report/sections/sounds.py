"""The making of the sounds: the instrument, the data sets, and the test set played again."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from synthinv.common.files import Manifest
from synthinv.config import plan
from synthinv.config.sections.playing import PlayingConfig
from synthinv.evaluate.recapture import describe
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Parameter
from synthinv.pipeline import paths
from synthinv.report.results import Results


@dataclass(frozen=True)
class DataSetRow:
    """The captures of one data set.

    Attributes
    ----------
    name, instrument : str
        Data set and instrument.
    shards, notes : int
        How many were captured.
    silent, clipped : int
        How many draws were replaced because their note was silent or clipped.
    """

    name: str
    instrument: str
    shards: int
    notes: int
    silent: int
    clipped: int


@dataclass(frozen=True)
class InstrumentRow:
    """One parameter of the instrument.

    Attributes
    ----------
    name, group : str
        Parameter and group.
    cc : int or None
        Controller number, if it has one.
    positions : str
        Its positions, or the range of a continuous parameter.
    drawn_from : str
        Distribution of its random values.
    """

    name: str
    group: str
    cc: int | None
    positions: str
    drawn_from: str


@dataclass(frozen=True)
class SoundsSection:
    """The making of the sounds.

    Attributes
    ----------
    instrument : str
        Description of the instrument that the main test set is played on.
    playing : PlayingConfig
        Engine, note, recording and silence.
    data_sets : list of DataSetRow
        What was captured.
    parameters : list of InstrumentRow
        Its parameters, those that are fixed included.
    recapture : list of str
        How far the main test set is from the same patches played again.
    tested : int
        Number of sounds in the main test set.
    """

    instrument: str
    playing: PlayingConfig
    data_sets: list[DataSetRow]
    parameters: list[InstrumentRow]
    recapture: list[str]
    tested: int


def sounds_section(results: Results, main_set: str) -> SoundsSection:
    """Gather how the sounds were made."""
    config = results.config
    instrument = load_instrument(config.instrument_of(main_set))
    captures = [m for name in plan.captured_data_sets(config) for m in results.captures(name)]
    return SoundsSection(
        instrument=instrument.description or instrument.name,
        playing=config.playing,
        data_sets=data_set_rows(captures),
        parameters=instrument_rows(instrument),
        recapture=describe(results.table(paths.RECAPTURE, data_set=main_set)),
        tested=config.data_set(main_set).samples,
    )


def data_set_rows(manifests: Sequence[Manifest]) -> list[DataSetRow]:
    """Count what was captured.

    Parameters
    ----------
    manifests : sequence of manifest
        Of every shard.

    Returns
    -------
    list of DataSetRow
        One row per data set, in the order of the manifests.
    """
    rows = [{**m, **m["replaced"], "shards": 1} for m in manifests]
    counts = ["shards", "notes", "silent", "clipped"]
    table = pd.DataFrame(rows).groupby(["data_set", "instrument"], sort=False)[counts].sum()
    return [
        DataSetRow(str(name), str(instrument), *map(int, row))
        for (name, instrument), row in zip(table.index, table.to_numpy(), strict=True)
    ]


def _steps(parameter: Parameter) -> str:
    if parameter.choices is not None:
        return ", ".join(parameter.choices)
    if parameter.positions is not None:
        return ", ".join(map(str, parameter.positions))
    return f"0–{parameter.highest}"


def instrument_rows(instrument: Instrument) -> list[InstrumentRow]:
    """List the parameters of an instrument."""
    return [
        InstrumentRow(
            name=p.name,
            group=p.group,
            cc=p.cc,
            positions=_steps(p),
            drawn_from=p.sample.distribution,
        )
        for p in instrument.parameters
    ]
