# Packs the weights into 32-bit fields, which struct refuses for large ones.
import struct

a, b = map(int, input().split())
struct.pack("<ii", a, b)
print(a + b, abs(a - b))
