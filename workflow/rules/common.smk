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
    return provenance.code_digest(
        Path(workflow.basedir) / "workflow" / "scripts" / script, *modules
    )


def settings(section):
    """Pass a section of the configuration to a rule, in an order that never changes."""
    return section.model_dump(mode="json")


def shards(pattern, data_set, **wildcards):
    """List one file for each shard of a data set."""
    names = CONFIG.data_set(data_set).shards
    return [
        result(pattern, data_set=data_set, shard=shard, **wildcards) for shard in names
    ]


def winner_of(name):
    """List the file of a search's winner, or nothing where there is no search."""
    return [] if name is None else [result(paths.WINNER, search=name)]
