"""What a reader makes of a log for Perfetto: ten thousand customers of `tests/examples/perfetto_mm1.rs`.

    python tests/python/read_by_perfetto.py
    python tests/python/read_by_perfetto.py --processor

The first reads the file by the rules of the format ("Trace Event Format"): `json` reads the whole file, events
are sorted by time, each end closes the innermost span of its track. The second asks Perfetto's own trace
processor, by its package: `pip install perfetto`. That downloads a program from Google's servers when it runs
first. Both check the same: the tracks, the spans and how they nest, the instants, the counters.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A span: its depth in its track is that of the spans around it. An open one has no end. Times are in seconds.
Span = collections.namedtuple("Span", "category name depth parent begin end")


def by_the_rules(file):
    """Returns the names of the tracks, the spans, the instants and the counters."""
    events = json.loads(file.read_text())
    for event in events:
        assert event["ph"] in "MBEiC" and isinstance(event["pid"], int) and event["ts"] >= 0, event
    tracks = [event["args"]["name"] for event in events if event.get("name") == "thread_name"]
    spans, instants, counters = [], 0, collections.Counter()
    stacks, last = collections.defaultdict(list), collections.defaultdict(float)
    # Sorting keeps the order of the file among equal times, as the trace processor does.
    for event in sorted((event for event in events if event["ph"] != "M"), key=lambda event: event["ts"]):
        track, time = (event["pid"], event["tid"]), event["ts"] / 1e6
        stack = stacks[track]
        if event["ph"] == "B":
            parent = stack[-1].category if stack else None
            stack.append(Span(event["cat"], event["name"], len(stack), parent, time, None))
        elif event["ph"] == "E":
            spans.append(stack.pop()._replace(end=time))
        elif event["ph"] == "i":
            assert event["s"] == "t"
            instants += 1
        else:
            for name, value in event["args"].items():
                assert isinstance(value, (int, float))
                counters[f"{event['name']} {name}"] += 1
        last[track] = time
    for stack in stacks.values():
        spans.extend(stack)
    return tracks, spans, instants, counters


def by_the_processor(file):
    """Does the same by Perfetto's own trace processor."""
    from perfetto.trace_processor import TraceProcessor

    processor = TraceProcessor(trace=str(file))
    faults = "select name, value from stats where severity in ('error', 'data_loss') and value > 0"
    for row in processor.query(faults):
        sys.exit(f"the trace processor says: {row.name} = {row.value}")
    tracks = [row.name for row in processor.query("select name from thread where name glob '* #*'")]
    query = """select slice.category as category, slice.name as name, slice.depth as depth, slice.ts as ts,
        slice.dur as dur, outside.category as parent
        from slice left join slice outside on slice.parent_id = outside.id where slice.category is not null"""
    spans = [
        Span(row.category, row.name, row.depth, row.parent, row.ts / 1e9,
             None if row.dur < 0 else (row.ts + row.dur) / 1e9)
        for row in processor.query(query)
    ]
    query = "select count(*) as x from slice where category is null"
    instants = [row.x for row in processor.query(query)][0]
    query = "select name, count(*) as x from counter join counter_track on track_id = counter_track.id group by name"
    counters = {row.name: row.x for row in processor.query(query)}
    processor.close()
    return tracks, spans, instants, counters


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processor", action="store_true", help="ask Perfetto's own trace processor")
    read = by_the_processor if parser.parse_args().processor else by_the_rules
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "mm1.json"
        program = ["cargo", "run", "-q", "-p", "asim-tests", "--example", "perfetto_mm1", "--", str(file)]
        printed = subprocess.run(program, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        expected = {key: float(value) for key, value in map(str.split, printed.splitlines())}
        tracks, spans, instants, counters = read(file)
    of = collections.defaultdict(list)
    for span in spans:
        of[span.category].append(span)
    holds, waits = of["hold"], of["wait"]
    ended = [hold for hold in holds if hold.end is not None]
    busy = sum(hold.end - hold.begin for hold in ended)
    services = [wait for wait in waits if wait.name.startswith("waits for timeout") and wait.parent == "hold"]
    wrong = []
    for what, seen, wanted, error in [
        ("tracks", len(set(tracks)), expected["processes"], 0),
        ("lives", len(of["process"]), expected["processes"], 0),
        ("lives that end", sum(life.end is not None for life in of["process"]), expected["ended"] + 1, 0),
        ("holds", len(holds), expected["holds"], 0),
        ("holds inside of a life", sum((hold.depth, hold.parent) == (1, "process") for hold in holds),
         expected["holds"], 0),
        ("waits", len(waits), expected["waits"], 0),
        ("waits in line", sum(wait.name == "waits for clerk" for wait in waits), expected["in_line"], 0),
        ("services inside of a hold", len(services), expected["holds"], 0),
        ("instants", instants, expected["instants"], 0),
        ("changes of the level", counters["clerk level"], expected["levels"], 0),
        ("changes of the capacity", counters["clerk capacity"], 1, 0),
        # Each begin and end is rounded to the nanosecond.
        ("time of the holds", busy, expected["busy"], 1e-9 * len(holds)),
    ]:
        print(f"{what:28}{seen:>16.6g}{wanted:>16.6g}")
        if abs(seen - wanted) > error:
            wrong.append(what)
    if wrong:
        sys.exit(f"wrong: {', '.join(wrong)}")


main()
