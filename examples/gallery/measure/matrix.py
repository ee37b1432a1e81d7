"""
Which columns of a table go together?
=====================================

Ten measurements of 569 tumours: which of them tell the same, and which tell something of their
own? :func:`lcodec.codec_matrix` has the coefficient of each pair, in both directions.
"""

from sklearn.datasets import load_breast_cancer

import lcodec

X = load_breast_cancer(as_frame=True).data.filter(regex="^mean ")
X.columns = X.columns.str.removeprefix("mean ")
pairs = lcodec.codec_matrix(X, n_neighbors=5, n_resamples=99)
axes = pairs.plot()
axes.figure.set_size_inches(7.5, 6)
axes.figure.set_layout_engine("constrained")
axes.set_xticks(axes.get_xticks(), X.columns, rotation=45, ha="right", rotation_mode="anchor")

# %%
# A row tells, a column of the map is told. Radius, perimeter and area determine each other to
# 0.93 and more. Texture stands alone: 0.11 is the most that any other column tells of it.
#
# A pair says nothing about what a third column tells already. :func:`lcodec.foci_graph` selects
# for each column the others that explain it together: two at most, here.

graph = lcodec.foci_graph(X, n_neighbors=5, max_features=2)
axes = graph.plot()
axes.figure.set_size_inches(7, 5.2)

# sphinx_gallery_start_ignore
import numpy as np

assert X.shape == (569, 10)
size = [list(X).index(name) for name in ("radius", "perimeter", "area")]
assert round(np.nanmin(pairs.statistic[np.ix_(size, size)]), 2) == 0.93
assert round(np.nanmax(pairs.statistic[:, list(X).index("texture")]), 2) == 0.11
# sphinx_gallery_end_ignore
