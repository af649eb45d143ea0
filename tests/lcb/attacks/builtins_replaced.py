# Replaces the builtins a comparison would use.
# Stopped by: there is no comparison here.
import builtins
for name in ("isinstance", "len", "list", "tuple", "str", "all", "zip", "repr", "type", "int"):
    setattr(builtins, name, lambda *arguments, **keywords: True)
print("anything")
