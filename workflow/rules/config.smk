# Needs: nothing. Gives: config.yaml.


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
