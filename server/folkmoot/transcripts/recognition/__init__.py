"""Speech recognition: sound in, words with times and confidence out.

`worker` runs in a process of its own and is the only module that loads a model;
the rest is pure or speaks with it.
"""
