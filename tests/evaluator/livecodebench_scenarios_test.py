#!/usr/bin/env python3
"""LiveCodeBench's other scenarios from end to end, with recorded replies.

    livecodebench_scenarios_test.py EVALCTL SOURCE_DIR

Exit code 0: all held; 1: something did not; 77: no box can be built here.
"""
import base64
import json
import os
import pickle
import subprocess
import sys
import tempfile
import zlib

EVALCTL, SOURCE = sys.argv[1:3]
ROWS = os.path.join(SOURCE, "tests", "lcb", "scenarios")
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("EVALCTL_")}


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def run(folder, *arguments, code=0):
    done = subprocess.run([EVALCTL, *arguments], capture_output=True, text=True, cwd=folder, timeout=120,
                          env={**CLEAN, "EVALCTL_CACHE": os.path.join(folder, "cache")})
    if "no box" in done.stderr or "namespaces" in done.stderr and done.returncode == 4:
        print(done.stderr)
        sys.exit(77)
    check(done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def exported(folder, run_id, *more):
    run(folder, "export", "lcb-output", "out.json", "--db", "r.db", "--run-id", run_id, *more)
    with open(os.path.join(folder, "out.json"), encoding="utf-8") as file:
        return json.load(file)


def test_output_prediction(folder):
    suite = os.path.join(ROWS, "test_generation.jsonl")
    replies = [("9001", 0, ["assert pairSum([1, 2, 3], 5) == [2, 3]", "```python\n[3, 2]\n```"]),
               ("9001", 1, ["Nothing fits.\nassert pairSum([4], 4) == []", "no idea"]),
               ("9002", 0, ["assert mirror('abc') == 'cba'"] * 2),
               ("9003", 0, ["assert isOdd(3) == True", "assert isOdd(3) == 1"])]
    write(folder, "replies.json", [{"question_id": q, "test_id": t, "output_list": o} for q, t, o in replies])
    done = run(folder, "run", "--suite", suite, "--model", "replay:replies.json", "--db", "r.db", "--run-id", "top",
               "--protocol", "livecodebench-test-output", "--format", "json")
    report = json.loads(done.stdout)
    check("test output prediction" in json.dumps(report["run"]), "the run says its scenario")
    breakdown = {(row["dimension"], row["value"]): row["pass_at"]["1"] for row in report["score"]["breakdown"]}
    check(breakdown["difficulty", "easy"]["value"] == 0.5, breakdown)
    check(breakdown["month", "2023-06"]["value"] == 1, breakdown)
    entries = exported(folder, "top")
    check([e["graded_list"] for e in entries] == [[True, False], [True, False], [True, True], [True, True]], entries)
    check([e["pred_list"][1] for e in entries[:2]] == ["[3, 2]", ""], entries)
    check(entries[0]["starter_code"].startswith("class Solution") and "test" not in entries[0], entries[0])
    # What was exported is judged to the same, from its outputs and from its predictions alone.
    for i, keep in enumerate(("output_list", "pred_list")):
        short = [{k: e[k] for k in ("question_id", "test_id", keep)} for e in entries]
        write(folder, "again.json", short)
        run(folder, "judge", "--from", "lcb-output", "again.json", "--suite", suite, "--db", "r.db", "--run-id", f"top{i}")
        again = exported(folder, f"top{i}")
        check([e["graded_list"] for e in again] == [e["graded_list"] for e in entries], again)
    run(folder, "run", "--suite", suite, "--model", "replay:replies.json", "--semantics", "process", code=64)
    run(folder, "run", "--suite", suite, "--model", "replay:replies.json", "--prompt", "livecodebench-generic-2", code=64)


def code_execution(folder):
    suite = os.path.join(ROWS, "execution.jsonl")
    answers = {"sample_0": ["6", "double(x = 3)"], "sample_1": ["(['a', 'b', 'c'], 4)", "[]"],
               "sample_2": ["{2, 1}", "[1, 2]"], "sample_3": ["Counter('aab')", "unknown"]}
    reply = "[THOUGHT]\na == b\n[/THOUGHT]\n[ANSWER]\nassert x == {}\n[/ANSWER]"
    write(folder, "cot.json", [{"id": k, "output_list": [reply.format(a) for a in v]} for k, v in answers.items()])
    run(folder, "run", "--suite", suite, "--model", "replay:cot.json", "--db", "r.db", "--run-id", "cot",
        "--protocol", "livecodebench-execution-cot")
    entries = exported(folder, "cot")
    check([e["graded_list"] for e in entries] == [[True], [True, False], [True, False], [True, False]], entries)
    check(entries[0]["pass@1"] == 1 and entries[0]["numsteps"] == 5 and entries[0]["pred_list"][0] == "6", entries)
    # Without the rule for reasoning the first "==" is the reasoning's.
    run(folder, "judge", "--from", "lcb-output", "cot.json", "--suite", suite, "--db", "r.db", "--run-id", "direct")
    check(exported(folder, "direct")[0]["pred_list"][0] == "b", "direct extraction")
    run(folder, "judge", "--from", "lcb-output", "out.json", "--suite", suite, "--db", "r.db", "--run-id", "again",
        "--protocol", "livecodebench-execution-cot")
    check([e["graded_list"] for e in exported(folder, "again")] == [e["graded_list"] for e in entries], "again")


def row(question, tests, function=""):
    text = json.dumps([{"input": i, "output": o, "testtype": "functional" if function else "stdin"} for i, o in tests])
    packed = base64.b64encode(zlib.compress(pickle.dumps(text))).decode()
    return {"question_title": question, "question_content": f"Solve {question}.", "platform": "leetcode" if function else "atcoder",
            "question_id": question, "contest_id": "abc001", "contest_date": "2024-08-03T00:00:00",
            "starter_code": "class Solution:\n    def f(self, a: int) -> bool:\n        " if function else "",
            "difficulty": "easy", "public_test_cases": "[]", "private_test_cases": packed,
            "metadata": json.dumps({"func_name": function} if function else {})}


def fenced(code):
    return f"```python\n{code}\n```"


def self_repair(folder):
    with open(os.path.join(folder, "problems.jsonl"), "w", encoding="utf-8") as file:
        for line in (row("add", [("1 2", "3"), ("4 5", "9")]), row("even", [("3", "false")], "f")):
            file.write(json.dumps(line) + "\n")
    right = "print(sum(map(int, input().split())))"
    write(folder, "first.json", [
        {"question_id": "add", "output_list": [fenced(right), fenced("print(3)"), fenced("print(1 +)"), fenced("while 1: pass")]},
        {"question_id": "even", "output_list": [fenced("def f(a):\n    return a % 2 == 1")] * 4}])
    function = fenced("def f(a):\n    return a % 2 == 0")
    write(folder, "second.json", [
        {"question_id": "add", "output_list": ["not asked for", fenced(right), fenced(right), fenced("print(0)")]},
        {"question_id": "even", "output_list": [function] * 4}])
    common = ("--suite", "problems.jsonl", "--db", "r.db", "--protocol", "livecodebench", "--strategy", "self_repair")
    arguments = ("run", *common, "--model", "replay:second.json", "--first-turns", "first.json", "--run-id", "repair")
    run(folder, *arguments)
    entries = exported(folder, "repair", "--suite", "problems.jsonl")
    check([e["graded_list"] for e in entries] == [[True, True, True, False], [True] * 4], entries)
    check(entries[0]["original_code_list"][1] == "print(3)" and entries[0]["code_list"][1] == right, entries[0])
    check(entries[0]["code_list"][0] == right, "a program that passed is kept")
    prompts = prompts_of(folder, "repair", "add", 1)
    check(len(prompts) == 2, prompts)
    asked = prompts[1][1]["content"]
    check("got a wrong answer.\nInput: 4 5\nGenerated Output: 3\n\nExpected: 9\n### Format: " in asked, asked)
    check("got the following compilation error.\nError during testing: SyntaxError" in
          prompts_of(folder, "repair", "add", 2)[1][1]["content"], "a program that cannot be loaded")
    check("got time limit exceeded.\nTimeoutException()\nInput: 1 2\nExpected: 3" in
          prompts_of(folder, "repair", "add", 3)[1][1]["content"], "a program over the limit")
    check("Input: [3]\nGenerated Output: True\nExpected: False" in
          prompts_of(folder, "repair", "even", 0)[1][1]["content"], "a function")
    check(len(prompts_of(folder, "repair", "add", 0)) == 1, "nothing is asked about an accepted program")
    # The same command again has nothing to do.
    check("IE" not in run(folder, *arguments).stdout, "resumed")
    # A model that is asked without a system message is asked so again.
    run(folder, *arguments[:-1], "gemini", "--prompt", "livecodebench-gemini-1")
    again = prompts_of(folder, "gemini", "add", 1)[1]
    check([m["role"] for m in again] == ["user"] and asked.split("\n\n\n\n")[0] in again[0]["content"], again)

    # From a run of code generation in the database, and from what it exported: the same prompts and verdicts.
    run(folder, "run", "--suite", "problems.jsonl", "--db", "r.db", "--protocol", "livecodebench",
        "--model", "replay:first.json", "--run-id", "generation")
    write(folder, "eval_all.json", exported(folder, "generation", "--suite", "problems.jsonl"))
    for i, first in enumerate(("run:generation", "eval_all.json")):
        run(folder, "run", *common, "--model", "replay:second.json", "--first-turns", first, "--run-id", f"repair{i}")
        again = exported(folder, f"repair{i}", "--suite", "problems.jsonl")
        check([e["graded_list"] for e in again] == [e["graded_list"] for e in entries], again)
        for problem, attempt in (("add", 1), ("add", 2), ("add", 3), ("even", 0)):
            check(prompts_of(folder, f"repair{i}", problem, attempt) == prompts_of(folder, "repair", problem, attempt),
                  f"{first}: {problem} {attempt}")
    run(folder, "generate", *common, "--model", "replay:second.json", "--first-turns", "first.json", code=64)
    run(folder, "run", "--suite", "problems.jsonl", "--model", "replay:second.json", "--first-turns", "first.json", code=64)


def semantics_and_cutoffs(folder):
    with open(os.path.join(folder, "problems.jsonl"), "w", encoding="utf-8") as file:
        for line in (row("add", [("1 2", "3"), ("4 5", "9")]), {**row("even", [("3", "false")], "f"), "contest_date": "2024-10-01"}):
            file.write(json.dumps(line) + "\n")
    cpp = "```cpp\n#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }\n```"
    lines = fenced("import sys\nfor line in sys.stdin:\n    print(sum(map(int, line.split())))")
    even = "def f(a):\n    return a % 2 == 0"
    write(folder, "replies.json", [{"question_id": "add", "output_list": [cpp, lines]},
                                   {"question_id": "even", "output_list": [fenced(even), f"```cpp\n{even}\n```"]}])
    common = ("run", "--suite", "problems.jsonl", "--db", "r.db", "--protocol", "livecodebench", "--model", "replay:replies.json")
    run(folder, *common, "--run-id", "official", "--cutoff", "2024-09-01")
    run(folder, *common, "--run-id", "process", "--semantics", "process")
    graded = lambda run_id: [e["graded_list"] for e in exported(folder, run_id)]
    # The official evaluator looks at no tag; a process needs to know what it compiles.
    check(graded("official") == [[False, False], [True, True]], graded("official"))
    check(graded("process") == [[True, True], [True, False]], graded("process"))
    differences = json.loads(run(folder, "compare-semantics", "official", "process", "--db", "r.db", "--format", "json").stdout)
    check([d["reason"] for d in differences["differences"][:2]] == ["other-language", "stdin-iteration"], differences)
    run(folder, "judge", "--suite", "problems.jsonl", "--db", "r.db", "--run-id", "official", "--semantics", "process", code=64)

    # A file's attempts are all judged, however many a protocol asks for, and nothing is claimed of their sampling.
    write(folder, "many.json", [{"question_id": "add", "code_list": ["print(sum(map(int, input().split())))"] * 12},
                                {"question_id": "even", "code_list": ["pass"] * 12}])
    done = run(folder, "judge", "--from", "lcb-output", "many.json", "--suite", "problems.jsonl", "--db", "r.db", "--run-id", "many")
    check("of 24 attempts" in done.stdout and "temperature" not in done.stdout, done.stdout)
    check("recorded" not in done.stderr, "the file has no verdicts")

    # Where the file has verdicts of its own, they are held against those given.
    write(folder, "graded.json", [{"question_id": "add", "code_list": ["print(3)", "pass"], "graded_list": [True, False]},
                                  {"question_id": "even", "code_list": ["pass"], "graded_list": [True]}])
    judged = ("judge", "--from", "lcb-output", "graded.json", "--suite", "problems.jsonl", "--db", "r.db", "--run-id", "graded")
    said = run(folder, *judged).stderr
    hint = "evalctl compare-semantics --db r.db graded.json graded"
    check("verdicts recorded in the file: 1 of 3 agree; the others: " + hint in said, said)
    shown = json.loads(run(folder, *hint.split()[1:], "--format", "json").stdout)
    check(shown["first"] == "recorded" and shown["compared"] == 3 and shown["skipped"] == 0, shown)
    check([(d["problem"][-4:], d["attempt"], d["first"], d["second"], d["reason"]) for d in shown["differences"]] ==
          [("/add", 0, "AC", "WA", "not-reproduced"), ("even", 0, "AC", "RE", "not-reproduced")], shown)
    run(folder, "compare-semantics", "graded", "many.json", "--db", "r.db", code=65)
    run(folder, "compare-semantics", "graded", "absent.json", "--db", "r.db", code=65)
    write(folder, "other.json", [{"question_id": "\x1b[2J", "code_list": ["pass"], "graded_list": [True]}])
    for command in (("compare-semantics", "graded", "other.json"), ("judge", "--from", "lcb-output", "other.json", "--suite", "problems.jsonl")):
        said = run(folder, *command, "--db", "r.db", code=65).stderr
        check("\x1b" not in said and "\\x1b[2J" in said, said)
    # Neither may a file steer the terminal.
    write(folder, "steers.json", [{"question_id": "add", "code_list": ["print(sum(map(int, input().split())))"], "graded_list": [False],
                                   "metadata": [json.dumps({"error_code": -4, "error": "\x1b[2J"})]}])
    said = run(folder, "compare-semantics", "steers.json", "many", "--db", "r.db").stdout
    check("\x1b" not in said and "\\x1b[2J" in said and "1 programs compared, 1 differ, 23 not compared" in said, said)
    write(folder, "many.json", [{"question_id": "add", "code_list": ["a", "b"], "output_list": ["a"]}])
    run(folder, "judge", "--from", "lcb-output", "many.json", "--suite", "problems.jsonl", "--db", "r.db", code=65)

    # The cut-off that the run was begun with stays, and a report may take another.
    done = run(folder, *common, "--run-id", "official", "--cutoff", "2024-01-01")
    check("begun with the training cut-off 2024-09-01 and keeps that" in done.stderr, done.stderr)
    check("before it 0.0 %" in " ".join(done.stdout.split()), done.stdout)
    check("cut-off" not in run(folder, *common, "--run-id", "official").stderr, "nothing is said where nothing is asked")
    run(folder, *common, "--run-id", "official", "--cutoff", "2024-02-30", code=64)
    report = lambda *more: json.loads(run(folder, "report", "--db", "r.db", "--run-id", "official", "--json", "-", *more).stdout)
    sides = lambda rows: [r["value"] for r in rows if r["dimension"] == "cutoff"]
    check(sides(report()["score"]["breakdown"]) == ["before 2024-09-01", "from 2024-09-01"], "the run's own")
    other = report("--cutoff", "2024-01-01")
    check(sides(other["score"]["breakdown"]) == ["from 2024-01-01"], other["score"]["breakdown"])
    check(other["run"]["training_cutoff_of_run"] == "2024-09-01", other["run"])
    rows = json.loads(run(folder, "breakdown", "--db", "r.db", "--run-id", "official", "--format", "json").stdout)
    check(rows["training_cutoff"] == "2024-09-01" and len(sides(rows["rows"])) == 2, rows)

    shown = run(folder, "problems", "show", "problems.jsonl/even").stdout
    check("Solve even." in shown, shown)
    run(folder, "problems", "show", "problems.jsonl/odd", code=65)


def recordings_that_do_not_fit(folder):
    for name, kind in (("execution", "code execution"), ("test_generation", "test output prediction")):
        listed = run(folder, "problems", "list", os.path.join(ROWS, name + ".jsonl")).stdout
        check(kind in listed and "proof" not in listed, listed)
    with open(os.path.join(folder, "two.jsonl"), "w", encoding="utf-8") as file:
        for line in (row("add", [("1 2", "3")]), row("twice", [("2", "4")])):
            file.write(json.dumps(line) + "\n")
    code = "print(sum(map(int, input().split())))"
    others = [{"question_id": f"other{i}", "code_list": ["pass"]} for i in range(7)]
    write(folder, "some.json", [{"question_id": "add", "code_list": [code]}, *others])
    judge = ("judge", "--from", "lcb-output", "some.json", "--suite", "two.jsonl", "--db", "fit.db")
    said = run(folder, *judge, code=4).stderr
    check("not judged: 7 problems of some.json" in said and "other0, other1, other2, other3, other4, and 2 more" in said, said)
    check("warning: some.json has nothing for 1 of 2 problems: twice;" in said, said)
    # IE is no verdict, as a job that only asks for the score has to know.
    for command in ("score", "report"):
        check("IE 1" in run(folder, command, "--db", "fit.db", code=3).stdout, command)
    said = run(folder, "export", "lcb-output", "out.json", "--db", "fit.db").stderr
    check("1 of 2 attempts have no verdict" in said, said)
    said = run(folder, *judge, "--time-factor", "2", code=64).stderr
    check("time limits of the official evaluator" in said, said)
    # Another content is another run, not the verdicts of the old one.
    write(folder, "some.json", [{"question_id": "add", "code_list": ["print(0)"]}])
    said = run(folder, *judge, code=4).stdout
    check("WA 1" in said and "AC" not in said, said)
    write(folder, "some.json", others)
    said = run(folder, *judge, code=65).stderr
    check('none of the 2 problems of suite "livecodebench" is in the recording' in said and "it has other0" in said, said)
    write(folder, "some.json", [{"question_id": q, "code_list": [code]} for q in ("add", "twice")])
    said = run(folder, *judge, "--run-id", "whole").stderr
    check("not judged" not in said and "has nothing" not in said, said)
    said = run(folder, "judge", "--repeat", "2", "--problem", "add", "--suite", "two.jsonl", "--db", "fit.db", "--run-id", "whole").stdout
    check("1 attempts judged 2 times" in said, said)


def prompts_of(folder, run_id, problem, attempt):
    import sqlite3
    database = sqlite3.connect(os.path.join(folder, "r.db"))
    rows = database.execute(
        "SELECT b.content FROM generations g JOIN attempts a ON a.id = g.attempt_id JOIN problems p ON p.id = a.problem_id "
        "JOIN runs r ON r.id = a.run_id JOIN blobs b ON b.sha256 = g.prompt_sha256 "
        "WHERE r.name = ? AND p.name = ? AND a.attempt_index = ? ORDER BY g.turn",
        (run_id, f"livecodebench/{problem}", attempt)).fetchall()
    database.close()
    return [json.loads(content) for (content,) in rows]


failed = 0
for test in (test_output_prediction, code_execution, recordings_that_do_not_fit, self_repair, semantics_and_cutoffs):
    with tempfile.TemporaryDirectory() as folder:
        try:
            test(folder)
            print(f"ok    {test.__name__}")
        except AssertionError as error:
            failed += 1
            print(f"FAILED {test.__name__}: {error}")
sys.exit(1 if failed else 0)
