"""
How does a category take part?
==============================

Eleven American firms, each in the 20 years from 1935 to 1954: what determines how much a firm
invests? The firm itself is a category. A column of pandas that is categorical is one candidate
for FOCI, all or nothing.
"""

from matplotlib import pyplot
from statsmodels.datasets import grunfeld

import lcodec

table = grunfeld.load_pandas().data.astype({"firm": "category", "year": int})
X, y = table[["firm", "value", "capital", "year"]], table["invest"]
result = lcodec.foci(X, y)
print(result)

# %%
# The value of a firm on the market, which firm it is, and the year: they determine 0.8310 of the
# investment. With one column of zeros and ones for each firm, as other tools need them, the
# answer reaches the same 0.8310 after eleven steps, and can be read by nobody.

indicators = X.join(X["firm"].str.get_dummies()).drop(columns="firm").astype(float)
taken_apart = lcodec.foci(indicators, y)
print(taken_apart)

# %%
# Indicators that exist already are put together by labels, one for each column. The selection is
# the first one again.

labels = ["firm" if name in set(X["firm"]) else name for name in indicators]
print(lcodec.foci(indicators, y, groups=labels))

figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
for label, run in (("firm as one category", result), ("one indicator a firm", taken_apart)):
    axes.plot(range(1, 1 + len(run.names)), run.cumulative, "o-", label=label)
axes.set(xlabel="columns selected", ylabel="T of all of them", xlim=(0, 11.5), ylim=(0.6, 0.88))
axes.set_xticks(range(1, 12))
for step, name in enumerate(result.names, 1):
    axes.text(step - 0.2, result.cumulative[step - 1], name, ha="right")
axes.legend(loc="lower right")

# sphinx_gallery_start_ignore
assert X["firm"].nunique() == 11
assert len(X) == 11 * 20
assert (X["year"].min(), X["year"].max()) == (1935, 1954)
assert result.names == ("value", "firm", "year")
assert len(taken_apart.names) == 11
assert taken_apart.cumulative[-1] == result.cumulative[-1]
assert lcodec.foci(indicators, y, groups=labels).names == result.names
# sphinx_gallery_end_ignore
