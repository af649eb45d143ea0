#include "sandbox/images/image_reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace eval::sandbox::images {
namespace {

constexpr std::string_view kDockerHub = "docker.io";
constexpr std::size_t kReferenceMax = 512;  // registries take 255 of a repository and 128 of a tag

bool only(std::string_view text, std::string_view besides) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [besides](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || besides.find(c) != besides.npos;
  });
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Hosts and tags may have capital letters, repositories not.
bool is_word(std::string_view text, std::string_view besides) {
  return only(to_lower(text), besides) && is_letter_or_digit(text.front());
}

bool is_repository(std::string_view text) {
  for (const std::string& part : split(text, '/')) {
    if (!only(part, "._-") || !is_letter_or_digit(part.front())) return false;
  }
  return true;
}

bool is_digest(std::string_view text) {
  return text.size() == 71 && text.starts_with("sha256:") &&
         text.find_first_not_of("0123456789abcdef", 7) == text.npos;
}

// The first component is a registry if it looks like a host: docker's own rule.
bool is_registry(std::string_view text) {
  return (text.find_first_of(".:") != text.npos || text == "localhost") && is_word(text, ".-:");
}

}  // namespace

std::string ImageReference::text() const {
  const std::string name = registry + "/" + repository;
  return digest.empty() ? name + ":" + tag : name + "@" + digest;
}

Result<ImageReference> parse_image_reference(std::string_view text) {
  const auto wrong = [text] {
    return fail(
        ErrorCode::BadInput,
        fmt::format("\"{}\" is not the name of an image", shorten(to_valid_utf8(text), 200)), {},
        "names are like ubuntu:22.04, registry.example/team/image:tag, name@sha256:...");
  };
  if (text.empty() || text.size() > kReferenceMax) return wrong();
  ImageReference reference;
  std::string_view rest = text;
  if (const auto at = rest.find('@'); at != rest.npos) {
    reference.digest = rest.substr(at + 1);
    if (!is_digest(reference.digest)) return wrong();
    rest = rest.substr(0, at);
  }
  const auto slash = rest.find('/');
  if (slash != rest.npos && is_registry(rest.substr(0, slash))) {
    reference.registry = rest.substr(0, slash);
    rest = rest.substr(slash + 1);
  } else {
    reference.registry = kDockerHub;
  }
  if (const auto colon = rest.rfind(':');
      colon != rest.npos && rest.find('/', colon) == rest.npos) {
    reference.tag = rest.substr(colon + 1);
    if (!is_word(reference.tag, "._-")) return wrong();
    rest = rest.substr(0, colon);
  }
  // With both, the digest decides, as it does for docker.
  if (!reference.digest.empty()) reference.tag.clear();
  if (reference.digest.empty() && reference.tag.empty()) reference.tag = "latest";
  reference.repository = rest;
  if (!is_repository(reference.repository)) return wrong();
  if (reference.registry == "index.docker.io") reference.registry = kDockerHub;
  if (reference.registry == kDockerHub && rest.find('/') == rest.npos)
    reference.repository = "library/" + reference.repository;
  return reference;
}

Result<std::pair<std::string, std::string>> parse_mirror(std::string_view text) {
  const auto equals = text.find('=');
  const auto is_place = [](std::string_view place) {
    const auto slash = place.find('/');
    return is_word(place.substr(0, slash), ".-:") &&
           (slash == place.npos || is_repository(place.substr(slash + 1)));
  };
  if (equals == text.npos || !is_place(text.substr(0, equals)) ||
      !is_place(text.substr(equals + 1))) {
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a mirror", text), {},
                "write docker.io=mirror.example:5000");
  }
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

Result<ImageReference> mirrored(const ImageReference& reference, const MirrorMap& mirrors) {
  const std::string name = reference.registry + "/" + reference.repository;
  const std::pair<const std::string, std::string>* best = nullptr;
  for (const auto& entry : mirrors) {
    if (!name.starts_with(entry.first + "/") && name != entry.first) continue;
    if (best == nullptr || entry.first.size() > best->first.size()) best = &entry;
  }
  if (best == nullptr) return reference;
  const std::string moved = best->second + name.substr(best->first.size());
  const std::size_t slash = moved.find('/');
  if (slash == moved.npos)
    return fail(ErrorCode::BadInput,
                fmt::format("the mirror \"{}\" is not a registry", best->second));
  ImageReference result = reference;
  result.registry = moved.substr(0, slash);
  result.repository = moved.substr(slash + 1);
  return result;
}

}  // namespace eval::sandbox::images
