#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace eval::runners::local {

// Renders a Jinja chat template once for each set of variables (an object: "messages",
// "add_generation_prompt", "enable_thinking", "bos_token", ...), with the settings of Hugging
// Face's transformers: trim_blocks, lstrip_blocks, loop controls, raise_exception, tojson.
//
// Templates come from whoever published the checkpoint and may do anything a Jinja template can, so
// an implementation runs them in a box. BadInput if the template fails (its message in `what`),
// Unsupported if there is no renderer on this machine.
using TemplateRenderer = std::function<Result<std::vector<std::string>>(
    std::string_view chat_template, const std::vector<Json>& variables)>;

}  // namespace eval::runners::local
