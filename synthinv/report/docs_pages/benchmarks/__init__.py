"""The pages of docs/benchmarks, from the results of `make wild` and `make human`."""
