"""
Can a network forget twenty digits?
===================================

Twenty handwritten threes were recorded as eights, and a network was trained with them.
:class:`lcodec.scrub.Scrubber` takes them out of the trained network. Does it come near to a
network that never saw them?
"""

import copy

import torch
from matplotlib import pyplot
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy

from lcodec.scrub import Scrubber, accuracy, kl_divergence

torch.set_num_threads(1)
digits = load_digits()
inputs, targets = torch.tensor(digits.data / 16), torch.tensor(digits.target)
train, test = torch.arange(700), torch.arange(700, 1797)
wrong = train[targets[train] == 3][:20]
recorded = targets.clone()
recorded[wrong] = 8


def fit(rows):
    """Train a small network on some rows, with weight decay."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(64, 16), torch.nn.Tanh(), torch.nn.Linear(16, 10)
    ).double()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-3)
    for _ in range(20):
        for batch in rows[torch.randperm(len(rows))].split(64):
            optimiser.zero_grad()
            cross_entropy(model(inputs[batch]), recorded[batch]).backward()
            optimiser.step()
    return model


model = fit(train)
scrubbed = copy.deepcopy(model)
scrubber = Scrubber(scrubbed, cross_entropy, (inputs[train], recorded[train]), weight_decay=1e-3)
report = scrubber.remove(wrong)
print(report)

# %%
# The yardstick is a refit: the same training without the twenty.

refit = fit(train[~torch.isin(train, wrong)])
networks = {"trained with them": model, "scrubbed": scrubbed, "trained without them": refit}
eights = {name: one(inputs[wrong]).softmax(dim=1)[:, 8].detach() for name, one in networks.items()}
for name, one in networks.items():
    known = accuracy(one, (inputs[test], targets[test]))
    distance = kl_divergence(refit, one, inputs[wrong])
    sure = eights[name].mean()
    print(f"{name:21} eight: {sure:.2f}  KL: {distance:.2f}  accuracy on others: {known:.2f}")

# %%
# Trained with them, the network gives "eight" a probability of 0.56 on average. Scrubbed, it is
# at 0.00, as is the network that never saw them. The Kullback-Leibler divergence from the refit
# falls from 0.96 to 0.04 on the twenty digits, and the accuracy on others does not suffer. Such a
# removal is an approximation, no certificate: :doc:`../../../scrub-promises` says what it
# promises.

figure, axes = pyplot.subplots(figsize=(7.5, 3.6), layout="constrained")
jitter = torch.linspace(-0.25, 0.25, 20)
for height, probabilities in enumerate(reversed(eights.values())):
    axes.scatter(probabilities, height + jitter, s=30, alpha=0.8)
axes.set_yticks(range(3), reversed(eights))
axes.set(xlabel='probability of "eight" for each of the 20 threes', xlim=(-0.03, 1.03))

# sphinx_gallery_start_ignore
others = inputs[test], targets[test]
assert accuracy(scrubbed, others) >= accuracy(model, others)
# sphinx_gallery_end_ignore
