# What a predicted output of LiveCodeBench comes to. The code of a submission for shim.py in mode "call":
# what is returned here leaves the box spelled (python_value.h) and is compared outside, so that no
# expected output is near an answer, which is an expression and may be any program.


def assertion_value(answer):
    """Test output prediction: what stands right of == in the answer's assertion, or the answer itself."""
    import ast
    import json

    lines = answer.splitlines()
    if len(lines) > 1:
        for line in lines:
            if "assert" in line and not line.startswith("#"):
                answer = line
                break
    answer = answer.strip()
    if "assert" in answer:
        statement = ast.parse(answer).body[0]
        if not (isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare) and
                isinstance(statement.test.ops[0], ast.Eq)):
            raise ValueError("this is no assertion that two values are equal")
        answer = ast.get_source_segment(answer, statement.test.comparators[0])
    # The names that the official evaluator's module has to offer, without what is expected.
    return eval(answer, {"ast": ast, "json": json})


# Module and the names taken from it, and then modules by themselves, in the order of the official
# evaluator: a later name hides an earlier one (bisect and copy are modules in the end).
NAMES = (("itertools", "accumulate chain combinations count permutations product groupby islice repeat"),
         ("copy", "deepcopy"), ("string", "ascii_lowercase"),
         ("math", "floor log2 log10 sqrt comb gcd ceil inf isqrt"),
         ("collections", "defaultdict deque Counter"),
         ("bisect", "bisect bisect_left bisect_right insort"),
         ("heapq", "heappush heappop heapify merge"), ("functools", "reduce cache lru_cache"),
         ("random", "randrange shuffle"), ("operator", "itemgetter sub"), ("os.path", "commonprefix"),
         ("typing", "List Tuple Dict Set Optional Union Any Callable Iterable Iterator Generator"),
         ("math", "log prod"), ("collections", "OrderedDict"), ("itertools", "zip_longest cycle"),
         ("functools", "partial"), ("operator", "iand"))
MODULES = "copy string math collections bisect heapq functools random itertools operator re sys".split()


def names_for(text):
    from importlib import import_module
    from re import search

    names = {"re_search": search}
    for module, wanted in NAMES:
        for name in wanted.split():
            names[name] = getattr(import_module(module), name)
    for module in MODULES:
        names[module] = import_module(module)
    # Slow to load, seldom used, and not everywhere.
    for short, module in (("np", "numpy"), ("pd", "pandas")):
        if short in text:
            try:
                names[short] = import_module(module)
            except ImportError:
                pass
    return names


def value_and_conditions(test, evaluate):
    """What the expected value has to be equal to, and what has to be true besides, if this test is to hold
    because of that equality. "or" adds nothing: an answer by which the test holds anyway is none."""
    import ast

    if isinstance(test, ast.IfExp):
        if not evaluate(test.test):
            raise ValueError("the answer is right whatever is expected")
        return value_and_conditions(test.body, evaluate)
    if isinstance(test, ast.BoolOp):
        value, conditions = value_and_conditions(test.values[0], evaluate)
        return value, conditions + (test.values[1:] if isinstance(test.op, ast.And) else [])
    if not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq)):
        raise ValueError("this is no assertion that two values are equal")
    value = test.comparators[0]
    if len(test.ops) == 1:
        return value, []
    rest = ast.Compare(left=value, ops=test.ops[1:], comparators=test.comparators[1:])
    return value, [ast.copy_location(rest, value)]


def execution_value(code, answer):
    """Code execution: the answer where the official evaluator has it, right of == in the last assertion."""
    import ast
    from copy import deepcopy

    whole = ast.parse("%s\nassert expected_value == %s" % (code, answer)).body
    count = len(ast.parse(code).body)
    names = names_for(code + answer)
    names["sys"].setrecursionlimit(1000)

    def run(statements):
        module = ast.Module(body=statements, type_ignores=[])
        exec(compile(module, "<prediction>", "exec"), names)

    def evaluate(expression):
        return eval(compile(ast.Expression(body=expression), "<prediction>", "eval"), names)

    run(whole[:count])
    expression, conditions = value_and_conditions(whole[count].test, evaluate)
    value = evaluate(expression)
    # Whatever else the answer brought along is looked at after the comparison, and must not fail.
    if conditions or len(whole) > count + 1:
        value = deepcopy(value)
    for condition in conditions:
        assert evaluate(condition)
    run(whole[count + 1:])
    return comparable(value)


def comparable(value):
    """Values that JSON has no word for, as ones that are equal if and only if those are."""
    from collections import deque

    kind = type(value)
    if kind is list or kind is tuple:
        return kind(comparable(item) for item in value)
    if kind is dict:
        return {key: comparable(item) for key, item in value.items()}
    if kind in (set, frozenset):
        return {item: ("element of a set",) for item in value} or ("empty set",)
    if kind is deque:
        return ("deque", [comparable(item) for item in value])
    if kind in (bytes, bytearray):
        return ("bytes", kind.decode(value, "latin-1"))
    return value


def prediction(kind, code, answer):
    try:
        # In a list: of a function's value itself the shim makes a list where it is a tuple.
        return [assertion_value(answer) if kind == "test output" else execution_value(code, answer)]
    except Exception:
        raise
    except BaseException as error:
        # exit() and the like end the answer, not the judging.
        raise RuntimeError(repr(error)) from None
