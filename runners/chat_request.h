#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "runners/runner.h"

// The request side of the chat completions protocol. Pure.
namespace eval::runners {

// Where requests go: "/chat/completions" appended to the path of `base_url` unless it ends so; a
// query is kept.
std::string chat_endpoint(std::string_view base_url);

// The body of a request: model, messages, and of the sampling parameters those that are set, all of
// them: a server that does not know one refuses the request or leaves it out, as it says in its manual.
Json chat_body(std::string_view model, const GenerationRequest& request, bool stream);

// The key of a request's reply in a cache: a hash over the printable endpoint and the canonical
// body, streaming or not, and what makes the attempt its own: its full seed, or without one its
// problem, number and turn, so that independent attempts never share a reply.
std::string cache_key(std::string_view printable_endpoint, std::string_view model,
                      const GenerationRequest& request);

}  // namespace eval::runners
