import doctest
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.evaluation import membership
from lcodec.scrub.evaluation.membership import membership_inference, modified_entropy
from python.tests.scrub.networks import normal

LOSS = nn.CrossEntropyLoss()


class Given(nn.Module):
    """Logits are the inputs themselves."""

    def __init__(self):
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1, dtype=torch.float64))

    def forward(self, x):
        return x + self.nothing


def logits_of(probabilities):
    return torch.tensor(probabilities, dtype=torch.float64).log()


# --- scores ---------------------------------------------------------------------------------------


def test_modified_entropy_by_hand() -> None:
    p = [0.7, 0.2, 0.1]
    # True class 0: -(0.3 ln 0.7 + 0.2 ln 0.8 + 0.1 ln 0.9); true class 2 likewise.
    wanted = [
        -(0.3 * math.log(0.7) + 0.2 * math.log(0.8) + 0.1 * math.log(0.9)),
        -(0.9 * math.log(0.1) + 0.7 * math.log(0.3) + 0.2 * math.log(0.8)),
    ]
    found = modified_entropy(logits_of([p, p]), torch.tensor([0, 2]))
    assert found.tolist() == pytest.approx(wanted, rel=1e-13)


def test_modified_entropy_of_sure_predictions() -> None:
    logits = torch.tensor([[80.0, 0.0], [0.0, 80.0]])
    right, wrong = modified_entropy(logits, torch.tensor([0, 0])).tolist()
    assert right == pytest.approx(2 * math.exp(-80) * math.exp(-80), abs=1e-60)
    assert wrong == pytest.approx(160, rel=1e-12)  # 80 for the label and 80 for the other


def test_modified_entropy_of_a_sample_does_not_depend_on_the_batch() -> None:
    logits, targets = normal(30, 5), torch.arange(30) % 5
    alone = torch.cat([modified_entropy(logits[i, None], targets[i, None]) for i in range(30)])
    assert torch.allclose(modified_entropy(logits, targets), alone, rtol=1e-14)


# --- the attack -----------------------------------------------------------------------------------

SCORES = arrays(np.float64, st.integers(2, 30), elements=st.integers(-4, 4).map(float))


@given(SCORES, SCORES)
def test_auc_and_threshold_agree_with_plain_counting(members, others) -> None:
    count = min(len(members), len(others))
    members, others = members[:count], others[:count]
    found = membership._attack("loss", members, others)
    truth = np.repeat([1, 0], count)
    assert found.auc == pytest.approx(roc_auc_score(truth, np.concatenate([members, others])))
    threshold = membership.best_threshold(members, others)
    rights = [(members >= t).sum() + (others < t).sum() for t in [*np.arange(-5, 5), math.inf]]
    assert (members >= threshold).sum() + (others < threshold).sum() == max(rights)
    assert found.advantage == pytest.approx(2 * found.accuracy - 1)
    assert found.interval[0] <= found.accuracy <= found.interval[1]


@given(st.integers(0, 60), st.integers(1, 60))
def test_wilson_interval(right, total) -> None:
    right = min(right, total)
    wanted = binomtest(right, total).proportion_ci(0.95, method="wilson")
    assert membership.wilson(right, total) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def data_with(margins, label=0):
    x = torch.tensor([[m, 0.0] if label == 0 else [0.0, m] for m in margins], dtype=torch.float64)
    return x, torch.full((len(margins),), label)


@pytest.mark.parametrize("attack", membership.ATTACKS)
def test_members_of_smaller_loss_are_found_by_every_attack(attack) -> None:
    members, others = data_with(np.linspace(3, 5, 20)), data_with(np.linspace(0, 2, 50))
    found = membership_inference(Given(), LOSS, members, others, attack=attack)
    assert (found.auc, found.accuracy, found.advantage, found.samples) == (1.0, 1.0, 1.0, 20)
    back = membership_inference(Given(), LOSS, others, members, attack=attack)
    assert back.auc == 0


def test_only_the_label_tells_the_loss_from_the_confidence() -> None:
    right, wrong = data_with([2.0] * 6), data_with([-2.0] * 6)
    loss = membership_inference(Given(), LOSS, right, wrong, attack="loss")
    confidence = membership_inference(Given(), LOSS, right, wrong, attack="confidence")
    assert (loss.auc, confidence.auc) == (1.0, 0.5)


def test_thresholds_are_tried_on_other_samples_than_they_were_chosen_on() -> None:
    generator = np.random.default_rng(0)
    found = [membership._attack("loss", *generator.random((2, 10))).accuracy for _ in range(400)]
    # Scores without meaning: chance. On the samples of the choice it would be about 0.7.
    assert abs(np.mean(found) - 0.5) < 0.03


def test_equal_sets_give_chance() -> None:
    same = data_with(np.linspace(0, 4, 40))
    found = membership_inference(Given(), LOSS, same, same)
    assert found.auc == 0.5
    assert found.interval[0] < 0.5 < found.interval[1]


def joined(*parts):
    return torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])


def test_classes_are_matched() -> None:
    # Class 1 always has the small loss; members are mostly of class 1, the others of class 0.
    members = joined(data_with([1.0] * 5), data_with([9.0] * 95, 1))
    others = joined(data_with([1.0] * 95), data_with([9.0] * 5, 1))
    found = membership_inference(Given(), LOSS, members, others)
    assert found.samples == 10
    assert found.auc == 0.5


def test_the_seed_decides_the_samples_and_the_data_decide_nothing_else() -> None:
    members, others = (normal(200, 3), torch.arange(200) % 3), (normal(90, 3, seed=1), [])
    others = others[0], torch.arange(90) % 3
    runs = [membership_inference(Given(), LOSS, members, others, seed=s) for s in (0, 0, 1)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert runs[0].samples == 90
    batches = [(members[0][:7], members[1][:7]), (members[0][7:], members[1][7:])]
    assert membership_inference(Given(), LOSS, batches, others, batch_size=11) == runs[0]


def test_targets_that_are_no_classes_and_single_logits() -> None:
    x = normal(20, 1)
    found = membership_inference(Given(), nn.MSELoss(), (x, x), (x, x + 1.5))
    assert found.auc == 1.0
    y = (x > 0).double()
    right = membership_inference(
        Given(), nn.BCEWithLogitsLoss(), (x, y), (x, 1 - y), attack="modified_entropy"
    )
    assert right.auc > 0.99


def test_too_few_and_unknown() -> None:
    with pytest.raises(LcodecError, match="must share at least 2 samples of equal classes, got 1"):
        membership_inference(Given(), LOSS, data_with([1.0]), data_with([1.0, 2.0]))
    with pytest.raises(LcodecError, match="got 0"):
        membership_inference(Given(), LOSS, data_with([1.0] * 9), data_with([1.0] * 9, 1))
    with pytest.raises(LcodecError, match="`attack` must be one of 'loss', 'confidence'"):
        membership_inference(Given(), LOSS, data_with([1.0]), data_with([1.0]), attack="guess")


def test_as_text() -> None:
    found = membership_inference(Given(), LOSS, data_with([3.0] * 4), data_with([1.0] * 4))
    assert str(found) == "loss: AUC 1.000, accuracy 1.000 [0.676, 1.000] on 4 + 4"
    assert found.to_dict()["interval"][1] == 1.0


def test_examples() -> None:
    assert doctest.testmod(membership).failed == 0
