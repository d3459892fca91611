# Needs: capture/, grid_search/, train/, predictions/, patch_searches.csv, ablation.csv.
# Gives: figures/*.svg.


if CONFIG.report.windows:

    rule windows_figure:
        """Draw one sound through windows of several lengths (Figure 11)."""
        input:
            audio=targets.result(
                paths.SHARD_AUDIO,
                data_set=CONFIG.report.windows.data_set,
                shard="00000",
            ),
            manifest=targets.result(
                paths.SHARD_MANIFEST,
                data_set=CONFIG.report.windows.data_set,
                shard="00000",
            ),
        output:
            report(
                targets.result(paths.WINDOWS_FIGURE),
                caption="../report/windows.rst",
                category="Spectrograms",
                labels={"figure": "11", "shows": "window lengths"},
            ),
        log:
            targets.result("logs/figures/windows.log"),
        benchmark:
            targets.result("benchmarks/figures/windows.tsv")
        conda:
            "../envs/synthinv.yaml"
        params:
            code=code("windows_figure.py"),
            windows=CONFIG.report.windows.model_dump(mode="json"),
        script:
            "../scripts/windows_figure.py"


rule grid_search_figure:
    """Draw the losses of a grid search (Figures 12 and 13). Wildcards: grid_search."""
    input:
        cells=lambda w: inputs.grid_search_cells(w.grid_search),
        scores=lambda w: inputs.grid_search_baseline_scores(w.grid_search),
        winner=targets.result(paths.WINNER),
    output:
        report(
            targets.result(paths.GRID_SEARCH_FIGURE),
            caption="../report/grid_search.rst",
            category="Grid search",
            labels={"figure": "12, 13", "shows": "{grid_search}"},
        ),
    log:
        targets.result("logs/figures/grid_search-{grid_search}.log"),
    benchmark:
        targets.result("benchmarks/figures/grid_search-{grid_search}.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        axes=lambda w: list(CONFIG.grid_search(w.grid_search).axes),
        code=code("grid_search_figure.py"),
    script:
        "../scripts/grid_search_figure.py"


if CONFIG.report.main:

    rule training_figure:
        """Draw the final trainings with and without L2 (Figure 14)."""
        input:
            histories=[
                targets.result(paths.HISTORY, predictor=e)
                for e in (CONFIG.report.unregularised, CONFIG.report.main)
            ],
            scores=inputs.baseline_line_scores(plan.main_test_set(CONFIG)),
        output:
            report(
                targets.result(paths.TRAINING_FIGURE),
                caption="../report/training.rst",
                category="Training",
                labels={"figure": "14", "shows": "losses and spread"},
            ),
        log:
            targets.result("logs/figures/training.log"),
        benchmark:
            targets.result("benchmarks/figures/training.tsv")
        conda:
            "../envs/synthinv.yaml"
        params:
            code=code("training_figure.py"),
            titles=["without L2", "with L2"],
        script:
            "../scripts/training_figure.py"


rule solver_figure:
    """Draw a solver's training. Wildcards: solver."""
    input:
        targets.result(paths.HISTORY, predictor="{solver}"),
    output:
        report(
            targets.result(paths.SOLVER_FIGURE),
            caption="../report/solver.rst",
            category="Training",
            labels={"figure": "solver", "shows": "{solver}"},
        ),
    log:
        targets.result("logs/figures/solver-{solver}.log"),
    benchmark:
        targets.result("benchmarks/figures/solver-{solver}.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        batch_size=lambda w: plan.solver_settings(CONFIG, w.solver).batch_size,
        code=code("solver_figure.py"),
    script:
        "../scripts/solver_figure.py"


rule patch_search_figure:
    """Draw error against number of renders."""
    input:
        targets.result(paths.PATCH_SEARCHES),
    output:
        report(
            targets.result(paths.PATCH_SEARCH_FIGURE),
            caption="../report/patch_search.rst",
            category="Test",
            labels={"figure": "patch search", "shows": "error against renders"},
        ),
    log:
        targets.result("logs/figures/patch_search.log"),
    benchmark:
        targets.result("benchmarks/figures/patch_search.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("patch_search_figure.py"),
    script:
        "../scripts/patch_search_figure.py"


rule prediction_figures:
    """Draw the best prediction, the errors and the knobs of a predictor (Figures 15 to 17). Wildcards: predictor."""
    input:
        prediction=lambda w: targets.prediction(paths.PREDICTION, w.predictor),
        instrument=lambda w: CONFIG.instrument_of(plan.test_set(CONFIG, w.predictor)),
        manifest=lambda w: targets.prediction(paths.PREDICTION_MANIFEST, w.predictor),
        notes=lambda w: targets.prediction(paths.PREDICTION_AUDIO, w.predictor),
        scores=lambda w: inputs.scores_beside_baselines(w.predictor),
        truth=lambda w: targets.shards(
            paths.SHARD_MANIFEST, plan.test_set(CONFIG, w.predictor)
        ),
        truth_notes=lambda w: targets.shards(
            paths.SHARD_AUDIO, plan.test_set(CONFIG, w.predictor)
        ),
    output:
        example=report(
            targets.result(paths.EXAMPLE_FIGURE),
            caption="../report/example.rst",
            category="Test",
            subcategory="{predictor}",
            labels={"figure": "15", "shows": "best prediction"},
        ),
        errors=report(
            targets.result(paths.ERRORS_FIGURE),
            caption="../report/errors.rst",
            category="Test",
            subcategory="{predictor}",
            labels={"figure": "16", "shows": "PSD errors"},
        ),
        knobs=report(
            targets.result(paths.KNOBS_FIGURE),
            caption="../report/knobs.rst",
            category="Test",
            subcategory="{predictor}",
            labels={"figure": "17", "shows": "labels and outputs"},
        ),
    log:
        targets.result("logs/figures/prediction-{predictor}.log"),
    benchmark:
        targets.result("benchmarks/figures/prediction-{predictor}.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        baselines=BASELINES,
        code=code("prediction_figures.py"),
        fixed=lambda w: CONFIG.data_set(plan.test_set(CONFIG, w.predictor)).fixed,
        spectrogram=lambda w: plan.example_spectrogram(CONFIG, w.predictor).model_dump(
            mode="json"
        ),
    script:
        "../scripts/prediction_figures.py"


rule ablation_figure:
    """Draw the errors of every step of the ablation."""
    input:
        targets.result(paths.ABLATION),
    output:
        report(
            targets.result(paths.ABLATION_FIGURE),
            caption="../report/ablation.rst",
            category="Ablation",
            labels={"figure": "ablation", "shows": "one change at a time"},
        ),
    log:
        targets.result("logs/figures/ablation.log"),
    benchmark:
        targets.result("benchmarks/figures/ablation.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("ablation_figure.py"),
    script:
        "../scripts/ablation_figure.py"


rule learning_curves_figure:
    """Draw error against the number of patches trained on."""
    input:
        targets.result(paths.ABLATION),
    output:
        report(
            targets.result(paths.CURVES_FIGURE),
            caption="../report/learning_curves.rst",
            category="Ablation",
            labels={"figure": "ablation", "shows": "learning curves"},
        ),
    log:
        targets.result("logs/figures/learning_curves.log"),
    benchmark:
        targets.result("benchmarks/figures/learning_curves.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("learning_curves_figure.py"),
    script:
        "../scripts/learning_curves_figure.py"
