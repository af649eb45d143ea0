#include "double.h"

int twice(int number) { return static_cast<short>(number * 2); }
