"""Kinds of input: good ones to start from, how they are made wrong, and what reads them."""

import contextlib
import hashlib
import io
import json
import pickle
import random
import shutil
import struct
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
import yaml
from onnx import ModelProto

from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.sound_file import KEPT_SECONDS, Sound, read_sound
from synthinv.capture.shards import ShardFiles, read_shard, write_shard
from synthinv.common.files import read_manifest, verified, write_manifest
from synthinv.common.validation import validated
from synthinv.config.load import load, read_configuration
from synthinv.config.root import Config
from synthinv.config.sections.engine import BuiltInConfig
from synthinv.config.sections.network import NetworkConfig, TrainingConfig
from synthinv.config.sections.playing import AudioConfig, PlayingConfig
from synthinv.config.sections.solver import SolverConfig
from synthinv.evaluate.predictions import read_predictions, write_predictions
from synthinv.instruments.classes import class_counts
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.formats import FORMATS, format_of, read_bank
from synthinv.instruments.native.preset import to_patch, to_preset
from synthinv.instruments.parameters import Parameter
from synthinv.instruments.registry import FILES
from synthinv.matching.page import page
from synthinv.matching.result import Knob, Match, Spent
from synthinv.pages.html import fill
from synthinv.pipeline import paths
from synthinv.pipeline.expected_manifests import expected_manifests
from synthinv.pipeline.final_targets import final_targets
from synthinv.pipeline.report_inputs import report_inputs
from synthinv.pipeline.sound_folder import sounds_in
from synthinv.solver.checkpoint import load_solver
from synthinv.solver.export import save_solver
from synthinv.solver.network import SolverNetwork
from synthinv.spectrogram.store import SpectrogramData, write_store
from synthinv.thesis.checkpoint import load_network, save_network
from synthinv.thesis.network import build_network
from synthinv.thesis.training import predict

from .mutations import BOMB, TEXTS, deep, of_bytes, of_text, of_tree

Read = Callable[[], object]
"""Reads one input, as the workflow or a command would."""
Make = Callable[[random.Random], Read]
"""Makes one input in the folder it was given."""

RATE = 44_100
CONFIGURATIONS = sorted(Path("config").glob("*.yaml"))
INSTRUMENTS = sorted(FILES.glob("*.yaml"))


def configurations(folder: Path) -> Make:
    """Configurations, as text and as what Snakemake hands over."""
    file = folder / "mine.yaml"
    texts = [path.read_bytes() for path in CONFIGURATIONS]
    trees = [yaml.safe_load(text) for text in texts]

    def make(rng: random.Random) -> Read:
        if rng.random() < 0.8:
            tree = of_tree(rng.choice(trees), rng)
            return lambda: _plan(load(tree, "config"))
        file.write_bytes(_special(rng) or of_text(rng.choice(texts), rng))
        return lambda: _plan(read_configuration(file))

    return make


def _plan(config: Config) -> None:
    """Do what the Snakefile does before anything runs."""
    for data_set in config.data_sets:
        load_instrument(config.instrument_of(data_set.name), data_set.fixed)
    expected_manifests(config)
    final_targets(config)
    if config.report is not None:
        report_inputs(config)


def instruments(folder: Path) -> Make:
    """Instrument files, as text and as what YAML makes of them."""
    file = folder / "mine.yaml"
    texts = [path.read_bytes() for path in INSTRUMENTS]
    trees = [yaml.safe_load(text) for text in texts]

    def make(rng: random.Random) -> Read:
        if rng.random() < 0.7:
            tree = of_tree(rng.choice(trees), rng)
            return lambda: _play(validated(Instrument, tree, "mine.yaml"))
        file.write_bytes(_special(rng) or of_text(rng.choice(texts), rng))
        return lambda: _play(load_instrument(file))

    return make


def _play(instrument: Instrument) -> None:
    patch = instrument.sample(np.random.default_rng(0))
    instrument.controllers(instrument.resting(patch))
    labels = instrument.encode(instrument.equivalents(patch[np.newaxis])[0])
    assert instrument.decode(labels).shape == (1, len(instrument.names))


