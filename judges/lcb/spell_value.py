# Part of the shim: a value that a function returned, spelled as python_value.h says.
import sys
from collections import Counter, OrderedDict, UserDict, UserList, UserString
from decimal import Decimal
from fractions import Fraction

# A number of JSON has no more; a Decimal can be of any size, and is shown all the same.
DIGITS_MAX = 50000


def make_speller():
    depth_max, bytes_max = 1000, 256 << 20
    keepers = {base: {base.__eq__} for base in (int, float, str, list, tuple, dict)}
    keepers[dict] |= {Counter.__eq__, OrderedDict.__eq__}

    def ratio(top, bottom):
        if bottom == 1:
            return b"i%s;" % str(top).encode()
        power = bottom.bit_length() - 1
        # Nothing in JSON is equal to a number that no double holds.
        return b"r%s/%d;" % (format(top, "x").encode(), power) if bottom == 1 << power else b"x;"

    def number(value):
        if value != value:
            return b"x;"
        if value in (float("inf"), float("-inf")):
            return b"I;" if value > 0 else b"J;"
        return ratio(*value.as_integer_ratio())

    def plain(value):
        """`value` as one of the types JSON has, or None if it compares in a way of its own."""
        kind = type(value)
        # Its own equality is that of texts, but for arrays.
        if kind.__module__ == "numpy" and kind.__bases__[0] is str:
            return str
        for base, equals in keepers.items():
            if isinstance(value, base):
                return base if kind.__eq__ in equals else None
        return None

    def array(numpy, value, out, left, depth):
        kinds = {"U": b"s", "O": b"o"} | dict.fromkeys("biufcm", b"n")
        kind = kinds.get(value.dtype.kind)
        if kind is None:
            return add(b"x;", out, left)
        add(b"a%s%d[" % (kind, len(value.shape)), out, left)
        for size in value.shape:
            add(b"%d," % size, out, left)
        out.append(b"]")
        if value.size == 1:
            item = value.item()
            if isinstance(item, numpy.generic):  # wider than a double
                item = float(item) if float(item) == item else float("nan")
            spell(item, out, left, depth + 1)

    def spell(value, out, left, depth):
        kind = type(value)
        if kind not in keepers:
            if value is None:
                return add(b"n;", out, left)
            # As they are left by whatever imported it; few programs do.
            numpy = sys.modules.get("numpy")
            if numpy and isinstance(value, (numpy.ndarray, numpy.generic)) and not isinstance(value, (str, bytes)):
                return array(numpy, value, out, left, depth)
            if kind is Decimal and value.is_finite() and value.adjusted() > DIGITS_MAX:
                return add(b"x;", out, left)
            if kind in (Decimal, Fraction):
                is_special = kind is Decimal and not value.is_finite()
                return add(number(float(value)) if is_special else ratio(*value.as_integer_ratio()),
                           out, left)
            if kind is complex:
                return add(number(value.real) if value.imag == 0 else b"x;", out, left)
            if kind in (UserDict, UserList, UserString):
                return spell(value.data, out, left, depth)
            kind = plain(value)
        if depth > depth_max or kind is None:
            return add(b"x;", out, left)
        if kind is int:
            # int.__index__ of PyPy asks the methods of a class derived from int.
            return add(b"i%s;" % str(int.__add__(value, 0)).encode(), out, left)
        if kind is float:
            return add(number(float.__add__(value, 0.0)), out, left)
        if kind is str:
            text = str.__str__(value).encode("utf-8", "surrogatepass")
            return add(b"s%d:" % len(text) + text, out, left)
        if kind is dict:
            entries = []
            for key, item in dict.items(value):
                parts = []
                spell(key, parts, left, depth + 1)
                name = b"".join(parts)
                parts = []
                spell(item, parts, left, depth + 1)
                entries.append(name + b"".join(parts))
            out.append(b"d%d{" % len(entries) + b"".join(sorted(entries)) + b"}")
            return
        out.append(b"%s%d[" % (b"l" if kind is list else b"t", kind.__len__(value)))
        for item in kind.__iter__(value):
            spell(item, out, left, depth + 1)
        out.append(b"]")

    def add(text, out, left):
        left[0] -= len(text) + 8
        if left[0] < 0:
            raise OverflowError
        out.append(text)

    def spell_whole(value):
        try:
            out = []
            spell(value, out, [bytes_max], 0)
            return b"".join(out)
        except ValueError:
            # A number of more digits than the evaluator's limit. It is wrong, and officially the attempt to
            # show it then fails.
            raise
        except BaseException:
            return b"x;"

    return spell_whole
