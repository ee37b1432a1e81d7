"""
Can a search find causes where relations are no lines?
======================================================

PC is a search for causal graphs that asks many questions of conditional independence.
causal-learn takes lcodec's test for them by its name. The data of this page are made, so that the
truth is known: 500 rows of a collider, a chain and a nonlinear fork.
"""

import networkx as nx
import numpy as np
from causallearn.search.ConstraintBased.PC import pc
from matplotlib import pyplot

import lcodec.adapters.causal_learn  # noqa: F401 registers the test "codec"

rng = np.random.default_rng(0)
a, b, c, d, e, f, g, h, i = rng.normal(size=(9, 500))
c = a**2 + b**2 + 0.3 * c  # a collider: a → c ← b
e = d + 0.4 * e  # a chain: d → e → f
f = np.sin(2 * e) + 0.4 * f
h = g**2 + 0.4 * h  # a fork: h ← g → i
i = np.cos(2 * g) + 0.4 * i
data = np.column_stack((a, b, c, d, e, f, g, h, i))


def edges(test, **options):
    """Return the edges that PC finds, each as its two ends; those without a direction both ways."""
    marks = pc(data, 0.05, test, show_progress=False, max_k=2, **options).G.graph
    return {
        ("abcdefghi"[i], "abcdefghi"[j])
        for i, j in np.argwhere(marks)
        if marks[j, i] == 1 or marks[i, j] == marks[j, i]
    }


graphs = {
    "what can be known": {
        ("a", "c"), ("b", "c"), ("d", "e"), ("e", "d"), ("e", "f"), ("f", "e"), ("g", "h"),
        ("h", "g"), ("g", "i"), ("i", "g"),
    },
    "found with codec": edges("codec", n_neighbors=5),
    "found with Fisher's z": edges("fisherz"),
}  # fmt: skip
for name, found in graphs.items():
    print(f"{name}:", *sorted(i + j for i, j in found))

# %%
# The data cannot tell in which direction a chain or a fork points, only a collider: those edges
# have no arrowheads. With lcodec's test the graph is the true one. Fisher's z asks for lines: it
# does not see the collider, and makes another of the fork. :doc:`../../../causal` has more
# columns, other searches, errors and seconds.

figure, panels = pyplot.subplots(1, 3, figsize=(11, 4), layout="constrained")
place = {
    "a": (0, 2), "b": (2, 2), "c": (1, 1.3), "d": (0, 0.5), "e": (1, 0.5), "f": (2, 0.5),
    "g": (1, -0.3), "h": (0, -1), "i": (2, -1),
}  # fmt: skip
for axes, (name, found) in zip(panels, graphs.items(), strict=True):
    drawn = nx.DiGraph(found)
    drawn.add_nodes_from(place)
    one_way = [(i, j) for i, j in found if (j, i) not in found]
    both_ways = [(i, j) for i, j in found if (j, i) in found and i < j]
    nx.draw_networkx_nodes(drawn, place, ax=axes, node_color="#cfe2f7", node_size=500)
    nx.draw_networkx_labels(drawn, place, ax=axes)
    nx.draw_networkx_edges(drawn, place, one_way, ax=axes, node_size=500, arrowsize=18)
    nx.draw_networkx_edges(drawn, place, both_ways, ax=axes, node_size=500, arrowstyle="-")
    axes.set(title=name, xlim=(-0.5, 2.5), ylim=(-1.5, 2.5))
    axes.set_axis_off()

# sphinx_gallery_start_ignore
assert graphs["found with codec"] == graphs["what can be known"]
by_lines = graphs["found with Fisher's z"]
assert not any("c" in edge for edge in by_lines)
assert ("i", "h") in by_lines
assert ("i", "g") not in by_lines
# sphinx_gallery_end_ignore
