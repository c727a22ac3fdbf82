"""Swift 2: the tracker on a pretrained backbone.

`trunk` and `model` are the network, `material` and `clips` the data, `prompts` and `unroll` what is
asked of it, `warm` the weights that it begins with, `train`, `validate`, `checkpoint` and `export`
the programs. Data's split, masks and losses of the first Swift (`data.py`, `unroll.py`) are used on.
"""
