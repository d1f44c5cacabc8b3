"""Which operation of an artifact is the first to leave the model.

The file is run once and its tensors are kept. Then PyTorch runs the deploy graph, and at every place that has a tensor
in the file (artifact.json's ``taps``) two things happen: PyTorch's result is compared with the file's tensor, and the
file's tensor goes on in its place. So the two are always given the same inputs, and what differs is the operation's own
error. Nothing is inherited from the layers before, so that the limit is one operation's rounding at any depth, no
healthy layer behind a bad one is accused, and several bad ones are all found.

Of the untouched model a second, undisturbed pass gives the error that has gathered since the inputs; that is shown and
decides nothing. A file with float16 weights is compared with a graph whose weights were rounded likewise, and runs
first in float32, where a wrong number stands out from the rounding; only then as a device's float16 would, where an
overflow shows.

case.py       an artifact with all that it is compared with, or a refusal
sample.py     the input that everything runs on
graphs.py     the deploy graph that a file was made from
rewrites.py   that graph against the untouched network
looks.py      the runtimes and precisions to look at the file in
recording.py  the file's tensors, by place
replay.py     each operation's own error
totals.py     the error since the inputs
search.py     one look
run.py        all of them, and the answer
"""

from mobileswap.pipeline.bisect.answer import bisect
from mobileswap.pipeline.bisect.case import BisectOptions

__all__ = ["BisectOptions", "bisect"]
