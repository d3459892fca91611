# Needs: everything before. Gives: report.html.


rule write_report:
    """Write the HTML report."""
    input:
        report_inputs(CONFIG),
        config=targets.result(paths.CONFIG),
        captions=[
            file.as_posix() for file in sorted(Path("workflow/report").glob("*.rst"))
        ],
        instrument=CONFIG.instrument_of(plan.main_test_set(CONFIG)),
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
