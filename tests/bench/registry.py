"""The benchmarks, in the order in which they run."""

from tests.bench import lists, painting, pickers, sync
from tests.bench.figures import Bench

BENCHES = (
    Bench(name="pickers", run=pickers.figures),
    Bench(name="sync", run=sync.figures),
    Bench(name="lists", run=lists.figures),
    Bench(name="painting", run=painting.figures, databases=("sqlite",)),
)
