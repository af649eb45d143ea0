#include "tests/sandbox/sandbox_fixture.h"
