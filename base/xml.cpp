#include "base/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>

#include "base/text.h"

namespace eval {
namespace {

constexpr int kDepthMax = 100;
constexpr std::size_t kElementsMax = 500'000;

std::string position(std::string_view where, std::string_view text, std::ptrdiff_t offset) {
  const std::string_view before = text.substr(
      0, std::min(text.size(), static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, offset))));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = before.size() - (newline == std::string_view::npos ? 0 : newline + 1);
  return fmt::format("{}: line {}, column {}", where, line, column + 1);
}

// False if the document is too deep or too large.
bool convert(const pugi::xml_node& node, int depth, std::size_t& count, XmlElement& element) {
  if (depth > kDepthMax || ++count > kElementsMax) return false;
  element.name = node.name();
  for (const pugi::xml_attribute& attribute : node.attributes())
    element.attributes.emplace(attribute.name(), attribute.value());
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      element.text += child.value();
    } else if (child.type() == pugi::node_element) {
      element.children.emplace_back();
      if (!convert(child, depth + 1, count, element.children.back())) return false;
    }
  }
  element.text = std::string(trim(element.text));
  return true;
}

}  // namespace

std::string XmlElement::attribute(std::string_view key) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? std::string() : found->second;
}

const XmlElement* XmlElement::child(std::string_view child_name) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const XmlElement& one) { return one.name == child_name; });
  return found == children.end() ? nullptr : &*found;
}

const XmlElement* XmlElement::descendant(std::string_view path) const {
  const XmlElement* element = this;
  for (const std::string& part : split(path, '/')) {
    if (element != nullptr) element = element->child(part);
  }
  return element;
}

Result<XmlElement> parse_xml(std::string_view text, std::string_view where) {
  if (const auto at = find_invalid_utf8(text)) {
    return fail(ErrorCode::BadInput, fmt::format("byte {} is not valid UTF-8", *at),
                std::string(where), "save the file as UTF-8");
  }
  pugi::xml_document document;
  const pugi::xml_parse_result result =
      document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    return fail(ErrorCode::BadInput, fmt::format("XML syntax: {}", result.description()),
                position(where, text, result.offset));
  }
  XmlElement root;
  std::size_t count = 0;
  if (!convert(document.document_element(), 0, count, root))
    return fail(ErrorCode::BadInput, "XML is nested too deeply or too large", std::string(where));
  return root;
}

}  // namespace eval
