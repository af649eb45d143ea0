#!/usr/bin/env python3
"""Usage: check_ferry.py INPUT ANSWER FEEDBACK_DIRECTORY < OUTPUT

The answer file is a best choice in the form of an output; its length is the best possible.
"""
import sys
from pathlib import Path


class Malformed(Exception):
    pass


def used_length(lane, lengths, tokens):
    if not tokens or not all(t.isascii() and t.isdigit() and len(t) <= 6 for t in tokens):
        raise Malformed("expected numbers")
    k, *trucks = map(int, tokens)
    if k < 1 or len(trucks) != k:
        raise Malformed(f"k = {k}, but {len(trucks)} trucks follow")
    if len(set(trucks)) != k or not all(1 <= truck <= len(lengths) for truck in trucks):
        raise Malformed("a truck is named twice or does not exist")
    used = sum(lengths[truck - 1] for truck in trucks)
    if used > lane:
        raise Malformed(f"{used} decimetres of trucks on a lane of {lane}")
    return used


def main():
    _, lane, *lengths = map(int, Path(sys.argv[1]).read_text().split())
    feedback = Path(sys.argv[3])
    best = used_length(lane, lengths, Path(sys.argv[2]).read_text().split())
    output = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    try:
        used = used_length(lane, lengths, output.split())
    except Malformed as fault:
        (feedback / "judgemessage.txt").write_text(f"{fault}\n")
        sys.exit(43)
    if used > best:
        raise RuntimeError("the output is better than the answer file")
    score = 10 if used == best else 8 * used // best
    (feedback / "score.txt").write_text(f"{score}\n")
    (feedback / "judgemessage.txt").write_text(f"uses {used} of at most {best} decimetres\n")
    sys.exit(42)


main()
