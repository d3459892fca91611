# Needs: spectrogram/. Gives: search/{search}/{cell}/{repeat}.json, search/{search}/winner.json.


rule search_cell:
    """Train one cell of a grid once. Wildcards: search, cell, repeat."""
    input:
        instrument=lambda w: CONFIG.instrument_of(CONFIG.search(w.search).data_set),
        manifests=lambda w: targets.searched(paths.STORE_MANIFEST, w.search),
        stores=lambda w: targets.searched(paths.STORE, w.search),
        winner=lambda w: targets.winner(CONFIG.search(w.search).start_from),
    output:
        targets.result(paths.CELL),
    log:
        targets.result("logs/search/{search}/{cell}/{repeat}.log"),
    benchmark:
        targets.result("benchmarks/search/{search}/{cell}/{repeat}.tsv")
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.training.threads
    params:
        code=code("search_cell.py"),
        epochs=lambda w: CONFIG.search(w.search).epochs,
        fixed=lambda w: CONFIG.data_set(CONFIG.search(w.search).data_set).fixed,
        network=CONFIG.network.as_params(),
        seed=CONFIG.seed,
        settings=lambda w: targets.cells[w.search][w.cell],
        training=CONFIG.training.as_params(),
    script:
        "../scripts/search_cell.py"


rule search_winner:
    """Average the repeats of every cell and choose the best. Wildcards: search."""
    input:
        cells=lambda w: targets.trainings(w.search),
        winner=lambda w: targets.winner(CONFIG.search(w.search).start_from),
    output:
        targets.result(paths.WINNER),
    log:
        targets.result("logs/search/{search}/winner.log"),
    benchmark:
        targets.result("benchmarks/search/{search}/winner.tsv")
    # Half a second between two waves of trainings: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("search_winner.py"),
        search=lambda w: CONFIG.search(w.search).as_params(),
    script:
        "../scripts/search_winner.py"
