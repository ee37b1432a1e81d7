"""Changes of a removal: what is selected, and what its noise may promise."""

from __future__ import annotations

from python.tests.mutation.change import changes_of

SELECTION = "python/tests/scrub/selection/test_selection.py"
CERTIFICATE = "python/tests/scrub/privacy/test_certificate.py"

REMOVAL = (
    *changes_of(
        "python/lcodec/scrub/selection/selection.py",
        f"{SELECTION}::test_a_loss_of_a_tenth_as_many_values_as_perturbations_varies "
        f"{SELECTION}::test_gradients_are_compared_by_their_norms "
        f"{SELECTION}::test_a_slice_that_just_fits_is_taken",
        ("max(2, len(values) // 10)", "2"),
        ("max(2, len(values) // 10)", "len(values) // 10"),
        (".square().sum()", ".abs().sum()"),
        ("key=lambda one: -norms[one]", "key=lambda one: norms[one]"),
        ("slices[one].parameters <= left", "slices[one].parameters < left"),
        ("<= budget).sum()", "< budget).sum()"),
        ("np.cumsum(np.sort(list(costs)))", "np.cumsum(list(costs))"),
    ),
    *changes_of(
        "python/lcodec/scrub/privacy/certificate.py",
        f"{CERTIFICATE}::test_each_failing_assumption_is_named "
        f"{CERTIFICATE}::test_the_longest_sample_of_any_batch_counts",
        ("probabilities &= bool(", "probabilities = bool("),
        ("longest, float(inputs", "0.0, float(inputs"),
        ("(damping == 0, f", "(damping >= 0, f"),
        ("if forgotten < count:", "if True:"),
        ("0 < privacy.strong_convexity <= weight_decay", "0 < privacy.strong_convexity"),
    ),
)  # fmt: skip
