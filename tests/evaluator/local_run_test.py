#!/usr/bin/env python3
"""A model in the process from end to end: a tiny checkpoint with random weights, the built-in suite.

    local_run_test.py EVALCTL SOURCE_DIR [TEST ...]

Exit code 0: all held; 1: something did not. Its replies are noise: the verdicts are NA, or CE at best.
"""
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

EVALCTL, SOURCE = sys.argv[1], sys.argv[2]
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("EVALCTL_")}
FOLDER = tempfile.TemporaryDirectory(prefix="evalctl-local-")
MODEL = os.path.join(FOLDER.name, "tiny")
SAMPLING = ["--max-tokens", "60", "--seed", "3", "--context", "2048", "--cpu-memory", "300 MiB",
            "--generate-workers", "4", "--threads", "1", "-n", "3", "--logprobs"]


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def arguments(db, *more):
    return [EVALCTL, "run", "--suite", "quickstart", "--model", MODEL, *SAMPLING, "--no-html",
            "--db", os.path.join(FOLDER.name, db), *more]


def run(command, code=0):
    done = subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=280)
    check(code is None or done.returncode == code,
          f"{command}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done


def hashes(db):
    with sqlite3.connect(os.path.join(FOLDER.name, db)) as connection:
        rows = connection.execute(
            "SELECT p.name, a.attempt_index, g.token_sha256, g.logprobs_sha256 FROM generations g "
            "JOIN attempts a ON a.id = g.attempt_id JOIN problems p ON p.id = a.problem_id")
        return {(name, index): (token_hash, logprobs) for name, index, token_hash, logprobs in rows}


def test_a_run_goes_through_the_whole_pipeline():
    done = run(arguments("whole.db", "--json-events"))
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    kinds = [event.get("event", event.get("kind")) for event in events]
    generated = [i for i, kind in enumerate(kinds) if kind == "generated"]
    judged = [i for i, kind in enumerate(kinds) if kind == "judged"]
    check(len(generated) == len(judged) > 20, f"{len(generated)} generated, {len(judged)} judged")
    check(judged[0] < generated[-1], "judging began only when all was generated")
    verdicts = {event["verdict"] for event in events if event.get("verdict")}
    check(verdicts <= {"NA", "CE"}, f"verdicts {verdicts}")
    found = hashes("whole.db")
    check(all(len(value or "") == 64 for values in found.values() for value in values),
          "a generation has no token hash or no log-probabilities")
    check(len(set(found.values())) > len(found) // 2, "attempts are not their own")
    check("memory plan of" in done.stderr, "no memory plan was printed")


def test_log_probabilities_come_with_their_tokens():
    db = os.path.join(FOLDER.name, "whole.db")
    shown = json.loads(run([EVALCTL, "show", "twopiles", "0", "--db", db, "--format", "json"]).stdout)
    attempt = shown["problems"][0]["attempts"][0]
    tokens = attempt["tokens"]
    check(len(tokens["token_ids"]) == len(tokens["logprobs"]) == attempt["completion_tokens"], attempt)
    check(all(value < 0 for value in tokens["logprobs"]), tokens)
    ids = b"".join(i.to_bytes(4, "little") for i in tokens["token_ids"])
    name = shown["problems"][0]["id"]
    check(hashlib.sha256(ids).hexdigest() == hashes("whole.db")[name, 0][0], "ids of other tokens")
    text = run([EVALCTL, "show", "twopiles", "0", "--db", db]).stdout
    check(f"{len(tokens['logprobs'])} tokens, mean log-probability -" in text, text)


def test_a_killed_run_goes_on_with_the_same_tokens():
    process = subprocess.Popen(arguments("killed.db", "--json-events"), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, env=CLEAN)
    seen = 0
    for line in process.stdout:
        seen += '"generated"' in line
        if seen == 5:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    check(seen == 5, "the run ended before it could be killed")
    check(len(hashes("killed.db")) < len(hashes("whole.db")), "nothing was left to do")
    run(arguments("killed.db"))
    check(hashes("killed.db") == hashes("whole.db"), "other tokens after the kill")


def test_a_share_of_it_can_be_had_again():
    db = os.path.join(FOLDER.name, "whole.db")
    done = run([EVALCTL, "model", "verify-repro", db, "--share", "0.3", "--cpu-memory", "300 MiB",
                "--threads", "1", "--format", "json"])
    result = json.loads(done.stdout)
    check(result["replayed"] == result["equal"] > 8, done.stdout)
    path = os.path.join(FOLDER.name, "report.json")
    run([EVALCTL, "report", "--db", db, "--json", path])
    with open(path, encoding="utf-8") as file:
        checks = json.load(file)["run"]["repro_checks"]
    check([(c["replayed"], c["equal"]) for c in checks] == [(result["replayed"], result["equal"])], checks)


def test_a_difference_is_found():
    db = os.path.join(FOLDER.name, "forged.db")
    with sqlite3.connect(os.path.join(FOLDER.name, "whole.db")) as source, sqlite3.connect(db) as target:
        source.backup(target)
        target.execute("DROP TRIGGER generations_no_UPDATE")
        target.execute("UPDATE generations SET token_sha256 = 'c0ffee' WHERE id = 1")
    done = run([EVALCTL, "model", "verify-repro", db, "--share", "1", "--cpu-memory", "300 MiB",
                "--threads", "1"], code=1)
    check("differs: " in done.stdout, done.stdout)


def test_other_settings_are_another_run():
    done = run(arguments("whole.db", "--run-id", "x", "--dry-run"))
    check("loaded" not in done.stderr, "a dry run loaded the weights")
    small = ["1 MiB" if text == "300 MiB" else text for text in arguments("small.db")]
    refused = run(small, code=None)
    check(refused.returncode == 4 and "need" in refused.stderr and "help" in refused.stderr, refused.stderr)


def test_chat_replies_once():
    chat = [EVALCTL, "model", "chat", MODEL, "--once", "Hello", "--seed", "5", "--max-tokens", "20", "--cpu-memory",
            "300 MiB", "--threads", "1", "--context", "512", "--format", "json", "--logprobs", "2"]
    first = json.loads(run(chat).stdout)
    check(first["token_sha256"] == json.loads(run(chat).stdout)["token_sha256"], "another reply to the same seed")
    check(len(first["logprobs"]) == len(first["tokens"]), first)
    talk = subprocess.run([EVALCTL, "model", "chat", MODEL, "--max-tokens", "5", "--cpu-memory", "300 MiB",
                           "--threads", "1", "--context", "512"], input="Hello\n/reset\nAgain\n/quit\n",
                          capture_output=True, text=True, env=CLEAN, timeout=100)
    check(talk.returncode == 0 and talk.stderr.count("tokens, first after") == 2, talk.stderr)


def test_bench_tells_its_figures():
    done = run([EVALCTL, "model", "bench", MODEL, "--batches", "1,4", "--decode", "8", "--prefill", "64",
                "--prompt", "16", "--repetitions", "2", "--threads", "1", "--format", "json", "--cpu-memory", "300 MiB"])
    result = json.loads(done.stdout)
    check([(r["phase"], r["sequences"]) for r in result["rows"]] == [("prefill", 1), ("decode", 1), ("decode", 4)],
          done.stdout)
    check(all(row["tokens_per_s"] > 0 and row["step_ms"] > 0 for row in result["rows"]), done.stdout)
    check(result["machine"]["bytes_per_s"] > 1e8 and result["machine"]["operations_per_s"] > 1e8, done.stdout)


def main():
    run([sys.executable, os.path.join(SOURCE, "scripts", "make_random_model.py"), "tiny-hybrid", MODEL])
    wanted = sys.argv[3:]
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        start = time.monotonic()
        try:
            test()
            print(f"ok     {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except (AssertionError, OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"FAILED {name}: {error}", flush=True)
    FOLDER.cleanup()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
