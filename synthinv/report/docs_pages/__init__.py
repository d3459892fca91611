"""Generated pages of the documentation: results in, Markdown and figures out.

Each module is run by a target of the Makefile.
"""
