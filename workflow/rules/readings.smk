# Needs: capture/, spectrogram/.
# Gives: readings/{reading}/{repeat}.json; readings/readings.csv; readings/agreement.csv.


rule train_reading:
    """Train every network of one reading of the thesis with one seed, and play its predictions. Wildcards: reading, repeat."""
    input:
        instrument=lambda w: CONFIG.instrument_of(CONFIG.readings.final.test),
        manifests=lambda w: inputs.reading_stores(paths.STORE_MANIFEST, w.reading),
        state=STATE,
        stores=lambda w: inputs.reading_stores(paths.STORE, w.reading),
        truth=lambda w: targets.shards(paths.SHARD_MANIFEST, CONFIG.readings.final.test),
        truth_notes=lambda w: targets.shards(
            paths.SHARD_AUDIO, CONFIG.readings.final.test
        ),
        truth_patches=lambda w: targets.shards(
            paths.SHARD_LABELS, CONFIG.readings.final.test
        ),
    output:
        targets.result(paths.READING),
    log:
        targets.result("logs/readings/{reading}/{repeat}.log"),
    benchmark:
        targets.result("benchmarks/readings/{reading}/{repeat}.tsv")
    conda:
        "../envs/synthinv.yaml"
    threads: CONFIG.training.threads
    resources:
        jack=JACK,
        synth=SYNTH,
    params:
        code=code("train_reading.py", ENGINE_MODULE),
        fixed=lambda w: {
            name: CONFIG.data_set(name).fixed
            for name in reading_data_sets(CONFIG.readings)
        },
        network=CONFIG.network.model_dump(mode="json"),
        playing=playing_params(CONFIG.playing),
        seed=CONFIG.seed,
        test=lambda w: CONFIG.readings.final.test,
        training=CONFIG.training.model_dump(mode="json"),
        trainings=lambda w: [
            training._asdict()
            for training in reading_trainings(
                CONFIG.readings, plan.reading(CONFIG, w.reading)
            )
        ],
    script:
        "../scripts/train_reading.py"


rule compare_readings:
    """Compare all readings of the thesis with what it published."""
    input:
        inputs.readings(),
    output:
        targets.result(paths.READINGS),
        targets.result(paths.AGREEMENT),
        manifests=[
            targets.manifest(pattern) for pattern in (paths.READINGS, paths.AGREEMENT)
        ],
    log:
        targets.result("logs/readings/compare.log"),
    benchmark:
        targets.result("benchmarks/readings/compare.tsv")
    conda:
        "../envs/synthinv.yaml"
    params:
        code=code("compare_readings.py"),
        titles={reading.name: reading.title for reading in plan.readings(CONFIG)},
    script:
        "../scripts/compare_readings.py"
