"""Changes of the MATLAB code; most are those of the Python code."""

from __future__ import annotations

from python.tests.mutation.change import changes_of

DECISIONS = "matlab/tests/test_decisions.m"
ORDER = "matlab/tests/test_order.m"
ERROR_RATE = "matlab/tests/test_error_rate.m"
NEIGHBORS = "matlab/tests/test_neighbors.m"
TOGETHER = "matlab/tests/test_together.m"

MATLAB = (
    *changes_of(
        "matlab/private/resampledValues.m", DECISIONS,
        ("T < statistic(k) - number.ROUNDING", "T < statistic(k)"),
        ("~(T < statistic(k) - number.ROUNDING)", "T >= statistic(k) - number.ROUNDING"),
        ("(1 + counts) / (1 + most)", "counts / most"),
    ),
    *changes_of(
        "matlab/private/resampledValues.m", TOGETHER,
        ("counts(k) = enough;", ""),
        ("first + find(reached >= enough, 1)", "first + numel(resamples)"),
        ("counts(stopped) ./ used(stopped)", "(1 + counts(stopped)) ./ (1 + used(stopped))"),
    ),
    *changes_of(
        "matlab/private/chooseMethod.m", DECISIONS,
        ("elseif numel(unique(y)) < numel(y)", "elseif false"),
        ("elseif any(arrayfun(@(k) numel(unique(z(:, k))) < numel(y), 1:size(z, 2)))",
         "elseif false"),
    ),
    *changes_of(
        "matlab/private/coefficient.m", DECISIONS,
        ("remaining(remaining == 0) = NaN;", "remaining(remaining == 0) = Inf;"),
        ("remaining(remaining == 0) = NaN;", ""),
    ),
    *changes_of("matlab/private/score.m", DECISIONS, ("if numel(tables) > 1", "if true")),
    *changes_of(
        "matlab/private/score.m", ORDER,
        ("leftToRightSum(gains) / numel(tables)", "mean(gains, 1)"),
    ),
    *changes_of(
        "matlab/private/search.m", DECISIONS,
        ("gains(best) <= options.min_gain", "gains(best) < options.min_gain"),
    ),
    *changes_of(
        "matlab/private/search.m", ORDER,
        ("leftToRightSum(reached) / numel(tables)", "mean(reached)"),
    ),
    *changes_of(
        "matlab/private/columnWeights.m", DECISIONS,
        ("good = isfinite(bounds')", "good = isfinite(largest)"),
        ("isfinite(bounds') & ~(min(square, largest) < realmin & spread > 0)", "isfinite(bounds')"),
        ("weights(spread == 0) = 0;", "weights(spread == 0) = 1;"),
        ("min(steps(steps > 0))", "min(steps)"),
        ("nearly = spread > 0 & spread <=", "nearly = spread <="),
    ),
    *changes_of(
        "matlab/private/responseOf.m", DECISIONS,
        (
            "double(sum(int64(atLeast .* atLeast), 'native'))", "sum(atLeast .* atLeast)",
        ),
        (
            "double(sum(int64(atLeast .* (n - atLeast)), 'native'))",
            "sum(atLeast .* (n - atLeast))",
        ),
        ("n - upTo(group) + counts(group)", "n - upTo(group) + 1"),
    ),
    *changes_of(
        "matlab/private/sumOverRows.m", DECISIONS,
        ("((columns - first) + c) - c", "columns - first"),
        ("e + 2 * k - 55", "e + k - 55"),
    ),
    *changes_of(
        "matlab/private/gaussian.m", DECISIONS,
        ("min((bits + 0.5) / 2^53, 1 - 2^-53)", "(bits + 0.5) / 2^53"),
    ),
    *changes_of(
        "matlab/private/constants.m", DECISIONS, ("MAX_SEED = 2^53 - 1;", "MAX_SEED = 2^53;")
    ),
    *changes_of(
        "matlab/private/checkData.m", DECISIONS,
        ("keep = ~any(isnan([values{:}]), 2);", "keep = ~all(isnan([values{:}]), 2);"),
    ),
    *changes_of(
        "matlab/private/nearestLists.m", DECISIONS,
        ("min([apart, Inf(1, min(n, next))], [Inf(1, min(n, next)), apart])",
         "[apart, Inf(1, min(n, next))]"),
        ("min([apart, Inf(1, min(n, next))], [Inf(1, min(n, next)), apart])",
         "[Inf(1, min(n, next)), apart]"),
    ),
    *changes_of(
        "matlab/private/listValues.m", DECISIONS,
        (">= part.tail') = NaN;", "> part.tail') = NaN;"),
        ("active(reach(active) >= list.tail", "active(reach(active) > list.tail"),
    ),
    *changes_of(
        "matlab/private/listedRows.m", DECISIONS,
        ("beyond = members < 1 | members > numel(list.column);",
         "beyond = members > numel(list.column);"),
        ("distance(beyond) = Inf;", ""),
    ),
    *changes_of(
        "matlab/private/runValues.m", DECISIONS,
        ("best < reshape(base.outside", "best <= reshape(base.outside"),
        ("shift = shift + (shift >= 0);", "shift = shift + (shift > 0);"),
    ),
    *changes_of(
        "matlab/private/runValues.m", NEIGHBORS,
        ("is = (t .* t) .* weights <= best;", "is = (t .* t) .* weights == best;"),
        ("tied = counts > K;", "tied = counts >= K + 2;"),
    ),
    *changes_of(
        "matlab/foci_stability.m", ERROR_RATE,
        ("own = indicatorWeights(X, candidates, options.standardize);\ntable",
         "own = NaN(1, size(X, 2));\ntable"),
    ),
    *changes_of(
        "matlab/private/tableOf.m", ERROR_RATE,
        ("[weights, ~] = columnWeights(", "weights = columnWeights("),
    ),
    *changes_of(
        "matlab/private/resolveTies.m", DECISIONS,
        ("key = sort((owner - 1) * n + member);", "key = (owner - 1) * n + member;"),
    ),
    *changes_of(
        "matlab/private/resolveTies.m", NEIGHBORS,
        ("needed = K - accumarray(own, 1, [q, 1]);", "needed = repmat(K, q, 1);"),
    ),
    *changes_of(
        "matlab/private/equalValues.m", DECISIONS,
        ("+ (element >= t(some))", "+ (element > t(some))"),
        ("others = sizes(own) - 1;", "others = sizes(own);"),
    ),
    *changes_of(
        "matlab/private/localExchanges.m", DECISIONS,
        (" .* free(i + offset);", ";"),
        ("cumsum(isFree, 2) > pick", "cumsum(isFree, 2) >= pick"),
        ("free([i; m]) = false;", "free(i) = false;"),
    ),
    *changes_of(
        "matlab/private/nearestRows.m", DECISIONS, ("(1:n - 1), n) + 1", "(n - 1:-1:1), n) + 1")
    ),
    *changes_of(
        "matlab/private/copies.m", DECISIONS,
        ("clear_ & error_ <= rounding", "error_ <= rounding"),
        ("every = [low, high, 1:n];", "every = some;"),
    ),
)  # fmt: skip
