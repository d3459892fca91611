# Needs: everything before. Gives: config.yaml, report.html.


rule write_config:
    """Keep the configuration, merged and with its defaults, beside the results."""
    output:
        targets.result(paths.CONFIG),
        manifest=targets.manifest(paths.CONFIG),
    log:
        targets.result("logs/config.log"),
    benchmark:
        targets.result("benchmarks/config.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("write_config.py"),
        config=CONFIG.model_dump(mode="json"),
    script:
        "../scripts/write_config.py"


rule write_report:
    """Write the HTML report."""
    input:
        report_inputs(CONFIG),
        config=targets.result(paths.CONFIG),
        captions=[
            file.as_posix() for file in sorted(Path("workflow/report").glob("*.rst"))
        ],
        instrument=CONFIG.instrument_of(),
    output:
        report(
            targets.result(paths.REPORT),
            caption="../report/report.rst",
            category="Report",
            labels={"shows": "the whole report"},
        ),
    log:
        targets.result("logs/report.log"),
    benchmark:
        targets.result("benchmarks/report.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("write_report.py"),
        template=files.sha256_of(
            provenance.PACKAGE / "pages" / "templates" / "report.html.j2"
        ),
    script:
        "../scripts/write_report.py"