def presets(folder: Path) -> Make:
    """Preset files, of every synth that has a format of its own."""
    instruments = {name: load_instrument(name) for name in FORMATS}
    contents = {}
    for name, instrument in instruments.items():
        file = folder / f"mine{FORMATS[name].suffixes[0]}"
        patch = instrument.sample(np.random.default_rng(0))
        format_of(name).write_presets(file, [to_preset(instrument, patch, "mine")])
        contents[name] = (file, file.read_bytes())

    def make(rng: random.Random) -> Read:
        name = rng.choice(sorted(contents))
        file, content = contents[name]
        change = of_bytes if name == "dx7" or rng.random() < 0.3 else of_text
        file.write_bytes(_special(rng) or change(content, rng))
        return lambda: [to_patch(instruments[name], preset) for preset in read_bank(file, name)]

    return make


def sounds(folder: Path) -> Make:
    """Sound files: WAV of several kinds, and FLAC."""
    rng = np.random.default_rng(0)
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2_000) / RATE) + rng.normal(0, 1e-3, 2_000)
    stereo = np.stack([tone, -0.5 * tone], axis=1)
    seeds = [
        (".wav", _sound_file(stereo, "WAV", "PCM_16")),
        (".wav", _sound_file(tone, "WAV", "FLOAT")),
        (".wav", _sound_file(tone, "WAVEX", "PCM_24")),
        (".wav", _sound_file(tone, "RF64", "PCM_U8")),
        (".flac", _sound_file(stereo, "FLAC", "PCM_16")),
        (".flac", _sound_file(tone, "FLAC", "PCM_24")),
    ]

    def make(rng: random.Random) -> Read:
        suffix, content = rng.choice(seeds)
        file = folder / f"mine{suffix}"
        # Most of what can go wrong stands at the start.
        head = rng.choice((60, 60, len(content)))
        file.write_bytes(of_bytes(content[:head], rng) + content[head:])
        return lambda: _check_sound(read_sound(file, RATE))

    return make


def _sound_file(audio: Any, container: str, subtype: str) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, audio, RATE, format=container, subtype=subtype)
    content = bytearray(stream.getvalue())
    # Files of floating-point numbers say when they were written, and inputs must be the same again.
    if (peak := content.find(b"PEAK")) >= 0:
        content[peak + 12 : peak + 16] = bytes(4)
    return bytes(content)


def _check_sound(sound: Sound) -> None:
    assert 0 < len(sound.audio) <= KEPT_SECONDS * RATE
    assert np.isfinite(sound.audio).all()


def manifests(folder: Path) -> Make:
    """Manifests, resealed or not, and JSON that never was one."""
    manifest = folder / "notes.json"
    (folder / "notes.bin").write_bytes(bytes(1_000))
    write_manifest(manifest, {"notes": 3, "seed": [1.5, "±"]}, {"audio": folder / "notes.bin"})
    content, tree = manifest.read_bytes(), read_manifest(manifest)

    def read() -> None:
        verified(manifest, read_manifest(manifest), "audio")

    def make(rng: random.Random) -> Read:
        if rng.random() < 0.5:
            _reseal(manifest, of_tree(tree, rng))
            return read
        manifest.write_bytes(_special(rng) or of_text(content, rng))
        changed = manifest.read_bytes() != content
        return lambda: _refused(read) if changed else read()

    return make


def shards(folder: Path) -> Make:
    """Shards, resealed or not."""
    rng = np.random.default_rng(0)
    names = ("cutoff", "resonance")
    files = ShardFiles(folder / "a.flac", folder / "a.csv", folder / "a.json")
    audio = rng.uniform(-1, 1, (3, 1_000)).astype(np.float32)
    patches = rng.integers(0, 128, (3, 2)).astype(np.uint8)
    write_shard(files, names, patches, audio, RATE, {"data_set": "test", "shard": 0})

    def read() -> None:
        shard = read_shard(files.manifest)
        assert len(shard.audio) == len(shard.patches)
        assert shard.patches.shape[1] == len(shard.names)
        assert shard.sample_rate > 0

    return _sealed(files.manifest, {"audio": files.audio, "labels": files.labels}, read)


