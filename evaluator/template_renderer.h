#pragma once

#include <stop_token>

#include "runners/local/text/template_renderer.h"
#include "sandbox/sandbox.h"

namespace eval::evaluator {

// Renders chat templates with the distribution's python3-jinja2 in a box: the template is the
// checkpoint's, a program by whoever published it. One box run renders all sets of variables of a
// call (about 0.2 s, most of it the start of Python).
//
// `sandbox` must outlive the renderer, which is as thread-safe as it. Unsupported if this machine
// has no jinja2, BadInput if the template fails or takes too long, Infrastructure if the box does.
//
// Settings are those of Hugging Face's transformers, with one exception: strftime_now is not
// defined, so that a template that writes today's date falls back to its own and prompts stay the
// same.
runners::local::TemplateRenderer boxed_template_renderer(sandbox::Sandbox& sandbox,
                                                         std::stop_token stop = {});

}  // namespace eval::evaluator
