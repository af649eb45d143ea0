import io, contextlib
out = io.StringIO()
with contextlib.redirect_stdout(out):
    print(int(input()) + 1)
print(out.getvalue(), end='')
