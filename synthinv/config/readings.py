"""The trainings of a reading of the thesis: all whose results the thesis published."""

from collections import ChainMap
from collections.abc import Mapping
from typing import NamedTuple

from synthinv.config.sections.network import OptimiserName
from synthinv.config.sections.readings import ReadingConfig, ReadingsConfig
from synthinv.config.sections.types import Setting

LAYERS: dict[str, Setting] = {"hidden_layers": 4, "hidden_units": 800}
FEWER_LAYERS: dict[str, Setting] = {"hidden_layers": 2, "hidden_units": 200}
"""A smaller network of the grid of Figure 13a, of which the thesis gives the best cell only."""
TUNED: dict[str, Setting] = {"optimiser": "adadelta", "rho": 0.45}
L2: dict[str, Setting] = {"weight_decay": 0.0005}
NO_L2: dict[str, Setting] = {"weight_decay": 0}
PLAYED = "l2"
"""The training whose predictions for its test set are played."""
OF_THE_THESIS = frozenset({*LAYERS, *TUNED, *L2})
"""Settings that the trainings set, so that a reading may not."""


class ReadingTraining(NamedTuple):
    """One training of a reading.

    Attributes
    ----------
    name : str
        Its name.
    train : str
        Data set to train and validate on.
    test : str or None
        Data set of unseen sounds to predict, if any.
    spectrogram : str
        Kind of spectrogram.
    epochs : int
        Number of epochs.
    settings : dict
        Settings of the network and its training.
    """

    name: str
    train: str
    test: str | None
    spectrogram: str
    epochs: int
    settings: dict[str, Setting]


def reading_trainings(section: ReadingsConfig, reading: ReadingConfig) -> list[ReadingTraining]:
    """Return the trainings of a reading.

    Parameters
    ----------
    section : ReadingsConfig
        Data sets and epochs.
    reading : ReadingConfig
        The reading.

    Returns
    -------
    list of ReadingTraining
        `sgd`, `adagrad`, `adadelta` (Figure 12, the last also in Figure 13a), `fewer-layers`
        (Figure 13a), `tuned` (Figure 13b), `l2` (Figures 14 to 17), `no-l2` (Figure 14) and
        `simpler` (section 5).
    """
    search, final, simpler = section.search, section.final, section.simpler
    on_search = ReadingTraining(
        "", search.data_set, None, reading.spectrogram, search.epochs, reading.settings
    )
    on_final = on_search._replace(train=final.train, epochs=final.epochs)
    on_simpler = on_final._replace(train=simpler.train, spectrogram=reading.fewer_bands)
    optimisers: tuple[OptimiserName, ...] = ("sgd", "adagrad", "adadelta")
    return [
        *(_with(on_search, o, {"optimiser": o}, LAYERS, NO_L2) for o in optimisers),
        _with(on_search, "fewer-layers", {"optimiser": "adadelta"}, FEWER_LAYERS, NO_L2),
        _with(on_search, "tuned", TUNED, LAYERS, L2),
        _with(on_final._replace(test=final.test), PLAYED, TUNED, LAYERS, L2),
        _with(on_final, "no-l2", TUNED, LAYERS, NO_L2),
        _with(on_simpler._replace(test=simpler.test), "simpler", TUNED, LAYERS, L2),
    ]


def _with(base: ReadingTraining, name: str, *settings: Mapping[str, Setting]) -> ReadingTraining:
    return base._replace(name=name, settings=dict(ChainMap(*map(dict, settings), base.settings)))


def reading_data_sets(section: ReadingsConfig | None) -> list[str]:
    """Return the names of the data sets that readings are trained and tested on, each once."""
    if section is None:
        return []
    final, simpler = section.final, section.simpler
    names = (section.search.data_set, final.train, final.test, simpler.train, simpler.test)
    return list(dict.fromkeys(names))
