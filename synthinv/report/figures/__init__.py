"""Figures of the report, one module per family: tables and notes in, Matplotlib figures out.

A rule imports its family alone, so that editing one redraws that family and the page.
"""
