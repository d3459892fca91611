"""A trained solver on disk, with all that is needed to ask it: a folder with two files."""

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from synthinv.errors import SynthinvError
from synthinv.files import read_manifest, replacing, verified, write_manifest
from synthinv.instrument import Instrument
from synthinv.sections import Audio, Note, Solver
from synthinv.solver_answers import class_counts
from synthinv.solver_network import SolverNetwork
from synthinv.validation import validated

WEIGHTS, MANIFEST = "weights.safetensors", "model.json"
PACKAGED = Path(__file__).parent / "models"
"""Models that come with synthinv, each in a folder named after its instrument."""


@dataclass(frozen=True)
class Model:
    """A trained solver.

    Attributes
    ----------
    network : SolverNetwork
        Notes to logits.
    instrument : Instrument
        Whose knobs it answers with.
    note : Note
        The note that it was trained on.
    audio : Audio
        Length and sample rate of the notes it takes.
    digest : str
        SHA-256 of its weights.
    """

    network: SolverNetwork
    instrument: Instrument
    note: Note
    audio: Audio
    digest: str


def packaged_model(instrument: str) -> Path:
    """Find the model that comes with synthinv for an instrument.

    Parameters
    ----------
    instrument : str
        The instrument's name.

    Returns
    -------
    Path
        Its folder.

    Raises
    ------
    SynthinvError
        If there is none.
    """
    folder = PACKAGED / instrument
    if not (folder / MANIFEST).is_file():
        raise SynthinvError(
            f"no model for the instrument '{instrument}' comes with synthinv; name the folder of "
            "one with --model"
        )
    return folder


def save_model(
    folder: Path,
    network: SolverNetwork,
    solver: Solver,
    instrument: Instrument,
    note: Note,
    audio: Audio,
) -> None:
    """Write a model in half precision.

    Parameters
    ----------
    folder : Path
        Where to; it is created.
    network : SolverNetwork
        The trained network.
    solver : Solver
        The sizes it was built with.
    instrument, note, audio : Instrument, Note, Audio
        What it was trained on.
    """
    tensors = {name: t.cpu().half().contiguous() for name, t in network.state_dict().items()}
    weights = folder / WEIGHTS
    with replacing(weights) as partial:
        save_file(tensors, partial)
    sections = {"solver": solver, "instrument": instrument, "note": note, "audio": audio}
    fields = {name: section.model_dump(mode="json") for name, section in sections.items()}
    write_manifest(folder / MANIFEST, fields, {"weights": weights})


def load_model(folder: Path) -> Model:
    """Read a model.

    Parameters
    ----------
    folder : Path
        Holds `weights.safetensors` and `model.json`.

    Returns
    -------
    Model
        The model, on the CPU, in single precision.

    Raises
    ------
    SynthinvError
        If a file is missing or damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise SynthinvError(f"{folder}: holds no model ({MANIFEST} is missing); correct the path")
    manifest = read_manifest(path)
    weights = verified(path, manifest, "weights")
    source = str(path)
    solver = validated(Solver, manifest.get("solver"), source)
    instrument = validated(Instrument, manifest.get("instrument"), source)
    note = validated(Note, manifest.get("note"), source)
    audio = validated(Audio, manifest.get("audio"), source)
    network = SolverNetwork(solver, class_counts(instrument), audio.samples, audio.sample_rate)
    try:
        network.load_state_dict({name: t.float() for name, t in load_file(weights).items()})
    except (SafetensorError, RuntimeError) as error:
        raise SynthinvError(f"{weights}: does not hold the network's weights ({error})") from None
    network.eval()
    return Model(network, instrument, note, audio, str(manifest["files"]["weights"]["sha256"]))
