"""The pages of docs/benchmarks that are written from the results of `make wild` and `make human`."""
