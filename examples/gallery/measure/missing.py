"""
How far back can a country's births be told?
============================================

The World Bank has the number of children a woman for 219 countries and groups of countries, year
by year since 1960. How much does a year tell of 2010? Some numbers are missing, and lcodec does
not leave rows out unless it is told to.
"""

import warnings

from matplotlib import pyplot
from statsmodels.datasets import fertility

import lcodec

table = fertility.load_pandas().data
try:
    lcodec.xi(table["1960"], table["2010"])
except lcodec.LcodecError as error:
    print(error)

# %%
# ``missing="drop"`` leaves out rows in which one of the two numbers is missing, and a warning
# says how many.

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    value = lcodec.xi(table["1960"], table["2010"], missing="drop")
print(f"{value:.2f}", caught[0].message, sep="\n")

# %%
# The births of 1960 tell 0.32 of those of 2010; the nearer the year, the more. Who is left out?
# Mostly islands and young states, Palau and Kosovo among them. So 0.32 is a statement about
# countries that counted births in 1960. lcodec does not fill gaps: a number that was made up
# would be a row like any other.

years = range(1960, 2010)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", lcodec.LcodecWarning)
    told = [lcodec.xi(table[str(year)], table["2010"], missing="drop") for year in years]

figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(years, told)
left.set(xlabel="year", ylabel="xi(births that year, births in 2010)", ylim=(0, 1))
right.scatter(table["1960"], table["2010"], s=14, label="1960")
right.scatter(table["1995"], table["2010"], s=14, label="1995")
right.set(xlabel="children a woman in that year", ylabel="children a woman in 2010")
right.legend()

# sphinx_gallery_start_ignore
assert len(table) == 219
assert round(value, 2) == 0.32
assert told[0] < told[25] < told[-1]
gone = table["1960"].isna() | table["2010"].isna()
assert gone.sum() == 25
assert {"Palau", "Kosovo"} < set(table["Country Name"][gone])
# sphinx_gallery_end_ignore
