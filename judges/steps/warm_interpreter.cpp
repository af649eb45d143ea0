#include "judges/steps/warm_interpreter.h"

#include <string>

#include "base/embedded.h"

EVAL_EMBEDDED(eval_warm_interpreter)

namespace eval::judges {

void begin_warm(sandbox::Command& command) {
  command.argv.insert(command.argv.begin() + 1, {"-c", std::string(eval_warm_interpreter())});
  command.warm_start = true;
}

}  // namespace eval::judges
