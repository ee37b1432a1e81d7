"""
How many earlier years tell this year's sunspots?
=================================================

Sunspots have been counted since 1700, and come and go in about eleven years. Which of the last 15
years are needed to tell this one? The lags are columns, and FOCI selects among them.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from statsmodels.datasets import sunspots

import lcodec

spots = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
now = spots[15:]
earlier = pd.DataFrame({f"{lag} years before": spots[15 - lag : -lag] for lag in range(1, 16)})
result = lcodec.foci(earlier, now, n_neighbors=10)
print(result)

# %%
# Two years are enough, as in the model that Udny Yule made for these numbers in 1927. Last year
# alone tells 0.4485: at the same number, the spots may be on the rise or on the decline. The year
# before it says which, and with both it is 0.6211.

alone = lcodec.codec_scores(earlier, now, n_neighbors=10)
figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
lags = np.arange(1, 16)
left.bar(lags, alone)
left.axhline(0, color="0.5", lw=0.8)
left.set(xlabel="years before", ylabel="T of that year alone", title="one year")
points = right.scatter(spots[14:-1], now, c=spots[13:-2], s=18)
figure.colorbar(points, label="sunspots two years before")
right.set(xlabel="sunspots in the year before", ylabel="sunspots this year", title="two years")

# %%
# Neighbouring years depend on each other, so they are no independent rows. T describes them;
# p-values and intervals, which take rows to be independent, would be wrong here.

# sphinx_gallery_start_ignore
assert result.names == ("1 years before", "2 years before")
assert alone[9] > alone[5] > alone[7]  # eleven years: high after 10, low after 8
# sphinx_gallery_end_ignore
