"""What pandas and polars make of `results.csv` and `summary.csv`, and whether scipy computes the same intervals.

    cargo build -p asim-tests --bin bank
    python tests/python/read_results.py

Needs `pip install pandas polars scipy pyarrow`. It runs the experiment of `tests/src/bank.rs` with replications that
fail, results that only some replications have, and one that none knows.
"""

import csv
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy
import pandas
import polars
import scipy.stats

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target" / "debug" / "bank"
REPLICATIONS = 240
FAILS = 50
RARE = 'rare, and "quoted"'


def run(folder):
    """Runs two scenarios, of which the second is compared with the first."""
    words = ["--replications", str(REPLICATIONS), "--set", f"fails={FAILS}", "--quiet", "--out", str(folder)]
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr


def close(one, other):
    """Checks that two numbers are equal up to the last digits, or are both unknown."""
    if isinstance(one, float) and math.isnan(one):
        assert math.isnan(other), (one, other)
    else:
        assert math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12), (one, other)


def check_rows(rows, summary):
    """`rows`: a dictionary of lists; `summary`: a list of dictionaries. What is not known is NaN or None."""
    names = list(rows)
    assert names[:4] == ["clerks", "fails", "replication", "error"], names
    assert RARE in names and "unknown" in names
    assert rows["clerks"] == [1, 2] * REPLICATIONS
    assert rows["replication"] == [1 + place // 2 for place in range(2 * REPLICATIONS)]
    unknown = lambda cell: cell is None or (isinstance(cell, float) and math.isnan(cell))
    failed = [not unknown(cell) for cell in rows["error"]]
    assert failed == [number % FAILS == 0 for number in rows["replication"]]
    message = 'the "vault" is empty,\nin replication 50'
    assert rows["error"][2 * FAILS - 1] == message, rows["error"][2 * FAILS - 1]
    assert all(unknown(cell) for cell in rows["unknown"])
    endless = [cell for cell, fails in zip(rows["endless"], failed) if not fails]
    assert all(cell == -math.inf for cell in endless) and endless

    measures = names[4:]
    values = {}
    for clerks in (1, 2):
        for measure in measures:
            cells = [cell for cell, of in zip(rows[measure], rows["clerks"]) if of == clerks]
            values[clerks, measure] = [math.nan if unknown(cell) else float(cell) for cell in cells]
    checked = 0
    for line in summary:
        cells = numpy.array(values[line["clerks"], line["measure"]])
        if not unknown(line["compared_to"]):
            assert (line["compared_to"], line["clerks"]) == ("clerks=1", 2)
            with numpy.errstate(invalid="ignore"):
                cells = cells - numpy.array(values[1, line["measure"]])
        known = cells[~numpy.isnan(cells)]
        assert line["n"] == len(known), line
        assert line["n"] + line["unknown"] == REPLICATIONS - REPLICATIONS // FAILS, line
        if len(known) < 2 or not numpy.isfinite(known).all():
            continue
        assert line["confidence"] == 0.95
        close(float(known.mean()), line["mean"])
        sd = float(known.std(ddof=1))
        close(sd, line["sd"])
        half_width = float(scipy.stats.t.ppf(0.975, len(known) - 1)) * sd / math.sqrt(len(known))
        close(half_width, line["half_width"])
        close(line["mean"] - half_width, line["low"])
        close(line["mean"] + half_width, line["high"])
        close(float(known.min()), line["least"])
        close(float(known.max()), line["most"])
        checked += 1
    assert checked >= 3 * (len(measures) - 3), (checked, len(measures))
    return checked


def exact(folder, frame):
    """Checks that a reader got the numbers of the file to the last bit."""
    with open(folder / "results.csv", newline="", encoding="utf-8") as file:
        for row, line in enumerate(csv.DictReader(file)):
            for name in ("waited.mean", "waited.sd", RARE):
                cell = frame[name][row]
                if line[name] == "":
                    assert cell is None or math.isnan(cell)
                else:
                    assert cell == float(line[name]), (name, cell, line[name])


def by_pandas(folder):
    """Returns how many intervals were checked."""
    # Since its version 3, pandas reads numbers exactly by itself, and says so.
    exactly = {} if int(pandas.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}
    rows = pandas.read_csv(folder / "results.csv", **exactly)
    summary = pandas.read_csv(folder / "summary.csv", **exactly)
    assert rows["replication"].dtype == "int64" and rows["clerks"].dtype == "int64"
    for name in rows.columns[4:]:
        assert rows[name].dtype == "float64", (name, rows[name].dtype)
    for name in ("mean", "sd", "half_width", "low", "high", "least", "most", "confidence"):
        assert summary[name].dtype == "float64", (name, summary[name].dtype)
    assert summary["n"].dtype == "int64" and summary["unknown"].dtype == "int64"
    exact(folder, rows)
    return check_rows({name: rows[name].tolist() for name in rows.columns}, summary.to_dict("records"))


def by_polars(folder):
    """Returns how many intervals were checked. Types are guessed from the first hundred rows, as it does."""
    rows = polars.read_csv(folder / "results.csv")
    # Polars leaves quotes doubled in the name of a column (not in a cell).
    rows = rows.rename({name: name.replace('""', '"') for name in rows.columns})
    summary = polars.read_csv(folder / "summary.csv")
    assert rows["replication"].dtype == polars.Int64 and rows["clerks"].dtype == polars.Int64
    for name in rows.columns[4:]:
        # A column without a single number is text for polars.
        wanted = polars.String if name == "unknown" else polars.Float64
        assert rows[name].dtype == wanted, (name, rows[name].dtype)
    for name in ("mean", "sd", "half_width", "low", "high", "least", "most", "confidence"):
        assert summary[name].dtype == polars.Float64, (name, summary[name].dtype)
    assert summary["n"].dtype == polars.Int64 and summary["unknown"].dtype == polars.Int64
    exact(folder, rows)
    return check_rows(rows.to_dict(as_series=False), summary.to_dicts())


def main():
    """Reads the files with both."""
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is missing: cargo build -p asim-tests --bin bank")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder) / "out"
        run(folder)
        print(f"pandas {pandas.__version__}: {by_pandas(folder)} intervals as scipy {scipy.__version__} has them")
        print(f"polars {polars.__version__}: {by_polars(folder)} intervals as scipy {scipy.__version__} has them")


if __name__ == "__main__":
    main()
