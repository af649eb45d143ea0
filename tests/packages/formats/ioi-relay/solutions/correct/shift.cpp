#include "relay.h"

int encode(int number) { return number + 1; }
int decode(int message) { return message - 1; }
