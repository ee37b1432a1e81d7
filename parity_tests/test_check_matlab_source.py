"""The source check finds what it is there for, and nothing else."""

import pytest

from parity_tests.check_matlab_source import RULES, findings


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