def stores(folder: Path) -> Make:
    """Spectrogram stores, resealed or not; their members, too."""
    rng = np.random.default_rng(0)
    store, manifest = folder / "a.zarr.zip", folder / "a.json"
    images = rng.random((3, 8, 6), dtype=np.float32)
    patches = rng.integers(0, 128, (3, 2)).astype(np.uint8)
    write_store(store, manifest, images, (3, 8, 6), patches, ("cutoff", "resonance"), {})

    def read() -> None:
        data = SpectrogramData([manifest])
        assert data.images(range(len(data))).shape == (len(data), *data.shape)

    return _sealed(manifest, {"store": store}, read, {"store": _in_zip})


def _in_zip(content: bytes, rng: random.Random) -> bytes:
    """Change one member of a zip file, or put in one that is not meant."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    if rng.random() < 0.05:
        members = _old_store()
    elif name.endswith(".json"):
        tree = of_tree(json.loads(members[name]), rng)
        members[name] = json.dumps(tree).encode(errors="replace")
    else:
        members[name] = of_bytes(members[name], rng)
    if rng.random() < 0.05:
        members[rng.choice(("../outside", "/outside", "patches/c/../../x"))] = b"x"
    if rng.random() < 0.05:
        del members[rng.choice(sorted(members))]
    stream = io.BytesIO()
    with zipfile.ZipFile(
        stream, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as new:
        for member, data in members.items():
            new.writestr(member, data)
    return stream.getvalue()


class _Executed:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("executed by a store",))


def _old_store() -> dict[str, bytes]:
    """A store in zarr's old format, whose codecs may unpickle."""
    array = {
        "zarr_format": 2,
        "shape": [1],
        "chunks": [1],
        "dtype": "|O",
        "compressor": None,
        "fill_value": None,
        "order": "C",
        "filters": [{"id": "pickle", "protocol": 5}],
    }
    members = {".zgroup": b'{"zarr_format": 2}'}
    for name in ("spectrogram", "patches"):
        members[f"{name}/.zarray"] = json.dumps(array).encode()
        members[f"{name}/0"] = pickle.dumps([_Executed(), [1], "|O"])
    return members


def predictions(folder: Path) -> Make:
    """Tables of predictions, resealed or not."""
    names = ("cutoff", "resonance")
    table = folder / "labels.csv"
    write_predictions(table, names, np.random.default_rng(0).random((3, 2), dtype=np.float32))

    def read() -> None:
        labels = read_predictions(table, names, 3)
        assert labels.shape == (3, 2)
        assert (labels >= 0).all()
        assert (labels <= 1).all()

    return _sealed(table.with_suffix(".json"), {"content": table}, read)


def networks(folder: Path) -> Make:
    """The thesis's networks, resealed or not."""
    names = ("cutoff", "resonance")
    instrument = _toy(names)
    images = np.random.default_rng(0).random((2, 12, 12), dtype=np.float32)
    write_store(
        folder / "a.zarr.zip",
        folder / "a.json",
        images,
        (2, 12, 12),
        np.zeros((2, 2), np.uint8),
        names,
        {},
    )
    data = SpectrogramData([folder / "a.json"])
    small = NetworkConfig(convolutions=1, kernels=2, hidden_layers=1, hidden_units=3)
    weights, manifest = folder / "w.safetensors", folder / "m.json"
    torch.manual_seed(0)
    model = build_network(small, data.shape, len(names))
    save_network(weights, manifest, model, small, TrainingConfig(), data, {"epochs": 1})

    def read() -> None:
        network, loss = load_network(manifest, data, instrument)
        labels = loss.labels(predict(network, data))
        assert labels.shape == (2, 2)

    return _sealed(manifest, {"weights": weights}, read, {"weights": _in_weights})


