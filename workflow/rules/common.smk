# What the rule files share: paths below the results folder, the digest of a rule's code, and the
# lists of files that a data set or a grid consists of.

from pathlib import Path

from synthinv import baselines, instrument, provenance, search


def result(pattern, **wildcards):
    """Place a path pattern below the results folder and fill in the wildcards given."""
    path = f"{CONFIG.results}/{pattern}"
    return expand(path, **wildcards)[0] if wildcards else path


def code(script, *modules):
    """Digest a rule's script, its imports, and modules that it imports by choice."""
    return provenance.code_digest(Path(workflow.basedir) / "workflow" / "scripts" / script, *modules)


def settings(section):
    """Pass a section of the configuration to a rule, in an order that never changes."""
    return section.model_dump(mode="json")


def stores(data_set, view):
    """List the spectrogram stores of a data set and their manifests."""
    shards = CONFIG.data_set(data_set).shards
    return [
        result(pattern, view=view, data_set=data_set, shard=shard)
        for pattern in (paths.STORE_MANIFEST, paths.STORE)
        for shard in shards
    ]


def winner_of(name):
    """List the file of a search's winner, or nothing where there is no search."""
    return [] if name is None else [result(paths.WINNER, search=name)]


def manifests(files):
    """Keep the manifests of a list of files."""
    return [f for f in files if f.endswith(".json")]
