"""The source check finds what it is there for, and nothing else."""

import pytest

from parity_tests.check_matlab_source import ORDER, RULES, findings, unordered


@pytest.mark.parametrize(("reason", "example"), [rule[1:] for rule in RULES])
def test_each_rule_catches_its_example(reason: str, example: str) -> None:
    assert (2, reason) in findings(f"x = 1;\n{example}\n")


@pytest.mark.parametrize(
    "line",
    [
        'y = x\';  % a += 1, endif, "text", # and f(x)(1) in a comment',
        "s = 'a != b, \"quoted\", endif, it''s # fine';",
        "t = x' .* (y.' - z');",
        "if a <= b && c >= d || e == f, n = ~g; end",
        "value = data{k}(2) + f(x(1), y(2));",
        "options = struct('all', true);",
        "opts.(name) = [a, -b, - c];",
    ],
)
def test_legal_code_passes(line: str) -> None:
    assert findings(line) == []


@pytest.mark.parametrize(
    "code", [ORDER[2], "m = mean(x);", "s = accumarray(g, x);", "cumsum(x, 1)"]
)
def test_sums_of_no_promised_order_are_found(code: str) -> None:
    assert unordered(f"n = 1;\n{code}\n") == [(2, ORDER[1])]
    assert unordered(f"{code}  % a sum") == [(1, ORDER[1])]


@pytest.mark.parametrize(
    "code",
    [
        "total = leftToRightSum(x);",
        "count = sum(x > 0);  % whole numbers",
        "% sum(x) in a comment, and",
        "text = 'sum(x)';",
        "least = accumarray(g, x, [n, 1], @min, Inf);",
    ],
)
def test_ordered_and_exact_sums_pass(code: str) -> None:
    assert unordered(code) == []
