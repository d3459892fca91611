# Needs: spectrogram/. Gives: search/{search}/{cell}/{repeat}.json, search/{search}/winner.json.

CELLS = {s.name: search.cells(s) for s in CONFIG.searches}


rule search_cell:
    """Train one cell of a grid once. Wildcards: search, cell, repeat."""
    input:
        stores=lambda w: stores(
            CONFIG.search(w.search).data_set, CONFIG.search(w.search).view
        ),
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
        cells=lambda w: [
            result(paths.CELL, search=w.search, cell=cell, repeat=repeat)
            for cell in CELLS[w.search]
            for repeat in range(CONFIG.search(w.search).repeats)
        ],
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
