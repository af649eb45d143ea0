#!/usr/bin/env python3
"""Programs and tests judged per second on recorded generations of LiveCodeBench, by semantics, beside the plain way:
a fresh interpreter for each test, outside of any box, output thrown away, and beside the official evaluator itself, if a
checkout of LiveCodeBench is named (python3 then needs numpy and tqdm). Trusted recordings only.

    tests/bench/livecodebench_bench.py EVALCTL DATA [PROBLEMS [JOBS [CHECKOUT]]]

DATA is a folder with problems.jsonl and generations/*.eval_all.json. CPU time is of all processes, counted by a cgroup of
version 1 that everything runs in (as root): what the system tells of children leaves out those that nobody waits for, as
the processes of a box. It is what to compare on a machine that is not idle; the plain way has always one job.
The last way judges one program only: what evalctl costs whatever the number of programs is.
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


class CpuClock:
    """The CPU seconds of this process and all that came of it."""

    def __init__(self):
        self.group = pathlib.Path("/sys/fs/cgroup/cpuacct/livecodebench-bench-%d" % os.getpid())
        try:
            self.group.mkdir()
        except OSError as error:
            sys.exit("no group to count CPU time in: %s" % error)
        (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def now(self):
        return int((self.group / "cpuacct.usage").read_text()) / 1e9

    def close(self):
        (self.group.parent / "cgroup.procs").write_text(str(os.getpid()))
        for _ in range(50):  # what was killed is not gone at once
            try:
                return self.group.rmdir()
            except OSError:
                time.sleep(0.1)


def measure(clock, action):
    before, started = clock.now(), time.perf_counter()
    result = action()
    return result, time.perf_counter() - started, clock.now() - before


def run_evalctl(evalctl, data, recording, semantics, ids, folder, jobs):
    command = [evalctl, "run", "--suite", str(data), "--model", "replay:" + str(recording), "--protocol", "livecodebench",
               "--semantics", semantics, "-n", "1", "-j", jobs, "--no-html", "--quiet", "--no-verdict-cache",
               "--db", str(folder / (semantics + ".db")), "--run-id", semantics, "--format", "json"]
    for name in ids:
        command += ["--problem", name]
    environment = dict(os.environ, EVALCTL_CACHE=str(folder / "cache"))
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    attempts = [attempt for problem in report["problems"] for attempt in problem["attempts"]]
    judgements = [attempt.get("judgement") or {} for attempt in attempts]
    right = sum(judgement.get("verdict") == "AC" for judgement in judgements)
    return sum(len(judgement.get("tests", [])) for judgement in judgements), right


# What a function needs to be a program: the names that the benchmark's starter code takes for granted, and a call.
PLAIN_HEAD = "from typing import *\nfrom collections import *\nfrom itertools import *\nimport math\n"
PLAIN_CALL = "\nimport json, sys\nprint(Solution().%s(*map(json.loads, sys.stdin.read().split('\\n'))))\n"


def run_plainly(programs):
    count = 0
    for code, inputs, function in programs:
        if function:
            code = PLAIN_HEAD + code + PLAIN_CALL % function
        for text in inputs:
            count += 1
            try:
                subprocess.run(["/usr/bin/python3", "-c", code], input=text.encode(), timeout=6,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                break
    return count, None


OFFICIAL = """
import json, sys
from lcb_runner.evaluation.compute_code_generation_metrics import evaluate_generations
samples, codes, jobs = json.load(sys.stdin)
results, _ = evaluate_generations(samples, codes, num_process_evaluate=jobs)
tests = [result for generations in results.values() for result in generations]
print(json.dumps([sum(map(len, tests)), sum(all(code > 0 for code in result) for result in tests)]))
"""


def run_officially(checkout, rows, programs, jobs):
    samples = []
    for row in rows:
        tests = tests_of(row)
        samples.append({"input_output": json.dumps({
            "inputs": [test["input"] for test in tests], "outputs": [test["output"] for test in tests],
            "fn_name": json.loads(row["metadata"]).get("func_name")})})
    # One thread, as the evaluator itself wants it; it says so only after numpy has been imported.
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [checkout, environment.get("PYTHONPATH")]))
    done = subprocess.run([sys.executable, "-c", OFFICIAL], input=json.dumps([samples, [[program[0]] for program in programs], int(jobs)]),
                          capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    evalctl, data = sys.argv[1], pathlib.Path(sys.argv[2])
    limit = int(sys.argv[3]) if len(sys.argv) > 3 else None
    jobs = sys.argv[4] if len(sys.argv) > 4 else "1"
    checkout = sys.argv[5] if len(sys.argv) > 5 else None
    recording = sorted((data / "generations").glob("*.eval_all.json"))[0]
    rows = [json.loads(line) for line in open(data / "problems.jsonl")]
    # Programs that were accepted: all tests are run by everyone.
    accepted = {entry["question_id"]: entry["code_list"][0] for entry in json.load(open(recording))
                if entry["graded_list"][0]}
    chosen = [row for row in rows if row["question_id"] in accepted][:limit]
    ids = [row["question_id"] for row in chosen]
    programs = [(accepted[row["question_id"]], [test["input"] for test in tests_of(row)],
                 json.loads(row["metadata"]).get("func_name")) for row in chosen]
    print("%-18s %9s %9s %12s %9s %14s" % ("", "tests", "accepted", "programs/s", "tests/s", "CPU ms/program"))
    clock = CpuClock()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for semantics in ("process", "lcb-official"):  # fills the cache of test data, and the disk's
            run_evalctl(evalctl, data, recording, semantics, ids if semantics == "process" else ids[:1], folder, jobs)
            os.remove(folder / (semantics + ".db"))
        ways = [("plain", lambda: run_plainly(programs))]
        if checkout:
            ways.append(("official evaluator", lambda: run_officially(checkout, chosen, programs, jobs)))
        for semantics in ("lcb-official", "process"):
            ways.append((semantics, lambda name=semantics: run_evalctl(evalctl, data, recording, name, ids, folder, jobs)))
        ways.append(("one program", lambda: run_evalctl(evalctl, data, recording, "lcb-official-2501", ids[:1], folder, jobs)))
        for label, action in ways:
            (tests, right), wall, cpu = measure(clock, action)
            count = 1 if label == "one program" else len(ids)
            print("%-18s %9d %9s %12.1f %9.1f %14.2f" %
                  (label, tests, "" if right is None else right, count / wall, tests / wall, 1000 * cpu / count), flush=True)
    clock.close()


main()
