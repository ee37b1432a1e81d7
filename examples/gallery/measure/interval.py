"""
How sure is the coefficient?
============================

In 1857 Ernst Engel compared the incomes of 235 working-class families in Belgium with what they
spent on food. How much of the expenditure does income determine, and how exactly do 235 families
tell that? :func:`lcodec.xi_interval` gives Chatterjee's coefficient with an interval, from
subsamples of the rows.
"""

from matplotlib import pyplot
from statsmodels.datasets import engel

import lcodec

table = engel.load_pandas().data
food = lcodec.xi_interval(table["income"], table["foodexp"])
income = lcodec.xi_interval(table["foodexp"], table["income"])
print(food, income, sep="\n\n")

# %%
# Income determines 0.68 of the expenditure on food; the interval reaches from 0.64 to 0.73. The
# other way round it is 0.66: the coefficient has a direction, and asks whether one column is a
# function of the other. Here the two intervals overlap for the most part, and the data do not
# tell which is larger.

figure, (left, right) = pyplot.subplots(
    1, 2, figsize=(10, 4), layout="constrained", gridspec_kw={"width_ratios": (1.4, 1)}
)
left.scatter(table["income"], table["foodexp"], s=14, alpha=0.7)
left.set(xlabel="income (francs a year)", ylabel="spent on food (francs a year)")
for height, one in enumerate((income, food)):
    arms = [one.statistic - one.low], [one.high - one.statistic]
    right.errorbar(one.statistic, height, xerr=arms, fmt="o", capsize=5)
right.set(xlim=(0.5, 0.8), ylim=(-0.7, 1.7), xlabel="xi, with its interval of 95 %")
right.set_yticks((0, 1), ("income by food", "food by income"))

# sphinx_gallery_start_ignore
assert len(table) == 235
assert [round(v, 2) for v in (food.low, food.statistic, food.high)] == [0.64, 0.68, 0.73]
assert round(income.statistic, 2) == 0.66
assert food.low < income.statistic < food.high
# sphinx_gallery_end_ignore