def solvers(folder: Path) -> Make:
    """Solvers, resealed or not."""
    instrument = _toy(("cutoff", "resonance"))
    solver = SolverConfig(
        window=512,
        hop=256,
        bands=16,
        long_window=1024,
        long_bands=64,
        channels=(4,),
        hidden_units=8,
    )
    playing = PlayingConfig(
        engine=BuiltInConfig(), audio=AudioConfig(samples=3_000, sample_rate=22_050)
    )
    torch.manual_seed(0)
    network = SolverNetwork(
        solver, class_counts(instrument), instrument.continuous.tolist(), 3_000, 22_050
    )
    onnx, manifest = folder / "model.onnx", folder / "model.json"
    save_solver(onnx, manifest, network, solver, instrument, playing, {"seed": 1})

    def read() -> None:
        load_solver(manifest)

    return _sealed(manifest, {"network": onnx}, read, {"network": _in_protobuf})


def _in_protobuf(content: bytes, rng: random.Random) -> bytes:
    """Change the graph of an ONNX file: names, numbers and references between its nodes."""
    model = ModelProto.FromString(content)
    graph = model.graph
    node, constant = rng.choice(graph.node), rng.choice(graph.initializer)
    changes: list[Callable[[], object]] = [
        lambda: setattr(node, "op_type", rng.choice(graph.node).op_type),
        lambda: setattr(node, "domain", rng.choice(("com.microsoft", "elsewhere"))),
        lambda: node.input.append(rng.choice(graph.node).output[0]),
        lambda: node.output.append(rng.choice(graph.node).output[0]),
        lambda: node.ClearField("attribute"),
        lambda: graph.node.remove(node),
        lambda: constant.dims.append(rng.choice((0, 1, 2**40, -1))),
        lambda: setattr(constant, "data_type", rng.randrange(30)),
        lambda: constant.external_data.add(key="location", value=rng.choice(TEXTS)),
        lambda: setattr(constant, "data_location", 1),
        lambda: setattr(constant, "raw_data", of_bytes(constant.raw_data, rng)),
        lambda: setattr(rng.choice(graph.input), "name", rng.choice(graph.input).name),
    ]
    for _ in range(rng.randint(1, 3)):
        # Some of the texts are not valid in a protobuf.
        with contextlib.suppress(ValueError):
            rng.choice(changes)()
    changed: bytes = model.SerializeToString()
    return changed


def _in_weights(content: bytes, rng: random.Random) -> bytes:
    """Change the header of safetensors, or put another format in their place."""
    (length,) = struct.unpack("<Q", content[:8])
    if rng.random() < 0.05:
        stream = io.BytesIO()
        torch.save({"0.weight": torch.zeros(1), "executed": _Executed()}, stream)
        return rng.choice((stream.getvalue(), pickle.dumps(_Executed())))
    header = of_tree(json.loads(content[8 : 8 + length]), rng)
    text = json.dumps(header).encode(errors="replace")
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


