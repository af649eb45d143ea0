"""Holds the fast way of making a program a function (judges/lcb/program_text.py) against the official one: where the
fast way says yes, both must be the same tree.

    program_text_test.py SOURCE_DIR
"""
import ast
import pathlib
import sys
import warnings

# Must go the official way: the comment says what the fast one would do to it.
REFUSED = {
    "import behind a bracket": "x = (\n 1); import re\nprint(x)\n",  # an import in the function
    "class in two pieces": "x = 'class Sol' 'ution'\n",              # a class that is not looked for
    "class with an escape": "x = 'class \\x53olution'\n",
    "class of another alphabet": "class \uff33olution: pass\n",
    "text of several lines": "x = '''a\nb'''\n",                     # another text
    "line goes on": "x = 'a\\\nb'\n",
    "form feed": "if x:\n  y = 1\n  \fz = 2\n",                      # another block
    "import under the guard": "x = 1\nif __name__ == '__main__':\n  import re\n",
    "guard with else": "x = 1\nif __name__ == '__main__':\n  y = 2\nelse:\n  y = 3\n",
    "guard that is not last": "x = 1\nif __name__ == '__main__':\n  y = 2\nz = 3\n",
    "another guard": "x = 1\nif '__main__' == __name__:\n  y = 2\n",
    "future": "from __future__ import annotations\nx = 1\n",
    "only imports": "import re\n",
    "late import": "x = 1\nimport re\n",
    "line number": "import sys\nx = sys._getframe().f_lineno\n",
    "truth": "class A:\n  def __bool__(self): return x\n",
    "many terms": "x = " + "+".join(["1"] * 400) + "\n",
    "many terms in brackets": "y = \")\"; x = (1\n" + "+ 1\n" * 400 + ")\n",
    "no program": "x = = 1\n",
}
# Must be fast, and the same.
FAST = {
    "usual": "import sys\nn = int(input())\nprint(n + 1)\n",
    "guard": "def main():\n  return 1\nif __name__ == \"__main__\":  # c\n  x: int = main()\n# end\n",
    "tabs": "if x:\n\ty = 1\n\tif y:\n\t        z = 2\n",
    "brackets": "x = [\n1,\n# c\n2]; y = (\n'a' \"b\"\n)\n",
    "no last line end": "print('it\\'s', \"\\\"\")\n  # c\n\t",
    "description": "'doc \\\\ \"'\nprint(1)\n",
    "return": "import re, os.path as p # c\n\nif input(): return\nyield -1 ** 2, (-1) ** 2, not (a < b) == c\n",
    "many values": "x = [\n" + "1, 2,\n" * 200 + "]\n",
    "many signs": "x = '" + "+(" * 200 + "' # " + "+(" * 200 + "\ny = \"'\"\n",
    "many lines": "for x in y:\n" + "    z += (x + 1) * 2\n" * 100,
    "letters": "\u00e9 = '\u65e5'; print(\uff58)\n",
}


def tree(text):
    module = ast.parse(text)
    body = getattr(module.body[-1], "body", [])
    # The guard, whose test is always true here and is left out officially.
    if body and isinstance(body[-1], ast.If) and ast.dump(body[-1].test) == ast.dump(ast.Constant(True)):
        body[-1:] = body[-1].body
    return ast.dump(module)


def main():
    warnings.simplefilter("ignore")
    source = pathlib.Path(sys.argv[1])
    shim = {}
    exec((source / "judges/lcb/program_text.py").read_text(encoding="utf-8"), shim)
    faults = []

    def is_fast(name, code):
        calls = sys.getrecursionlimit()
        is_compiled = shim["compile_by_lines"](code) is not None
        sys.setrecursionlimit(calls)
        if not is_compiled:
            return False
        official = shim["as_function"](code)
        if (not official.startswith(shim["HEADER"]) or "class Solution" in official or
                tree(shim["by_lines"](code)) != tree(official[len(shim["HEADER"]):])):
            faults.append("%s: not the same" % name)
        return True

    faults += ["%s: goes the fast way" % name for name, code in REFUSED.items() if is_fast(name, code)]
    faults += ["%s: goes the official way" % name for name, code in FAST.items() if not is_fast(name, code)]
    programs = sorted((source / "tests/lcb").glob("*/*.py"))
    fast = [path.name for path in programs
            if is_fast(path.name, path.read_bytes().decode("utf-8", "surrogatepass"))]
    if len(fast) < len(programs) / 2:
        faults.append("only %d of %d programs of tests/lcb go the fast way" % (len(fast), len(programs)))
    sys.exit("\n".join(faults) if faults else 0)


main()
