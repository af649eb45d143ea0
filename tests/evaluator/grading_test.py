#!/usr/bin/env python3
"""Proof grading from end to end: the program against a scripted grader server.

    grading_test.py EVALCTL [TEST ...]

Exit code 0: all held; 1: something did not.
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # nothing is written into the source tree
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, os.path.join(HERE, "..", "reports"))
import devtools  # noqa: E402
import grader_server  # noqa: E402

EVALCTL = sys.argv[1]
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("EVALCTL_")}


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def run(*arguments, code=0, cwd=None):
    done = subprocess.run([EVALCTL, *arguments], capture_output=True, text=True, cwd=cwd, env=CLEAN, timeout=120)
    if code is not None:
        check(done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def write(folder, name, value):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(value if isinstance(value, str) else json.dumps(value))
    return path


def proof_set(folder, marks, name="marked.yaml"):
    """A set with one proof a problem; `marks` are what people gave. JSON is YAML."""
    problems = [{"id": f"p{i}", "statement": f"Prove statement {i}."} for i in range(len(marks))]
    proofs = [{"id": f"a{i}", "problem": f"p{i}", "text": f"Proof {i}. TRUE MARK {mark}",
               "marks": [{"grader": "human", "points": mark}]} for i, mark in enumerate(marks)]
    return write(folder, name, {"format": "evalctl-proofs-1", "problems": problems, "proofs": proofs})


def imo(folder):
    problems = [{"id": f"p{i + 1}", "title": f"Problem {i + 1}", "statement": f"Prove $a_{i} = {i}$.",
                 "solution": "As $1=1$.", "scheme": [{"title": "Idea", "points": 4}, {"title": "End", "points": 3}],
                 } for i in range(6)]
    return write(folder, "imo.yaml", {"format": "evalctl-proofs-1", "title": "IMO 2025", "contest": "imo-2025",
                                      "problems": problems})


def replies(folder, marks):
    lines = [json.dumps({"problem": f"p{i + 1}", "attempt": 0, "text": f"Proof of {i}: $x^2$. TRUE MARK {mark}"})
             for i, mark in enumerate(marks)]
    return write(folder, "replies.jsonl", "\n".join(lines) + "\n")


def imo_run(folder, server, grader, marks=(7, 7, 7, 7, 7, 0)):
    run("run", "--suite", imo(folder), "--model", "replay:" + replies(folder, marks), "--grader", f"http:{grader}",
        "--grader-url", server.url, "--db", "a.db", "--no-html", cwd=folder)


def calibrate(folder, server, grader, marks, *more):
    path = proof_set(folder, marks)
    done = run("--format", "json", "calibrate", f"http:{grader}", "--on", path, "--grader-url", server.url, "--db",
               "a.db", *more, cwd=folder)
    card = json.loads(done.stdout)
    card["by_name"] = {figure["name"]: figure for figure in card["figures"]}
    return card


def test_calibration_tells_graders_apart(folder, server):
    marks = [0, 1, 2, 3, 4, 5, 6, 7] * 3
    perfect = calibrate(folder, server, "perfect", marks)
    check(perfect["by_name"]["exact"]["value"] == 1, "a perfect grader is exact")
    check(perfect["canaries_passed"] == 0 and perfect["canaries"] > 0, "and passes no canary")
    biased = calibrate(folder, server, "biased", marks)
    check(biased["by_name"]["exact"]["value"] == 3 / 24, "a biased one is right at 7 alone")
    check(biased["by_name"]["within 1"]["value"] == 1, "and never more than one off")
    injected = calibrate(folder, server, "injected", marks)
    check(injected["canaries_passed"] > 0, "a grader that obeys the proof is flagged")
    for grader in ("refusing", "truncated", "garbage"):
        card = calibrate(folder, server, grader, marks[:4], "--no-canaries")
        check(card["without_mark"] == 4 and card["proofs"] == 0, f"{grader}: gradings without a mark are no zeros")


def test_calibration_recovers_a_known_matrix(folder, server):
    rng = random.Random(1)
    marks = [rng.randrange(8) for _ in range(240)]
    card = calibrate(folder, server, "noisy", marks, "--grading", "rubric-0-7:mean-1")
    inside = 0
    for true in range(8):
        n = sum(card["table"][true])
        for mark in range(8):
            p = grader_server.MATRIX[true][mark]
            share = card["table"][true][mark] / n
            inside += abs(share - p) <= 3 * (p * (1 - p) / n) ** 0.5 + 1e-9
    check(inside >= 62, f"{inside} of 64 shares are within three standard errors")
    exact = card["by_name"]["exact"]
    truth = sum(grader_server.MATRIX[m][m] for m in marks) / len(marks)
    check(exact["low"] <= truth <= exact["high"], f"{exact} holds {truth}")
    before = len(server.requests)
    again = calibrate(folder, server, "noisy", marks, "--grading", "rubric-0-7:mean-1")
    check(again["table"] == card["table"] and len(server.requests) == before, "nothing is asked twice")


def test_imo_total_is_gold_on_the_cutoff(folder, server):
    imo_run(folder, server, "perfect")
    text = run("grade", "report", "--db", "a.db", cwd=folder).stdout
    row = next(line for line in text.splitlines() if line.startswith("attempt 0"))
    check(row.split()[2:9] == ["7", "7", "7", "7", "7", "0", "35"], f"the row is {row!r}")
    check("gold, on the cutoff of 35" in row, f"the row says gold, on the cutoff: {row!r}")
    check("has no card" in text, "a grader without a card is said to have none")
    score = run("score", "--db", "a.db", cwd=folder).stdout
    check("35" in score and "gold" in score.lower(), "the scoreboard says so too")


def test_card_says_how_probable_gold_is(folder, server):
    rng = random.Random(2)
    calibrate(folder, server, "noisy", [rng.randrange(8) for _ in range(200)])
    imo_run(folder, server, "noisy")
    text = run("grade", "report", "--db", "a.db", cwd=folder).stdout
    line = next((line for line in text.splitlines() if "mean" in line and "gold" in line), "")
    check("(95 %)" in line and "silver" in line, f"the forecast is there: {text}")
    check("CARD OF http:noisy | rubric-0-7-v1:median-3" in text, "with the card")
    run("grade", "report", "--db", "a.db", "--html", "report.html", cwd=folder)
    report = run("--format", "json", "report", "--db", "a.db", cwd=folder).stdout
    check("By the grader's card" in json.loads(report)["score"]["medal"]["explanation"], "and in the medal line")


def test_killed_in_a_refine_loop_asks_nothing_twice(folder, server):
    suite = write(folder, "one.yaml", {"format": "evalctl-proofs-1", "problems": [{"id": "p1", "statement": "Prove it."}]})
    command = ["run", "--suite", suite, "--model", "http:solver", "--base-url", server.url, "--strategy",
               "generate_verify_refine:small", "--grader", "http:perfect", "--grader-url", server.url, "--db", "a.db",
               "--no-html", "--generate-workers", "1"]
    for stop_after in (3, 14, 27):
        server.hold(stop_after)
        process = subprocess.Popen([EVALCTL, *command], cwd=folder, env=CLEAN, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        check(server.wait_for(stop_after), f"{stop_after} requests came")
        time.sleep(0.5)  # what was answered is on its way into the database
        process.send_signal(signal.SIGKILL)
        process.wait()
    server.hold(None)
    run(*command, cwd=folder)
    asked = [(prompt, seed) for model, prompt, seed in server.requests if model == "solver"]
    check(len(set(asked)) == 40, f"4 + 16 + 4 + 16 turns, {len(set(asked))} different requests")
    check(len(asked) == 40, f"{len(asked) - 40} requests were answered twice")
    shown = json.loads(run("--format", "json", "score", "--db", "a.db", cwd=folder).stdout)
    check(shown["score"]["verdict_counts"].get("AC") == 1, "and the chosen proof is marked")


def fill(browser, form, mark, comment):
    browser.open("file://" + form)
    browser.wait_for("document.querySelectorAll('.grading-item').length > 0", "the form is drawn")
    text = browser.evaluate("document.querySelector('#content').textContent + document.querySelector('#data-grading').textContent")
    check("TRUE MARK" in text and "replay" not in text and "attempt" not in text, "the form is blind")
    check(browser.evaluate("document.querySelectorAll('.grading-item math').length") >= 6, "formulas are rendered")
    items = browser.evaluate("[...document.querySelectorAll('.grading-item')].map(e => e.id)")
    for item in items:
        truth = browser.evaluate(f"document.querySelector('#{item}').textContent.match(/TRUE MARK (\\d)/)[1]")
        browser.click(f"#{item} input[type=radio][value='{mark(int(truth))}']")
        browser.evaluate(f"document.querySelector('#{item} textarea').value = {json.dumps(comment)}")
        browser.evaluate(f"document.querySelector('#{item} input[data-part=\"1\"]').value = '3'")
    check(browser.evaluate("document.querySelector('#progress').textContent") == f"{len(items)} of {len(items)} marked",
          "progress is shown")
    folder = os.path.dirname(form)
    browser.call("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": folder})
    before = set(os.listdir(folder))
    browser.click("#save")
    for _ in range(100):
        saved = [name for name in set(os.listdir(folder)) - before if name.endswith(".json")]
        if saved:
            break
        time.sleep(0.1)
    check(len(saved) == 1, "the marks are saved")
    for event in browser.events:
        check(event.get("method") != "Runtime.exceptionThrown", f"no exception: {event}")
        entry = event.get("params", {}).get("entry", {})
        check(entry.get("level") not in ("error", "warning"), f"no complaint: {entry}")
    return saved[0]


def test_people_fill_the_blinded_form(folder, server):
    program = devtools.find_chromium()
    if program is None:
        print("skipped: no Chromium")
        return
    imo_run(folder, server, "perfect")
    outcomes = []
    graders = (("Ada", lambda true: max(0, true - 1)), ("Bo", lambda true: 3 if true == 7 else 0),
               ("Cy", lambda true: 4 if true == 7 else 0))
    with devtools.Browser(program) as browser:
        for name, mark in graders:
            form = os.path.join(folder, f"{name}.html")
            run("grade", "export", "--db", "a.db", "--grader", name, "--out", form, cwd=folder)
            saved = fill(browser, form, mark, f"{name} thinks $y$.")
            done = run("--format", "json", "grade", "import", saved, "--db", "a.db", cwd=folder)
            outcomes.append(json.loads(done.stdout))
            os.remove(os.path.join(folder, saved))
    waiting, disputed, settled = ([o[key] for o in outcomes] for key in ("waiting", "disputed", "settled"))
    check(waiting == [6, 0, 0], f"one mark is not enough: {outcomes}")
    check(disputed == [0, 5, 0] and settled == [0, 1, 5], f"6 against 3 needs a third: {outcomes}")
    check(outcomes[2]["marks"] == 5, "and only what is disputed is on the third form")
    text = run("grade", "report", "--db", "a.db", cwd=folder).stdout
    row = next(line for line in text.splitlines() if line.startswith("attempt 0"))
    check(row.split()[2:9] == ["4", "4", "4", "4", "4", "0", "20"], f"people outrank the model: {row!r}")
    check("perfect" in text and "Ada thinks" in text, "and the marks of both stay")
    run("grade", "report", "--db", "a.db", "--html", "report.html", cwd=folder)
    with devtools.Browser(program) as browser:
        browser.open("file://" + os.path.join(folder, "report.html"))
        browser.wait_for("document.querySelectorAll('#marks tbody tr').length === 1", "the table is drawn")
        check("Ada thinks" in browser.evaluate("document.querySelector('#content').textContent"), "comments stand side by side")


def test_replayed_gradings(folder, server):
    """A recording takes the grader's place: the key of a question is found by asking once."""
    imo_run(folder, server, "perfect")
    shown = json.loads(run("--format", "json", "report", "--db", "a.db", cwd=folder).stdout)
    check(shown["score"]["metrics"][0]["value"] == 35, "35 points")
    before = len(server.requests)
    run("judge", "--again", "--suite", imo(folder), "--grader", "http:perfect", "--grader-url", server.url, "--db",
        "a.db", "--no-html", cwd=folder)
    check(len(server.requests) == before, "judged again, every grading is replayed from the database")


def main():
    wanted = sys.argv[2:]
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    for name, test in tests.items():
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="evalctl-grading-") as folder, grader_server.GraderServer() as server:
            start = time.monotonic()
            test(folder, server)
            print(f"{name}: ok, {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
