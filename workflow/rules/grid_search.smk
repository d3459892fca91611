# Needs: spectrogram/.
# Gives: grid_search/{grid_search}/{cell}/{repeat}.json; grid_search/{grid_search}/winner.json.


rule grid_search_cell:
    """Train one repeat of one cell of a grid search. Wildcards: grid_search, cell, repeat."""
    input:
        instrument=lambda w: CONFIG.instrument_of(
            CONFIG.grid_search(w.grid_search).data_set
        ),
        manifests=lambda w: inputs.grid_search_stores(
            paths.STORE_MANIFEST, w.grid_search
        ),
        stores=lambda w: inputs.grid_search_stores(paths.STORE, w.grid_search),
        winner=lambda w: inputs.winner(CONFIG.grid_search(w.grid_search).start_from),
    output:
        targets.result(paths.CELL),
    log:
        targets.result("logs/grid_search/{grid_search}/{cell}/{repeat}.log"),
    benchmark:
        targets.result("benchmarks/grid_search/{grid_search}/{cell}/{repeat}.tsv")
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.training.threads
    params:
        code=code("grid_search_cell.py"),
        epochs=lambda w: CONFIG.grid_search(w.grid_search).epochs,
        fixed=lambda w: CONFIG.data_set(
            CONFIG.grid_search(w.grid_search).data_set
        ).fixed,
        network=CONFIG.network.model_dump(mode="json"),
        seed=CONFIG.seed,
        settings=lambda w: cells(CONFIG.grid_search(w.grid_search))[w.cell],
        training=CONFIG.training.model_dump(mode="json"),
    script:
        "../scripts/grid_search_cell.py"


rule grid_search_winner:
    """Average the repeats of every cell and choose the best. Wildcards: grid_search."""
    input:
        cells=lambda w: inputs.grid_search_cells(w.grid_search),
        winner=lambda w: inputs.winner(CONFIG.grid_search(w.grid_search).start_from),
    output:
        targets.result(paths.WINNER),
    log:
        targets.result("logs/grid_search/{grid_search}/winner.log"),
    benchmark:
        targets.result("benchmarks/grid_search/{grid_search}/winner.tsv")
    # Half a second between two waves of trainings: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("grid_search_winner.py"),
        grid_search=lambda w: CONFIG.grid_search(w.grid_search).model_dump(mode="json"),
    script:
        "../scripts/grid_search_winner.py"
