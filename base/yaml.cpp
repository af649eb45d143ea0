#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "base/json.h"
#include "base/text.h"

// YAML through yaml-cpp, turned into JSON values so that the rest of the program knows one tree.
namespace eval {
namespace {

constexpr int kDepthMax = 100;
// An alias can stand for a tree of aliases ("billion laughs"): the whole document has a size limit.
constexpr std::size_t kNodesMax = 200'000;

std::string position(std::string_view where, const YAML::Mark& mark) {
  if (mark.is_null()) return std::string(where);
  return fmt::format("{}: line {}, column {}", where, mark.line + 1, mark.column + 1);
}

// The core schema of YAML 1.2 for plain scalars, plus the capitalised booleans and nulls it lists.
Json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (const auto integer = parse_integer(text)) return *integer;
  const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (numeric) {
    if (const auto number = parse_double(text)) return *number;
  }
  return text;
}

class Converter {
 public:
  Converter(std::string_view where, std::vector<std::string>* repeated)
      : where_(where), repeated_(repeated) {}

  Result<Json> convert(const YAML::Node& node, int depth) {
    if (depth > kDepthMax || ++nodes_ > kNodesMax) {
      return fail(ErrorCode::BadInput, "YAML is nested too deeply or too large",
                  position(where_, node.Mark()));
    }
    if (node.IsSequence()) return sequence(node, depth);
    if (node.IsMap()) return mapping(node, depth);
    if (node.IsScalar()) {
      // yaml-cpp tags quoted scalars "!" and plain ones "?".
      if (node.Tag() == "?" || node.Tag().empty()) return plain_scalar(node.Scalar());
      return Json(node.Scalar());
    }
    return Json();
  }

 private:
  Result<Json> sequence(const YAML::Node& node, int depth) {
    Json array = Json::array();
    for (const YAML::Node& element : node) array.push_back(EVAL_TRY(convert(element, depth + 1)));
    return array;
  }

  Result<Json> mapping(const YAML::Node& node, int depth) {
    Json object = Json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        return fail(ErrorCode::BadInput, "a key is not a text",
                    position(where_, entry.first.Mark()));
      }
      const std::string& key = entry.first.Scalar();
      if (object.contains(key) && repeated_ != nullptr) {
        repeated_->push_back(key);
      } else if (object.contains(key)) {
        return fail(ErrorCode::BadInput, fmt::format("the key \"{}\" appears twice", key),
                    position(where_, entry.first.Mark()));
      }
      object[key] = EVAL_TRY(convert(entry.second, depth + 1));
    }
    return object;
  }

  std::string where_;
  std::vector<std::string>* repeated_;  // null: an error
  std::size_t nodes_ = 0;
};

// Sees of a document only whether there is something in it.
class ContentProbe : public YAML::EventHandler {
 public:
  using Mark = YAML::Mark;
  using Anchor = YAML::anchor_t;
  using Style = YAML::EmitterStyle::value;
  void OnDocumentStart(const Mark&) override { has_content_ = false; }
  void OnDocumentEnd() override {}
  void OnNull(const Mark&, Anchor) override {}
  void OnAlias(const Mark&, Anchor) override { has_content_ = true; }
  void OnScalar(const Mark&, const std::string&, Anchor, const std::string&) override {
    has_content_ = true;
  }
  void OnSequenceStart(const Mark&, const std::string&, Anchor, Style) override {
    has_content_ = true;
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const Mark&, const std::string&, Anchor, Style) override { has_content_ = true; }
  void OnMapEnd() override {}

  bool has_content() const { return has_content_; }

 private:
  bool has_content_ = false;
};

// True for one document, with at most an empty one after it. Not YAML::LoadAll: of a text that begins
// with a stray "," yaml-cpp 0.7 reads empty documents without end and without getting further.
bool is_one_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  ContentProbe probe;
  int count = 0;
  while (parser.HandleNextDocument(probe)) {
    if (++count > 2 || (count == 2 && probe.has_content())) return false;
  }
  return true;
}

Result<Json> read_document(std::string_view text, std::string_view where,
                           std::vector<std::string>* repeated) {
  if (const auto at = find_invalid_utf8(text)) {
    return fail(ErrorCode::BadInput, fmt::format("byte {} is not valid UTF-8", *at),
                std::string(where), "save the file as UTF-8");
  }
  try {
    const std::string content(text);
    if (!is_one_document(content)) {
      return fail(ErrorCode::BadInput, "the file holds more than one YAML document",
                  std::string(where));
    }
    return Converter(where, repeated).convert(YAML::Load(content), 0);
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::BadInput, "YAML syntax: " + error.msg, position(where, error.mark));
  }
}

}  // namespace

Result<Json> parse_yaml(std::string_view text, std::string_view where) {
  return read_document(text, where, nullptr);
}

Result<LenientYaml> parse_yaml_leniently(std::string_view text, std::string_view where) {
  LenientYaml yaml;
  yaml.value = EVAL_TRY(read_document(text, where, &yaml.repeated_keys));
  return yaml;
}

}  // namespace eval
