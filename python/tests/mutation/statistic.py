"""Changes of the statistic: sums, ties, weights, checks and random numbers."""

from __future__ import annotations

from python.tests.mutation.change import changes_of

LAST_BITS = "python/tests/dependence/test_last_bits.py"
INFERENCE = "python/tests/dependence/test_inference.py"
WEIGHTS = "python/tests/neighbors/test_weights.py"
POINT_MASSES = "python/tests/neighbors/test_point_masses.py::test_tie_sets_are_complete"

STATISTIC = (
    *changes_of(
        "python/lcodec/dependence/selection/greedy.py", LAST_BITS,
        ("np.argmax(sums[0] if len(tables) == 1 else mean)", "np.argmax(mean)"),
        (
            "left_to_right_sum(np.stack(of_tables, axis=-1)) / len(of_tables)",
            "np.stack(of_tables, axis=-1).mean(axis=-1)",
        ),
        ("gains[best] <= ending.min_gain", "gains[best] < ending.min_gain"),
    ),
    *changes_of(
        "python/lcodec/dependence/measures/codec.py", LAST_BITS,
        ("left_to_right_sum(values) / draws", "values.mean()"),
    ),
    *changes_of(
        "python/lcodec/dependence/coefficient.py", LAST_BITS,
        ("np.full(np.shape(gained), np.nan)", "np.zeros(np.shape(gained))"),
    ),
    *changes_of(
        "python/lcodec/dependence/inference/resampling.py", LAST_BITS,
        ("statistics - ROUNDING", "statistics"),
        ("if values[at, b] < least[k]:", "if not values[at, b] >= least[k]:"),
        ("(1 + counts) / (1 + most)", "counts / most"),
    ),
    *changes_of(
        "python/lcodec/dependence/inference/methods.py",
        f"{INFERENCE}::test_methods_that_do_not_fit",
        ("elif len(np.unique(y)) < len(y):", "elif False:"),
        ("elif any(len(np.unique(column)) < len(y) for column in z):", "elif False:"),
    ),
    *changes_of(
        "python/lcodec/dependence/inference/conditions.py",
        f"{LAST_BITS}::test_no_row_is_its_own_neighbour",
        ("columns.shape[1] - 1)", "columns.shape[1])"),
    ),
    *changes_of(
        "python/lcodec/dependence/inference/conditions.py",
        "python/tests/dependence/test_together.py::test_what_was_found_before_changes_no_test "
        "python/tests/dependence/test_together.py::test_what_is_kept_does_not_change_with_the_caller",
        ("tobytes(), *settings)", "tobytes(), *settings[:2])"),
        ("columns.copy()", "columns"),
    ),
    *changes_of(
        "python/lcodec/dependence/selection/copies.py",
        f"{LAST_BITS}::test_a_copy_is_a_line_over_all_rows_and_varies",
        ("clear & (error <= rounding)", "error <= rounding"),
        ("ends = np.append([low, high], np.arange(len(new)))", "ends = rows"),
    ),
    *changes_of(
        "python/lcodec/checks/options.py",
        "python/tests/checks/test_options.py"
        "::test_seeds_are_what_the_doubles_of_every_language_count",
        ("MAX_SEED = 2**53 - 1", "MAX_SEED = 2**53"),
    ),
    *changes_of(
        "python/lcodec/checks/data.py",
        "python/tests/checks/test_input.py::test_one_missing_value_leaves_out_its_row",
        ("values[0].reshape(n, -1)).any(axis=1)", "values[0].reshape(n, -1)).all(axis=1)"),
        ("array.reshape(n, -1)).any(axis=1)", "array.reshape(n, -1)).all(axis=1)"),
    ),
    *changes_of(
        "python/lcodec/neighbors/weights.py",
        f"{WEIGHTS}::test_a_bound_counts_the_columns_before "
        f"{WEIGHTS}::test_a_column_that_varies_does_not_vanish_from_the_distance "
        f"{WEIGHTS}::test_the_nearest_two_values_decide_whether_a_square_is_tiny",
        ("    bound = reach\n", "    bound = 0.0\n"),
        (" and not (_vanishes(spread[k], weights[k]) and varies)", ""),
        ("weights[spread == 0] = 0.0", "weights[spread == 0] = 1.0"),
        ("nearly[k] = varies and ", "nearly[k] = "),
        ("steps[steps > 0].min()", "steps.min()"),
    ),
    *changes_of(
        "python/lcodec/neighbors/adjacent.py", "python/tests/dependence/test_xi.py",
        ("+ above - below", "+ above"),
        ("(2 * t - size + 1)", "(2 * t - size)"),
        ("across / (size *", "across / (stop *"),
    ),
    *changes_of(
        "python/lcodec/neighbors/sums.py",
        f"{WEIGHTS}::test_a_sum_does_not_depend_on_the_order_of_its_terms",
        ("low + (((value - first) + below) - below)", "low + (value - first)"),
        ("math.ldexp(1.5, exponent + 2 * k - 55)", "math.ldexp(1.5, exponent + k - 55)"),
    ),
    *changes_of(
        "python/lcodec/neighbors/ties.py", "python/tests/neighbors/test_ties.py",
        ("lowest = min(lowest, m)", "lowest = m"),
        ("        ascend(rows)\n", ""),
    ),
    *changes_of(
        "python/lcodec/random/normal.py",
        "python/tests/random/test_random.py::test_the_largest_uniform_number_is_below_one",
        (
            "min((bits + 0.5) / 9007199254740992.0, 1.0 - 2.0**-53)",
            "(bits + 0.5) / 9007199254740992.0",
        ),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/several/lists.py",
        "python/tests/neighbors/test_several.py::test_lists_compare_as_if_with_all_rows "
        "python/tests/neighbors/test_several.py::test_lists_that_end_too_early",
        ("min(reach * (1 - 1e-9), LARGEST)", "LARGEST"),
        ("gains[c, at] = high_bits(d), worth[U(e)]", "gains[c, at] = high_bits(d), worth[at]"),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/several/axis.py",
        "python/tests/neighbors/test_several.py",
        ("if counted[b] != wanted:", "if counted[b] < wanted:"),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/several/cells.py",
        "python/tests/neighbors/test_several.py::test_cells_compare_as_if_with_all_rows "
        "python/tests/neighbors/test_several.py::test_cells_with_rows_far_from_all_others",
        ("if limit >= end and way != FIRST_ROWS:", "if False:"),
        ("within = (t * t) * weight <= limit", "within = False"),
    ),
    *changes_of(
        "python/lcodec/random/permutation.py", "python/tests/random/test_random.py",
        ("placed[at - 1] > key", "placed[at - 1] >= key"),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/several/entries.py",
        "python/tests/neighbors/test_several.py::test_lists_that_end_too_early",
        ("        bounds[g] = least", "        bounds[g] = base[4 * g]"),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/product.py", "python/tests/neighbors/test_clusters.py",
        (" + q * 2.0**-1020", ""),
        ("(2.0**-1074 * weights).sum() * factor**2 + ", ""),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/groups.py",
        "python/tests/neighbors/test_point_masses.py::test_groups_beyond_the_listed_leaves",
        ("if m != r and base[m - first] <= best:", "if m != r and base[m - first] < best:"),
        ("if best < was:", "if best <= was:"),
        ("if not proven and best >= distances[length - 1]:", "if False:"),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/groups.py", POINT_MASSES,
        ("if least_large[k] <= best:", "if least_large[k] < best:"),
        ("alone = best < outside", "alone = best <= outside"),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/runs.py", POINT_MASSES,
        ("return chosen(tied, element, choice)", "return tied[0]"),
    ),
    *changes_of(
        "python/lcodec/neighbors/cpu/tie_sets/sets.py", POINT_MASSES,
        ("while at > 0 and lowest[at - 1] > m:", "while False:"),
    ),
)  # fmt: skip
