"""Changes of the ledger: what seals a line, what ties it to others, and what may come next."""

from __future__ import annotations

from python.tests.mutation.change import changes_of

CHAIN = "python/tests/scrub/ledger/test_chain.py"
KEY = "python/tests/scrub/ledger/test_key.py"
CANNOT_COME = f"{CHAIN}::test_an_entry_that_is_sealed_well_but_cannot_come_here_is_found"

LEDGER = (
    *changes_of(
        "python/lcodec/scrub/ledger/reader.py", CANNOT_COME,
        ('if fields["sequence"] != number - 1:', "if False:"),
        ("if entry.composed != composed:", "if False:"),
        ("self.standing.check(entry)", "pass"),
    ),
    *changes_of(
        "python/lcodec/scrub/ledger/reader.py", f"{CHAIN}::test_the_message_names_the_line",
        ('if fields.pop("previous") != self.last:', 'if not fields.pop("previous"):'),
    ),
    *changes_of(
        "python/lcodec/scrub/ledger/reader.py", KEY,
        ("found = self._go_on(line) or found", "found = self._go_on(line)"),
        ("if keyed and unsealed(text, self._key) is None:", "if False:"),
        ('self._check_key(fields.get("key") if keyed else None)', "pass"),
        ("if self._wanted is not None and not found:", "if False:"),
        ("if len(line) > LONGEST:", "if False:"),
        (
            "if self.unterminated and unsealed(line, self._key) is None:",
            "if self.unterminated:",
        ),
    ),
    *changes_of(
        "python/lcodec/scrub/ledger/chain.py", KEY,
        ("KEY_BYTES = range(32, 4097)", "KEY_BYTES = range(31, 4097)"),
        ("stat.S_IROTH | stat.S_IWOTH", "stat.S_IROTH"),
        ("if not stat.S_ISREG(found.st_mode):", "if False:"),
        ("return SEAL, sha256(body)", "return SEAL, sha256(b'')"),
    ),
    *changes_of(
        "python/lcodec/scrub/ledger/chain.py", f"{CHAIN}::test_the_message_names_the_line",
        ("""not seal or not hmac.compare_digest(rest, _seal(body, key)[1] + b'"}')""", "not seal"),
    ),
    *changes_of(
        "python/lcodec/scrub/ledger/chain.py", CANNOT_COME,
        ("last is not None and entry.before != last.after", "False"),
        ("[id for id in entry.ids if id in self.ids]", "[]"),
    ),
    *changes_of(
        "python/lcodec/scrub/ledger/chain.py", f"{CHAIN}::test_an_undo_gives_back_ids_and_samples",
        ("del self.samples[sample]", "pass"),
        ("del self.ids[id]", "pass"),
        ("self.sizes.pop()", "pass"),
        ("[sample for sample in entry.samples if sample in self.samples]", "[]"),
        ("self.ids.get(id) == top", "id in self.ids"),
        ("self.samples.get(sample) == top", "sample in self.samples"),
        ("entry.forgotten != self.sizes[-1]", "False"),
        ("entry.undoes is None or entry.undoes != top", "entry.undoes is None"),
    ),
    *changes_of(
        "python/lcodec/cli/scrub.py",
        "python/tests/cli/test_ledger.py"
        "::test_the_report_of_an_earlier_removal_is_that_of_its_entry",
        ("[entry for entry in entries if set(ids) & set(entry.ids)][-1]", "entries[-1]"),
    ),
    *changes_of(
        "python/lcodec/scrub/ledger/files.py",
        "python/tests/scrub/ledger/test_files.py"
        "::test_no_sweep_takes_a_file_that_is_about_to_replace_the_old_one",
        ("if locked:  # as long as it is", "if False:  #"),
    ),
)  # fmt: skip
