# Replaces functions and classes of the shim's own module.
# Stopped by: they decide nothing but what is sent.
import sys
main = sys.modules["__main__"]
for name in list(vars(main)):
    if callable(getattr(main, name)):
        setattr(main, name, lambda *arguments, **keywords: "answer")
print("anything")
