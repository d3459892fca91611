"""The HTML report, its figures, and the pages of the documentation made from results.

Tables, sounds and findings of a finished workflow come in; pages and figures go out.
"""
