"""What Snakemake needs: paths, targets, jobs and code digests.

A configuration comes in; the files of each rule, the digests that decide what is run again, and
the frame in which every script runs go out.
"""