def names(folder: Path) -> Make:
    """Names of sounds, knobs and instruments: in paths and in a page."""
    sounds, out = folder / "sounds", folder / "out"
    audio = np.sin(2 * np.pi * 440 * np.arange(2_000) / RATE).astype(np.float32)
    plain = _tags(_page("plain", _toy(("cutoff",)), "plain", audio))

    def make(rng: random.Random) -> Read:
        shutil.rmtree(sounds, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        sounds.mkdir()
        text = "".join(rng.choice((*TEXTS, "a", " ", "/", "'", '"', "&", "ü")) for _ in range(4))
        name = text.encode(errors="replace").decode().replace("\0", "").replace("/", "∕")[:60]
        (sounds / f"x{name}.wav").touch()
        instrument = _toy(("cutoff",)).model_copy(update={"name": text, "description": text})

        def read() -> None:
            for found in sounds_in(str(sounds)):
                assert "/" not in found
                assert found not in ("", ".", "..")
                assert paths.MATCH_PAGE.format(sound=found).count("/") == 2
            assert _tags(_page(text, instrument, text, audio)) == plain

        return read

    return make


def _page(name: str, instrument: Instrument, group: str, audio: Any) -> str:
    knob = Knob(Parameter(name="cutoff", group=group, cc=20), 64, 0.5, (60, 68))
    match = Match(
        name=name,
        sound=Sound(audio, RATE),
        pitch=estimate_pitch(audio, RATE),
        instrument=instrument,
        key=60,
        key_assumed=True,
        velocity=100,
        channel=1,
        patch=np.array([64], np.uint8),
        knobs=(knob,),
        mss=1.0,
        compared=1.0,
        held=1.0,
        played=audio,
        spent=Spent(1, 0),
        solver="0" * 64,
        plug_in=False,
    )
    return fill("match.html.j2", page([match, match]))


def _tags(html: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            found.append((tag, [name for name, _ in attributes]))

    Tags().feed(html)
    return found


def _toy(names: tuple[str, ...]) -> Instrument:
    knobs = [{"name": name, "group": "g", "cc": 20 + i} for i, name in enumerate(names)]
    return validated(Instrument, {"name": "toy", "parameters": knobs}, "toy")


def _special(rng: random.Random) -> bytes | None:
    """Now and then, a whole file that is none."""
    if rng.random() > 0.05:
        return None
    specials = (
        BOMB.encode(),
        b"",
        b"null\n",
        b"- a\n",
        b"&a [*a]\n",
        b"&a {a: *a}\n",
        b"[" * 100_000,
        json.dumps(deep(400)).encode(),
        "a: b\n".encode("utf-16"),
        rng.randbytes(1_000),
        b"? " * 1_000,
    )
    return rng.choice(specials)


def _sealed(
    manifest: Path,
    files: dict[str, Path],
    read: Read,
    inside: dict[str, Callable[[bytes, random.Random], bytes]] | None = None,
) -> Make:
    """Damage a manifest or one of its files, which must be refused; or reseal what is changed."""
    contents = {path: path.read_bytes() for path in (manifest, *files.values())}
    fields = {k: v for k, v in read_manifest(manifest).items() if k != "files"}

    def make(rng: random.Random) -> Read:
        for path, content in contents.items():
            if path.read_bytes() != content:
                path.write_bytes(content)
        path = rng.choice(sorted(contents))
        if rng.random() < 0.3:
            path.write_bytes(of_bytes(contents[path], rng))
            return lambda: _refused(read) if path.read_bytes() != contents[path] else read()
        if path == manifest:
            _reseal(manifest, of_tree(read_manifest(manifest), rng))
            return read
        role = next(role for role, file in files.items() if file == path)
        change = of_bytes if rng.random() < 0.5 else (inside or {}).get(role, of_text)
        path.write_bytes(change(contents[path], rng))
        write_manifest(manifest, fields, files)
        return read

    return make


def _reseal(manifest: Path, tree: Any) -> None:
    """Write a manifest whose own digest is right, whatever it says."""
    content = {k: v for k, v in json.loads(json.dumps(tree)).items() if k != "manifest_sha256"}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    text = json.dumps({**content, "manifest_sha256": digest}, indent=1, ensure_ascii=False) + "\n"
    manifest.write_bytes(text.encode(errors="surrogatepass"))


def _refused(read: Read) -> None:
    """Read what differs from what its digest was taken of: that must not be accepted."""
    read()
    raise AssertionError("a changed file was accepted")


KINDS: dict[str, Callable[[Path], Make]] = {
    "config": configurations,
    "instrument": instruments,
    "preset": presets,
    "sound": sounds,
    "manifest": manifests,
    "shard": shards,
    "store": stores,
    "prediction": predictions,
    "network": networks,
    "solver": solvers,
    "name": names,
}
