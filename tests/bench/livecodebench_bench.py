#!/usr/bin/env python3
"""Programs and tests judged per second on recorded generations of LiveCodeBench, by semantics, beside the plain way:
a fresh interpreter for each test, outside of any box, output thrown away. Trusted recordings only.

    tests/bench/livecodebench_bench.py EVALCTL DATA [PROBLEMS]

DATA is a folder with problems.jsonl and generations/*.eval_all.json. CPU time is of all processes, and what to compare on
a machine that is not idle; one job at a time throughout.
"""
import base64
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import time
import zlib


def tests_of(row):
    tests = json.loads(row["public_test_cases"])
    packed = row["private_test_cases"]
    if packed.startswith("["):
        return tests + json.loads(packed)
    # The data set is one of ours to trust; evalctl itself never unpickles.
    return tests + json.loads(pickle.loads(zlib.decompress(base64.b64decode(packed))))


def measure(action):
    before, started = os.times(), time.perf_counter()
    result = action()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return result, time.perf_counter() - started, cpu


def run_evalctl(evalctl, data, recording, semantics, ids, folder):
    command = [evalctl, "run", "--suite", str(data), "--model", "replay:" + str(recording), "--protocol", "livecodebench",
               "--semantics", semantics, "-n", "1", "-j", "1", "--no-html", "--quiet", "--no-verdict-cache",
               "--db", str(folder / (semantics + ".db")), "--run-id", semantics, "--format", "json"]
    for name in ids:
        command += ["--problem", name]
    environment = dict(os.environ, EVALCTL_CACHE=str(folder / "cache"))
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    attempts = [attempt for problem in report["problems"] for attempt in problem["attempts"]]
    return sum(len((attempt.get("judgement") or {}).get("tests", [])) for attempt in attempts)


def run_plainly(programs):
    count = 0
    for code, inputs in programs:
        for text in inputs:
            count += 1
            try:
                subprocess.run(["/usr/bin/python3", "-c", code], input=text.encode(), timeout=6,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                break
    return count


def main():
    evalctl, data = sys.argv[1], pathlib.Path(sys.argv[2])
    limit = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    recording = sorted((data / "generations").glob("*.eval_all.json"))[0]
    rows = [json.loads(line) for line in open(data / "problems.jsonl")]
    # Programs that were accepted: all tests are run by everyone.
    accepted = {entry["question_id"]: entry["code_list"][0] for entry in json.load(open(recording))
                if entry["graded_list"][0]}
    chosen = [row for row in rows if row["question_id"] in accepted and json.loads(row["metadata"]) == {}][:limit]
    ids = [row["question_id"] for row in chosen]
    programs = [(accepted[row["question_id"]], [test["input"] for test in tests_of(row)]) for row in chosen]
    print("%-18s %9s %12s %9s %14s" % ("", "tests", "programs/s", "tests/s", "CPU ms/program"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run_evalctl(evalctl, data, recording, "process", ids[:1], folder)  # fills the cache
        os.remove(folder / "process.db")
        for label, action in (
                ("plain", lambda: run_plainly(programs)),
                ("lcb-official", lambda: run_evalctl(evalctl, data, recording, "lcb-official", ids, folder)),
                ("process", lambda: run_evalctl(evalctl, data, recording, "process", ids, folder))):
            tests, wall, cpu = measure(action)
            print("%-18s %9d %12.1f %9.1f %14.1f" % (label, tests, len(ids) / wall, tests / wall, 1000 * cpu / len(ids)))


main()
