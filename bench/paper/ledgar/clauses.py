"""Clauses as tokens and labels: LEDGAR from a file, or paragraphs of Python's manual."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from pydoc_data.topics import topics

import torch
from sklearn.model_selection import train_test_split
from tokenizers import BertWordPieceTokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from bench.paper.formats.ledgar import Provision, classes, prototypical, read, write
from bench.paper.runs import checksum
from bench.paper.settings import Config

Pair = tuple[dict[str, torch.Tensor], torch.Tensor]
TOPICS = (
    "debugger", "string-methods", "compound", "formatstrings", "typesmapping", "attribute-access",
)  # fmt: skip
SHORTEST = 12  # words of a paragraph that is taken
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SPLIT = 42  # the authors' random_state


@dataclass(frozen=True)
class Clauses:
    """Clauses in three parts, with a class of one or more of C labels each.

    Attributes
    ----------
    train, dev, test : (inputs, targets)
        Inputs are `input_ids` and `attention_mask`, int64 (n, tokens); targets float32 (n, C).
    labels : list of str
        The C labels, sorted.
    vocabulary : list of str
        A token for each id.
    source : str
        What they are, for the account.
    """

    train: Pair
    dev: Pair
    test: Pair
    labels: list[str]
    vocabulary: list[str]
    source: str

    @property
    def sha256(self) -> str:
        """Hash of all numbers."""
        parts = (self.train, self.dev, self.test)
        return checksum(part for x, y in parts for part in (*x.values(), y))


def load(folder: Path | None, config: Config) -> Clauses:
    """Return the clauses of a file, or without one the small stand-in, through the same reader.

    Parameters
    ----------
    folder : path or None
        A file in LEDGAR's format, or a folder with one.
    config : dict
        Its table `data`: `tokens` of a clause, `least` clauses with a word of the vocabulary; and
        `weights`, the folder whose `vocab.txt` is taken instead, or "".

    Raises
    ------
    ValueError
        Where a line is malformed, or there are too few clauses.
    """
    if folder is not None:
        found, source = prototypical(read(folder)), f"clauses of {folder.name}"
    else:
        source = "paragraphs of six topics of Python's manual (pydoc)"
        with tempfile.TemporaryDirectory() as small:
            write(Path(small) / "topics.jsonl", paragraphs())
            found = prototypical(read(small))
    if len(found) < 20:
        raise ValueError(f"{folder} must hold at least 20 clauses, got {len(found)}")
    labels = classes(found)
    rest, test = train_test_split(found, test_size=0.2, random_state=SPLIT)
    train, dev = train_test_split(rest, test_size=0.1, random_state=SPLIT)
    if weights := config["weights"]:
        vocabulary = (Path(weights) / "vocab.txt").read_text("utf-8").split("\n")
    else:
        vocabulary = words([one.text for one in train], config["data"]["least"])
    parts = _tensors((train, dev, test), labels, tokenizer(vocabulary, config["data"]["tokens"]))
    return Clauses(*parts, labels, vocabulary, f"{source}, {len(found)} in {len(labels)} classes")


def paragraphs() -> list[Provision]:
    """Return paragraphs of `TOPICS`; one that is in several topics has several labels."""
    found: dict[str, list[str]] = {}
    for topic in TOPICS:
        for part in re.split(r"\n\s*\n", topics[topic]):
            text = " ".join(part.split())
            if len(re.findall(r"[A-Za-z]{2,}", text)) >= SHORTEST:
                held = found.setdefault(text, [])
                held += [topic] if topic not in held else []
    return [Provision(text, tuple(held), "pydoc_data.topics") for text, held in found.items()]


def words(texts: Sequence[str], least: int) -> list[str]:
    """Return the words that are in so many texts or more, after the special tokens."""
    clean, split = BertNormalizer(lowercase=True), BertPreTokenizer()
    counts = Counter(
        word
        for text in texts
        for word in {word for word, _ in split.pre_tokenize_str(clean.normalize_str(text))}
    )
    return [*SPECIAL, *sorted(word for word, count in counts.items() if count >= least)]


def tokenizer(vocabulary: Sequence[str], length: int) -> BertWordPieceTokenizer:
    """Return a tokenizer of lower-case text, which cuts at a length and pads to the longest.

    Of a vocabulary that has no pieces of words ("##...") it gives whole words.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vocab.txt"
        file.write_text("\n".join(vocabulary), encoding="utf-8")
        found = BertWordPieceTokenizer(str(file), lowercase=True)
    found.enable_truncation(length)
    found.enable_padding()
    return found


def _tensors(
    parts: Sequence[Sequence[Provision]], labels: list[str], tokens: BertWordPieceTokenizer
) -> list[Pair]:
    encoded = tokens.encode_batch([one.text for part in parts for one in part])
    ids = torch.tensor([one.ids for one in encoded])
    mask = torch.tensor([one.attention_mask for one in encoded])
    targets = [[float(label in one.labels) for label in labels] for part in parts for one in part]
    sizes = [len(part) for part in parts]
    split = (tensor.split(sizes) for tensor in (ids, mask, torch.tensor(targets)))
    return [
        ({"input_ids": own, "attention_mask": mask}, targets)
        for own, mask, targets in zip(*split, strict=True)
    ]
