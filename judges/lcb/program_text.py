# Part of the shim: a program as the function that the official evaluator makes of it.
import ast
import re
import sys

# What the official evaluator puts before every program, in this order: a later module hides names of an
# earlier one (pow is operator's, open and exit are those of builtins).
STAR_MODULES = ("string re datetime collections heapq bisect copy math random statistics itertools "
                "functools operator io sys json builtins typing").split()
HEADER = "".join(
    ["from %s import *\n" % name for name in STAR_MODULES] +
    ["import %s\n" % name for name in STAR_MODULES if name not in ("builtins", "typing")] +
    ["sys.setrecursionlimit(50000)\n"])


def is_main_guard(statement):
    return (isinstance(statement, ast.If) and
            ast.unparse(statement.test).strip() == "__name__ == '__main__'")


def as_function(code):
    """The program as the body of a function, imports before it; as it is where that cannot be done. The
    official way: a text made from its tree."""
    try:
        body = ast.parse(code).body
        if is_main_guard(body[-1]):
            code = ast.unparse(body[:-1]) + "\n" + ast.unparse(body[-1].body)
    except BaseException:
        pass
    try:
        imports, others = [], []
        for statement in ast.parse(code).body:
            is_import = isinstance(statement, (ast.Import, ast.ImportFrom))
            (imports if is_import else others).append(statement)
        wrapped = ast.FunctionDef(
            name="wrapped_function",
            args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]),
            body=others, decorator_list=[], lineno=-1)
        return HEADER + "\n" + ast.unparse(imports) + "\n" + ast.unparse(wrapped)
    except Exception:
        return code


# A program that has none of this is a function as soon as its lines are indented.
NOT_BY_LINES = re.compile("|".join((
    # Texts of several lines would not be the same then, nor lines that a return or a form feed begins.
    r"""\'\'\'|\"\"\"|\\\n|[\r\f\0]""",
    # What the official way makes of an f-string may be another one, or nothing.
    r"""(?<!\w)(?:[fF][rR]?|[rR][fF])['"]""",
    # Imports must come first.
    r"__future__",
    # load() looks for the class in the text, which has texts without escapes and in one piece, and names of plain letters.
    r"""Solution|[ '"]S[olutin]*['"]|\\[xuUN0-7]|class[ \t].*[^\0-\x7f]""",
    # What has to do with numbers of lines, which are those of the text; on them it depends, too, whether a value is asked
    # once or twice for its truth.
    r"lineno|traceback|inspect|_getframe|settrace|profile|tracemalloc|warnings|logging|asyncio|pdb|breakpoint",
    r"\bco_|__code__|_lasti|__bool__|__len__|\b(?:from|import)\b.*\b(?:dis|trace)\b"))).search
NAME = r"[\w.]+(?: as \w+)?"
NAMES = NAME + "(?:, *" + NAME + ")*"
IMPORTS = re.compile(r"(?:(?:import %s|from [\w.]+ import (?:\*|%s))?[ \t]*(?:#.*)?\n)*" % (NAMES, NAMES)).match
# Also behind what ends in a line that a blank begins.
TOP_LEVEL_IMPORT = re.compile(r"^(?![ \t#]).*\bimport\b|;.*\bimport\b", re.MULTILINE).search
# The last statement of a program.
MAIN_GUARD = re.compile(r"""(?<=\n)if __name__ == (['"])__main__\1:(?=.*(?:\n(?:[ \t#].*)?)*\Z)""")
# The official way fails on a number of more digits than may be shown; shorter code has none.
LONG_CODE = 30000
# It fails, too, on a tree of too many levels: it has this many calls left (counted in the evaluator) and needs up to seven
# for each. The compiler counts a level as a third of a call; since Python 3.12 it has a limit of its own, far above, and
# Python 3.9 makes one constant of many before it counts.
CALLS_LEFT = 974
LEVELS_MAX = 130
COMPILER_COUNTS_LEVELS = (3, 10) <= sys.version_info < (3, 12)
TEXTS_AND_COMMENTS = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\#[^\n]*""")
# What can add a level to a statement, what ends a bracket, and ends of lines with the blanks that follow.
LEVELS = re.compile(r"[([{]|[)\]}]|\n[ \t]*|[-+*/%@&|^~<>=.:]|\b(?:and|await|else|for|if|in|is|lambda|not|or|yield)\b")


known_frame, known_calls = None, 0


def calls_from(frame):
    calls = known_calls
    while frame is not known_frame:
        frame, calls = frame.f_back, calls + 1
    return calls


def count_calls_once():
    """Counts those that lead to the caller, which does not return, so that they need not be looked at again."""
    global known_frame, known_calls
    frame = sys._getframe(1)
    known_frame, known_calls = frame, calls_from(frame)


def limit_calls(left):
    sys.setrecursionlimit(calls_from(sys._getframe(1)) + left)


def by_lines(code):
    """As as_function, without header, in a fifth of the time, with other lines. None where that is not surely the same."""
    if len(code) > LONG_CODE or NOT_BY_LINES(code):
        return None
    split = IMPORTS(code).end()
    imports, others = code[:split], code[split:]
    if others[:1] in ("", " ", "\t") or TOP_LEVEL_IMPORT(others):
        return None
    if "__main__" in others:
        others, count = MAIN_GUARD.subn("if True:", others)
        # What is imported in its body becomes an import of the top level.
        if count != 1 or "__main__" in others or "import" in others[others.rindex("\nif True:"):]:
            return None
    return imports + "def wrapped_function():\n\t" + others.replace("\n", "\n\t")


def may_have_many_levels(text):
    """True if a statement has as much in it as LEVELS_MAX levels need at least."""
    brackets = levels = 0
    for piece in LEVELS.findall(TEXTS_AND_COMMENTS.sub("", text)):
        if piece[0] == "\n":
            if brackets <= 0:
                levels = len(piece)
            continue
        if piece in ")]}":
            brackets -= 1
            continue
        if piece in "([{":
            brackets += 1
        levels += 1
        if levels > LEVELS_MAX:
            return True
    return False


def compile_by_lines(code):
    """What as_function(code) compiles to, but for header and numbers of lines. None where by_lines does not know."""
    text = by_lines(code)
    if text is None or not COMPILER_COUNTS_LEVELS and may_have_many_levels(text):
        return None
    try:
        limit_calls(LEVELS_MAX // 3)
        return compile(text, "<string>", "exec", dont_inherit=True)
    except Exception:
        return None
