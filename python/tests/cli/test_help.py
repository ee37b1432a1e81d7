"""The help texts."""

import inspect
import re
import subprocess
import sys

import pytest

import lcodec
from lcodec.cli import main
from lcodec.scrub import Scrubber


def help_of(capsys, *arguments):
    with pytest.raises(SystemExit) as exit:
        main([*arguments, "--help"])
    assert exit.value.code == 0
    return capsys.readouterr().out


def test_help_tells_codes_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "scrub")
    for part in ("example:", "exit codes:", "130", "--plan", "lcodec scrub --model"):
        assert part in text
    assert "the chain is whole" in help_of(capsys, "ledger", "verify")


def test_every_option_of_the_scrubber_has_a_flag_with_its_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = " ".join(help_of(capsys, "scrub").split())
    text = text[: text.index("example:")]
    told = {words.split()[0]: words for words in re.split(r" --(?=[a-z])", text)}
    parameters = inspect.signature(Scrubber).parameters
    elsewhere = {"model", "loss", "retained", "ids", "privacy", "ledger", "unknown"}
    for name in parameters.keys() - elsewhere:
        words = told[name.replace("_", "-")]
        default = parameters[name].default
        if default == 2**31:
            assert "(2GiB)" in words
        elif default is not None and default is not False:
            assert f"({default})" in words or f"({default:g})" in words, name


def test_help_comes_without_torch() -> None:
    code = (
        "import sys, lcodec.cli.parser as cli\n"
        "try: cli.main(['scrub', '--help'])\n"
        "except SystemExit as end: print(end.code, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"
    version = subprocess.run(
        [sys.executable, "-m", "lcodec", "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout == f"lcodec {lcodec.__version__}\n"
