"""
Does a measurement tell more than others do?
============================================

Many blood values go with the progress of diabetes. Do they still, once triglycerides and the body
mass index are known? :func:`lcodec.codec_tests` answers both questions, for all columns in one
call.
"""

from matplotlib import pyplot
from sklearn.datasets import load_diabetes

import lcodec

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
names = {
    "bp": "blood pressure", "s1": "cholesterol", "s2": "LDL", "s3": "HDL",
    "s4": "cholesterol / HDL", "s6": "glucose",
}  # fmt: skip
others = X[list(names)].rename(columns=names)
alone = lcodec.codec_tests(others, y, n_neighbors=5)
beyond = lcodec.codec_tests(others, y, X[["s5", "bmi"]], n_neighbors=5)
print("alone:", alone, "", "given triglycerides and body mass index:", beyond, sep="\n")

# %%
# Alone, four of the six have p-values below 0.000001. Given the two, none is below 0.05: what HDL
# and its ratio tell is in triglycerides and the body mass index already, as far as these data
# show. That is no proof that there is nothing more: a weak relation would be missed by this test.

figure, axes = pyplot.subplots(figsize=(7.5, 4), layout="constrained")
for run, colour, label in (
    (alone, "C0", "alone"),
    (beyond, "C1", "given triglycerides and body mass index"),
):
    axes.scatter(run.statistic, list(others), color=colour, label=label, s=60, zorder=2)
for name, before, after in zip(others, alone.statistic, beyond.statistic, strict=True):
    axes.plot([before, after], [name, name], color="0.7", zorder=1)
axes.axvline(0, color="0.5", lw=0.8)
axes.set(xlabel="T")
axes.margins(y=0.12)
figure.legend(loc="outside upper center", ncols=2)

# sphinx_gallery_start_ignore
assert len(others.columns) == 6
assert (alone.pvalue < 0.000001).sum() == 4
assert beyond.pvalue.min() > 0.05
# sphinx_gallery_end_ignore
