"""One shard of amsynth as a plug-in, and again in another process: the same bytes."""

from .conftest import Project

ENGINE = {
    "kind": "plug-in",
    "path": "/usr/lib/vst/amsynth_vst.so",
    "private_settings": True,
}
SHARD = [f"results/capture/test/00000.{suffix}" for suffix in ("flac", "csv", "json")]


def test_a_plug_in_is_captured_reproducibly(fresh: Project) -> None:
    fresh.configure("engine", ENGINE, configfile="live.yaml")
    captures = []
    for _ in range(2):
        status, output = fresh.snakemake(
            "--cores", "2", "--forceall", "--", *SHARD, configfile="live.yaml"
        )
        assert status == 0, output
        captures.append([(fresh.folder / file).read_bytes() for file in SHARD])
    assert captures[0] == captures[1]
