"""Patches found by rendering and comparing.

A sound, an engine and a budget of renders come in; the patch with the least error goes out, with
the error after each render. Gauss-Newton refinement and the search for a match start from a
solver's predictions, black-box searches from nothing.
"""
