# Needs: spectrogram/. Gives: search/{search}/{cell}/{repeat}.json, search/{search}/winner.json.

CELLS = {s.name: search.cells(s) for s in CONFIG.searches}


def searched(name, pattern):
    """List one file for each spectrogram store that a search trains on."""
    return shards(pattern, CONFIG.search(name).data_set, view=CONFIG.search(name).view)


def trainings(name):
    """List the results of every cell and repeat of a search."""
    return [
        result(paths.CELL, search=name, cell=cell, repeat=repeat)
        for cell in CELLS[name]
        for repeat in range(CONFIG.search(name).repeats)
    ]


rule search_cell:
    """Train one cell of a grid once. Wildcards: search, cell, repeat."""
    input:
        manifests=lambda w: searched(w.search, paths.STORE_MANIFEST),
        stores=lambda w: searched(w.search, paths.STORE),
        winner=lambda w: winner_of(CONFIG.search(w.search).start_from),
    output:
        result(paths.CELL),
    log:
        result("logs/search/{search}/{cell}/{repeat}.log"),
    benchmark:
        result("benchmarks/search/{search}/{cell}/{repeat}.tsv")
    threads: CONFIG.training.threads
    params:
        code=code("search_cell.py"),
        epochs=lambda w: CONFIG.search(w.search).epochs,
        network=settings(CONFIG.network),
        seed=CONFIG.seed,
        settings=lambda w: CELLS[w.search][w.cell],
        training=settings(CONFIG.training),
    script:
        "../scripts/search_cell.py"


rule search_winner:
    """Average the repeats of every cell and choose the best. Wildcards: search."""
    input:
        cells=lambda w: trainings(w.search),
        winner=lambda w: winner_of(CONFIG.search(w.search).start_from),
    output:
        result(paths.WINNER),
    log:
        result("logs/search/{search}/winner.log"),
    benchmark:
        result("benchmarks/search/{search}/winner.tsv")
    params:
        code=code("search_winner.py"),
        search=lambda w: settings(CONFIG.search(w.search)),
    script:
        "../scripts/search_winner.py"
