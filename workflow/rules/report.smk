# Needs: everything before. Gives: config.yaml, report.html.


def results_shown():
    """List every file that the report reads; it finds them by their path patterns."""
    files = [paths.METRICS, paths.WINDOWS_FIGURE, paths.TRAINING_FIGURE]
    files = [result(pattern) for pattern in files]
    for name in CONFIG.data_sets_used:
        files += shards(paths.SHARD_MANIFEST, name)
    for name in TEST_SETS:
        files += [result(paths.SCORES, data_set=name)]
        files += shards(paths.SHARD_AUDIO, name) + shards(paths.SHARD_LABELS, name)
    for s in CONFIG.searches:
        files += [result(paths.WINNER, search=s.name)] + trainings(s.name)
        files += [result(paths.SEARCH_FIGURE, search=s.name)]
    for e in CONFIG.experiments:
        patterns = (
            paths.HISTORY,
            paths.EXAMPLE_FIGURE,
            paths.ERRORS_FIGURE,
            paths.KNOBS_FIGURE,
        )
        files += [result(pattern, experiment=e.name) for pattern in patterns]
        files += [answer_of(e.name, paths.ANSWER)]
    for pattern in (paths.ANSWER_MANIFEST, paths.ANSWER_AUDIO, paths.ANSWER_LABELS):
        files += [answer_of(CONFIG.report.main, pattern)]
    return files


rule write_config:
    """Keep the configuration, merged and with its defaults, beside the results."""
    output:
        result(paths.CONFIG),
    log:
        result("logs/config.log"),
    benchmark:
        result("benchmarks/config.tsv")
    params:
        code=code("write_config.py"),
        config=settings(CONFIG),
    script:
        "../scripts/write_config.py"


rule write_report:
    """Write the HTML report."""
    input:
        results_shown(),
        config=result(paths.CONFIG),
        captions=[
            workflow.source_path(f"../report/{name}.rst")
            for name in ("windows", "search", "training", "example", "errors", "knobs")
        ],
        instrument=CONFIG.instrument,
    output:
        report(
            result(paths.REPORT),
            caption="../report/report.rst",
            category="Report",
            labels={"shows": "the whole report"},
        ),
    log:
        result("logs/report.log"),
    benchmark:
        result("benchmarks/report.tsv")
    params:
        code=code("write_report.py"),
    script:
        "../scripts/write_report.py"
