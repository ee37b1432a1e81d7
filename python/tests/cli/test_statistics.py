"""`lcodec foci`, `codec`, `graph` and `xi` on tables as people have them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lcodec
from lcodec.cli import main
from lcodec.cli.statistics.reading import Form, read

RNG = np.random.default_rng(0)
N = 120
CLEAN = pd.DataFrame({"a": RNG.normal(size=N).round(3), "b": RNG.normal(size=N).round(3)})
CLEAN["city"] = RNG.choice(["Rome", "Bern", "Paris, Texas"], N)
CLEAN["y"] = (2 * CLEAN["a"] + (CLEAN["city"] == "Rome")).round(4)
CLEAN["kind"] = np.where(CLEAN["b"] > 0, "up", "down")
CLEAN["code"] = np.arange(N) % 3
LEFT_OUT = ["kind", "code"]


def saved(name: str = "data.csv", frame: pd.DataFrame = CLEAN, **how) -> str:
    frame.to_csv(name, index=how.pop("index", False), **how)
    return name


def answer(capsys, *arguments: str, code: int = 0) -> tuple[str, str]:
    assert main(arguments) == code
    told = capsys.readouterr()
    return told.out, told.err


def fields(capsys, *arguments: str) -> dict:
    return json.loads(answer(capsys, *arguments, "--format", "json")[0])


def as_in_python() -> lcodec.SelectionResult:
    frame = CLEAN.drop(columns=LEFT_OUT)
    return lcodec.foci(frame.astype({"city": "category"}), "y")


def same(found: dict, result: lcodec.SelectionResult) -> None:
    assert found["selected"] == list(result.names)
    assert found["scores"] == result.scores.tolist()
    assert found["cumulative"] == result.cumulative.tolist()
    assert found["stop_reason"] == result.stop_reason


def test_foci_says_what_python_says_in_three_formats(capsys) -> None:
    result = as_in_python()
    assert result.names == ("a", "city")
    arguments = ("foci", saved(), "--target", "y", "--exclude", ",".join(LEFT_OUT))
    out, err = answer(capsys, *arguments)
    assert out == f"{result}\n"
    assert err == "lcodec: note: text is taken as categories: `city`\n"
    found = fields(capsys, *arguments)
    same(found, result)
    assert (found["target"], found["rows"], found["skipped"]) == ("y", N, [])
    out, _ = answer(capsys, *arguments, "--format", "csv")
    again = pd.read_csv(io.StringIO(out))
    pd.testing.assert_frame_equal(again, result.to_frame(), check_dtype=False)


@pytest.mark.parametrize(
    ("how", "flags"),
    [
        ({"encoding": "utf-8-sig"}, []),
        ({"sep": "\t"}, []),
        ({"sep": ";"}, []),
        ({"sep": "|"}, []),
        ({"sep": ";", "decimal": ","}, ["--decimal", ","]),
        ({"sep": " "}, ["--separator", " "]),
        ({"encoding": "utf-16"}, ["--encoding", "utf-16"]),
        ({"index": True}, []),
    ],
    ids=lambda value: None if isinstance(value, list) else str(value),
)
def test_text_tables_of_any_kind_are_read(capsys, how, flags) -> None:
    out = fields(
        capsys, "foci", saved(**how), "--target", "y", "--exclude", ",".join(LEFT_OUT), *flags
    )
    same(out, as_in_python())


def test_decimals_are_read_to_the_last_bit() -> None:
    values = np.random.default_rng(1).normal(size=2000) * 10.0 ** np.arange(-20, 20).repeat(50)
    saved(frame=pd.DataFrame({"a": values}))
    assert read("data.csv", Form())["a"].tolist() == values.tolist()


def test_parquet_and_gzip_are_read(capsys) -> None:
    CLEAN.to_parquet("data.parquet")
    Path("data.csv.gz").write_bytes(gzip.compress(CLEAN.to_csv(index=False).encode()))
    for name in ("data.parquet", "data.csv.gz"):
        same(
            fields(capsys, "foci", name, "--target", "y", "--exclude", ",".join(LEFT_OUT)),
            as_in_python(),
        )


def test_options_are_those_of_the_functions(capsys) -> None:
    X = CLEAN[["a", "b", "code"]]
    found = fields(
        capsys, "foci", saved(), "--target", "y", "--columns", "a,b", "--given", "code",
        "--neighbors", "5", "--standardize", "range", "--stop", "never", "--max-features", "2",
        "--ties", "first",
    )  # fmt: skip
    same(found, lcodec.foci(
        X, CLEAN["y"], given=["code"], n_neighbors=5, standardize="range", stop=False,
        max_features=2, ties="first",
    ))  # fmt: skip
    found = fields(
        capsys, "foci", saved(), "--target", "y", "--columns", "a,b", "--stop", "test",
        "--n-resamples", "19", "--level", "0.1", "--seed", "3", "--n-neighbors", "auto",
    )  # fmt: skip
    expected = lcodec.foci(
        CLEAN[["a", "b"]], CLEAN["y"], stop="test", n_resamples=19, level=0.1, seed=3,
        n_neighbors="auto",
    )  # fmt: skip
    same(found, expected)
    assert found["pvalues"] == expected.pvalues.tolist()


def test_text_to_explain_is_classes(capsys) -> None:
    found = fields(capsys, "foci", saved(), "--target", "kind", "--columns", "a,b")
    same(found, lcodec.foci(CLEAN[["a", "b"]], CLEAN["kind"], response="nominal"))
    assert found["selected"] == ["b"]
    _, err = answer(capsys, "foci", "data.csv", "--target", "code", "--columns", "a")
    assert "warning [lcodec:fewValues]: --target has 3 different" in err
    assert "give --nominal. Where the order is meant, give --ordered" in err
    _, err = answer(capsys, "foci", "data.csv", "--target", "code", "--columns", "a", "--ordered")
    assert err == ""


def test_codes_can_be_categories(capsys) -> None:
    found = fields(
        capsys, "foci", saved(), "--target", "y", "--columns", "a,code", "--categories", "code",
        "--stop", "never",
    )  # fmt: skip
    frame = CLEAN[["a", "code"]].astype({"code": "category"})
    same(found, lcodec.foci(frame, CLEAN["y"], stop=False))


def test_codec_measures_tests_and_gives_an_interval(capsys) -> None:
    y, z, x = CLEAN["y"], CLEAN[["a"]], CLEAN[["b", "code"]]
    arguments = ("codec", saved(), "--response", "y", "--of", "a", "--given", "b,code")
    found = fields(capsys, *arguments)
    assert found["statistic"] == lcodec.codec(y, z, x, standardize="std")
    found = fields(capsys, *arguments, "--test", "--interval", "--n-resamples", "30")
    test = lcodec.codec_test(y, z, x, n_resamples=30)
    interval = lcodec.codec_interval(y, z, x, n_resamples=30, standardize="std")
    assert found["statistic"] == test.statistic == interval.statistic
    assert (found["pvalue"], found["method"]) == (test.pvalue, test.method)
    assert (found["low"], found["high"], found["se"]) == (interval.low, interval.high, interval.se)
    assert found["z"] is None  # NaN is no number of JSON
    out, _ = answer(capsys, *arguments, "--test", "--n-resamples", "30")
    assert out.splitlines()[0] == f"T(y, a | b+code)  {test.statistic:.4f}"
    out, _ = answer(capsys, *arguments, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["given"], float(row["statistic"])) == ("b+code", test.statistic)


def test_codec_takes_categories(capsys) -> None:
    frame = CLEAN[["a", "city"]].astype({"city": "category"})
    arguments = ("codec", saved(), "--response", "y", "--of", "city")
    found = fields(capsys, *arguments, "--given", "a")
    assert found["statistic"] == lcodec.codec_scores(frame, CLEAN["y"], ["a"])[1]
    alone = lcodec.codec_scores(frame[["city"]], CLEAN["y"])[0]
    assert fields(capsys, *arguments)["statistic"] == alone
    assert fields(capsys, *arguments, "--test")["statistic"] == pytest.approx(alone, abs=1e-12)
    _, err = answer(capsys, *arguments, "--given", "a", "--test", code=2)
    assert "must have categories alone, got `city` beside other columns" in err


def test_xi(capsys) -> None:
    arguments = ("xi", saved(), "--x", "a", "--y", "y")
    assert fields(capsys, *arguments)["statistic"] == lcodec.xi(CLEAN["a"], CLEAN["y"])
    found = fields(capsys, *arguments, "--interval", "--level", "0.9")
    expected = lcodec.xi_interval(CLEAN["a"], CLEAN["y"], level=0.9)
    assert (found["low"], found["high"]) == (expected.low, expected.high)
    assert answer(capsys, *arguments)[0] == f"xi(a, y)  {expected.statistic:.4f}\n"


def test_graph(capsys) -> None:
    expected = lcodec.foci_graph(CLEAN[["a", "b", "y"]])
    arguments = ("graph", saved(), "--columns", "a,b,y")
    found = fields(capsys, *arguments)
    assert found["edges"] == expected.to_frame().to_dict("records")
    out, err = answer(capsys, *arguments, "--plot", "graph.png")
    assert (out, err) == (f"{expected}\n", "")
    assert Path("graph.png").read_bytes().startswith(b"\x89PNG")
    _, err = answer(capsys, "graph", "data.csv", code=2)
    assert "got text in `city`, `kind`; --exclude leaves columns out" in err


def test_dates_are_days(capsys) -> None:
    frame = CLEAN[["a"]].assign(day=pd.date_range("2020-02-28", periods=N))
    frame["y"] = np.arange(N) + 0.5
    days = (frame["day"] - pd.Timestamp("1970-01-01")).dt.days
    value = lcodec.xi(days, frame["y"])
    saved(frame=frame)
    saved("german.csv", frame=frame, date_format="%d.%m.%Y")
    frame.to_parquet("data.parquet")
    for arguments in (
        ("data.csv",),
        ("german.csv", "--date-format", "%d.%m.%Y"),
        ("data.parquet",),
    ):
        found = fields(capsys, "xi", *arguments, "--x", "day", "--y", "y")
        assert found["statistic"] == value
    _, err = answer(capsys, "xi", "german.csv", "--x", "day", "--y", "y", code=2)
    assert "looks like dates, such as '28.02.2020'; --date-format" in err


def test_gaps_are_named_and_dropped_on_demand(capsys) -> None:
    frame = CLEAN[["a", "city", "y"]].copy()
    frame.loc[3:5, "a"] = np.nan
    frame.loc[5:8, "city"] = None
    arguments = ("foci", saved(frame=frame), "--target", "y")
    _, err = answer(capsys, *arguments, code=2)
    assert "lcodec: error [lcodec:nonFinite]" in err
    assert "got 7: 3 in `a`, 4 in `city`; --missing drop leaves out their rows, 6 of 120" in err
    found = fields(capsys, *arguments, "--missing", "drop")
    assert found["rows"] == N - 6
    same(found, lcodec.foci(frame.dropna().astype({"city": "category"}), "y"))
    # a gap in a column that is not used is none
    assert fields(capsys, *arguments, "--exclude", "a,city,y", "--given", "city", "--missing",
                  "drop")["rows"] == N - 4  # fmt: skip


def test_truth_values_with_gaps_are_numbers(capsys) -> None:
    frame = CLEAN[["y"]].assign(rome=(CLEAN["city"] == "Rome").astype(object))
    frame.loc[0, "rome"] = None
    found = fields(capsys, "xi", saved(frame=frame), "--x", "rome", "--y", "y", "--missing", "drop")
    assert found["statistic"] == lcodec.xi(frame["rome"][1:].astype(float), frame["y"][1:])


PLAIN = "a,b,y\n" + "".join(f"{k % 7},{k % 5},{k}\n" for k in range(20))


@pytest.mark.parametrize(
    ("text", "flags", "id", "words"),
    [
        (PLAIN, ["--target", "yy"], "optionRange", "got 'yy'; the nearest is `y`"),
        (PLAIN, ["--target", "price"], "optionRange", "its columns are `a`, `b`, `y`"),
        (PLAIN, ["--target", "y", "--given", "y"], "optionRange", "must not list the column"),
        (PLAIN, ["--target", "y", "--exclude", "aa"], "optionRange", "`--exclude` must list"),
        (PLAIN, ["--target", "y", "--columns", "y"], "emptyInput", "`--columns` must leave a col"),
        (PLAIN, ["--target", "y", "--exclude", "a,b"], "emptyInput", ": `--exclude` must leave"),
        (
            PLAIN,
            ["--target", "y", "--columns", "a", "--exclude", "a"],
            "emptyInput",
            "`--columns` and `--exclude` must leave a column",
        ),
        ("y\n1\n2\n3\n", ["--target", "y"], "emptyInput", "a column besides the target, got none"),
        (PLAIN, ["--target", "y", "--neighbors", "99"], "optionRange", "--neighbors must be"),
        (PLAIN, ["--target", "y", "--level", "0.1"], "missingOption", "needs --stop test"),
        (PLAIN, ["--target", "y", "--encoding", "x"], "optionValue", "--encoding must be one of"),
        (PLAIN, ["--target", "y", "--separator", "ab"], "optionValue", "--separator must be one"),
        (PLAIN.replace("b", "a"), ["--target", "y"], "optionValue", "got 'a' twice; rename one"),
        (PLAIN.replace("y", "a"), ["--target", "a"], "optionValue", "the name of 2; rename them"),
        ("a,y\n1,2,3\n4,5,6\n7,8,9\n", ["--target", "y"], "tableFormat", "than the 2 of line 1"),
        ("a,y\n1,2\n4,5,6\n7,8,9\n", ["--target", "y"], "tableFormat", "Expected 2 fields"),
        ("", ["--target", "y"], "tableFormat", "got nothing"),
        (",\na,y\np,u\nq,v\np,u\n", ["--target", "y"], "tableFormat", "a line 1 without names"),
        (f"{'a' * 200_000},y\n1,2\n", ["--target", "y"], "tableFormat", "larger than field limit"),
        ("x,y\n1e308,1\n-1e308,2\n0,3\n", ["--target", "y"], "badScale", "got a column (`x`)"),
        ("a;y\n1,5;2\n1,7;2\n2,5;3\n", ["--target", "y"], "tableFormat", "--decimal , reads"),
        ("a,y\n1,2\n?,3\n4,5\n", ["--target", "y"], "tableFormat", "1 texts, such as '?', among"),
        ("a,y\n1,2\n4,inf\n5,6\n7,8\n", ["--target", "y"], "nonFinite", "--target must be finite"),
        ("a,y\n1,2\n2,3\n", ["--target", "y"], "tooFewRows", "at least 3 rows"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_errors_name_the_flag_and_the_way_out(capsys, text, flags, id, words) -> None:
    Path("data.csv").write_text(text)
    out, err = answer(capsys, "foci", "data.csv", *flags, code=2)
    assert out == ""
    assert f"lcodec: error [lcodec:{id}]: " in err
    assert words in err


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a,y\n\xfc,1\n", "bytes that are not utf-8; try --encoding cp1252"),
        (b"PK\x03\x04" + bytes(99), "save the sheet as CSV"),
        (b"PAR1" + bytes(99), "must be a Parquet file"),
        (b"\x1f\x8b" + bytes(9), "must be a whole gzip file"),
        (b"a,y\n\0,1\n", "zero bytes"),
    ],
)
def test_files_that_are_no_tables_are_refused(capsys, data, words) -> None:
    Path("data.csv").write_bytes(data)
    assert words in answer(capsys, "foci", "data.csv", "--target", "y", code=2)[1]


def test_files_that_are_not_there_and_plots_that_cannot_be(capsys) -> None:
    _, err = answer(capsys, "xi", "nowhere.csv", "--x", "a", "--y", "b", code=2)
    assert "[lcodec:tableFile]: `nowhere.csv` must be a file" in err
    arguments = ("foci", saved(), "--target", "y", "--plot")
    assert "--plot must end with one of" in answer(capsys, *arguments, "a.csv", code=2)[1]
    assert "[lcodec:writeFailed]" in answer(capsys, *arguments, "nowhere/a.png", code=4)[1]
    assert Path("data.csv").read_text() == CLEAN.to_csv(index=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["foci", "data.csv"],
        ["codec", "data.csv", "--response", "y"],
        ["foci", "data.csv", "--target", "y", "--nominal", "--ordered"],
        ["xi", "data.csv", "--x", "a", "--y", "b", "--nominal"],
        ["foci", "data.csv", "--target", "y", "--neighbors", "many"],
        ["graph"],
    ],
)
def test_wrong_arguments_end_with_2(capsys, arguments) -> None:
    with pytest.raises(SystemExit) as exit:
        main(arguments)
    assert exit.value.code == 2
    assert "usage: lcodec" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["foci", "codec", "graph", "xi"])
def test_help_has_examples_and_codes(capsys, command) -> None:
    with pytest.raises(SystemExit) as exit:
        main([command, "--help"])
    assert exit.value.code == 0
    text = capsys.readouterr().out
    assert f"lcodec {command} data.csv" in text
    assert "exit codes:" in text
    assert "%d.%m.%Y" in text


def test_names_of_columns_are_not_taken_for_options(capsys) -> None:
    saved(frame=CLEAN[["y"]].assign(seed=np.append(np.inf, np.zeros(N - 1)), x=1.0))
    _, err = answer(capsys, "foci", "data.csv", "--target", "y", code=2)
    assert "the table must be finite, got 1 infinite value in column `seed`;" in err


def test_rows_without_a_header(capsys) -> None:
    saved(frame=CLEAN[["a", "b", "y"]], header=False)
    found = fields(capsys, "xi", "data.csv", "--no-header", "--x", "0", "--y", "2")
    assert found["statistic"] == lcodec.xi(CLEAN["a"], CLEAN["y"])


def shell(line: str, **how) -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -m lcodec"
    line = f'set -o pipefail; lcodec() {{ {program} "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, **how)


def test_in_a_pipe_torch_is_not_imported_and_numbers_are_the_answer_alone() -> None:
    saved()
    done = shell(
        "cat data.csv | lcodec foci - --target y --columns a,b --format csv | cut -d, -f2 && "
        f"{sys.executable} -X importtime -m lcodec xi data.csv --x a --y y > xi.txt"
    )
    assert done.returncode == 0
    assert done.stdout.split() == ["column", *lcodec.foci(CLEAN[["a", "b"]], CLEAN["y"]).names]
    assert "lcodec.cli.statistics" in done.stderr
    assert "| torch\n" not in done.stderr.replace("  ", "")
    assert Path("xi.txt").read_text().startswith("xi(a, y)")


def test_a_reader_that_leaves_is_no_error() -> None:
    wide = pd.DataFrame(np.random.default_rng(1).normal(size=(12, 60)))
    saved(frame=wide)
    done = shell("lcodec graph data.csv --format json | head -1; echo ${PIPESTATUS[0]}")
    assert done.stdout.split("\n")[0] == "{"
    assert done.stdout.split("\n")[1] in ("0", "141")
    assert done.stderr == ""


def test_a_terminal_is_told_first_that_the_first_run_compiles(tmp_path) -> None:
    pty = pytest.importorskip("pty")
    master, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "lcodec", "xi", saved(), "--x", "a", "--y", "y", "--interval"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        check=True,
    )
    os.close(terminal)
    told = os.read(master, 9999).decode().splitlines()
    os.close(master)
    assert told[0].startswith("lcodec: compiling for this processor")
    assert told[0].endswith("later programs will not wait")
    assert done.stdout.startswith(b"xi(a, y)")


def test_without_pandas_the_command_to_install_it_is_given(capsys, monkeypatch) -> None:
    saved()
    monkeypatch.setitem(sys.modules, "pandas", None)
    _, err = answer(capsys, "xi", "data.csv", "--x", "a", "--y", "y", code=2)
    assert (
        "the command line needs pandas, which is not installed: pip install 'lcodec[tables]'" in err
    )


def test_a_warning_is_said_once(capsys) -> None:
    arguments = ("codec", saved(), "--response", "code", "--of", "a", "--test", "--interval")
    assert answer(capsys, *arguments)[1].count("fewValues") == 1


def test_text_to_explain_is_told_of_once(capsys) -> None:
    _, err = answer(capsys, "foci", saved(), "--target", "kind", "--columns", "a,city")
    assert err == (
        "lcodec: note: text is taken as categories: `city`\n"
        "lcodec: note: the values of `kind` are taken as classes\n"
    )
