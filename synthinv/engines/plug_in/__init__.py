"""A VST or Audio Unit plug-in, hosted by DawDreamer and rendered offline.

Steps come in and are set as the plug-in's parameters; its notes go out.
"""
