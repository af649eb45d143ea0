// Theory of operation: vocabulary and merges hold hundreds of thousands of entries, which a tree of
// JSON values would copy and search slowly (insertion into an ordered object is linear). So the
// text is read as a stream of events: those below model.vocab and model.merges go straight into
// vectors, the others build the small rest. A fault ends the reading by returning false; fault_
// says which.
#include "runners/local/text/tokenizer_file.h"

#include <fmt/format.h>

#include "base/text.h"

namespace eval::runners::local {
namespace {

constexpr std::size_t kDepthMax = 64;
// Members of one object outside of the tables: their insertion is linear, so this bounds the time.
constexpr std::size_t kMembersMax = 4096;
constexpr std::size_t kValuesMax = std::size_t{1} << 22;

class Reader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Reader(TokenizerFile& file) : file_(file) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool v) override { return value(v); }
  bool number_integer(number_integer_t v) override { return integer(v, v); }
  bool number_unsigned(number_unsigned_t v) override {
    return integer(v > kVocabularyMax ? -1 : static_cast<std::int64_t>(v), v);
  }
  bool number_float(number_float_t v, const string_t&) override { return value(v); }
  bool binary(binary_t&) override { return stop("holds binary data"); }

  bool string(string_t& text) override {
    switch (table_) {
      case Table::None:
        return value(std::move(text));
      case Table::Vocabulary:
        return stop("model.vocab: an id is a text, not a number");
      case Table::Merges:
        return in_pair_ ? half(std::move(text)) : merge(text);
    }
    return false;
  }

  bool key(string_t& text) override {
    if (table_ == Table::Vocabulary) {
      if (text.size() > kTokenBytesMax)
        return stop("model.vocab: a token is longer than 4096 bytes");
      token_ = std::move(text);
      return true;
    }
    if (table_ == Table::Merges) return stop("model.merges: a merge is an object");
    if (stack_.back()->size() >= kMembersMax) return stop("an object has more than 4096 members");
    if (stack_.back()->contains(text)) {
      return stop(fmt::format("the member \"{}\" is there twice", shorten(text, 60)));
    }
    key_ = std::move(text);
    return true;
  }

  bool start_object(std::size_t) override {
    if (table_ != Table::None) return stop(inside("an object"));
    if (at_model_member("vocab")) {
      table_ = Table::Vocabulary;
      return true;
    }
    if (at_model_member("merges")) return stop("model.merges: an object, not a list of pairs");
    return open(Json::object());
  }
  bool end_object() override {
    if (table_ == Table::Vocabulary) {
      table_ = Table::None;
      return true;
    }
    stack_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    if (table_ == Table::Merges && !in_pair_) {
      in_pair_ = true;
      halves_.clear();
      return true;
    }
    if (table_ != Table::None) return stop(inside("a list"));
    if (at_model_member("merges")) {
      table_ = Table::Merges;
      return true;
    }
    return open(Json::array());
  }
  bool end_array() override {
    if (table_ == Table::Merges) {
      if (!in_pair_) {
        table_ = Table::None;
        return true;
      }
      in_pair_ = false;
      if (halves_.size() != 2) return stop(merge_place() + ": not a pair of tokens");
      return keep({std::move(halves_[0]), std::move(halves_[1])});
    }
    stack_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return stop(fmt::format("is not valid JSON at byte {}", position));
  }

  const std::string& fault() const { return fault_; }

 private:
  enum class Table { None, Vocabulary, Merges };

  bool stop(std::string fault) {
    if (fault_.empty()) fault_ = std::move(fault);
    return false;
  }
  std::string inside(std::string_view what) const {
    return fmt::format("model.{}: an entry is {}", table_ == Table::Merges ? "merges" : "vocab",
                       what);
  }
  std::string merge_place() const { return fmt::format("model.merges[{}]", file_.merges.size()); }

  bool at_model_member(std::string_view name) const {
    return stack_.size() == 2 && path_is_model_ && key_ == name;
  }

  template <class Number>
  bool integer(std::int64_t id, Number v) {
    if (table_ == Table::None) return value(v);
    if (table_ == Table::Merges) return stop(merge_place() + ": a number, not a pair of tokens");
    if (id < 0 || id >= static_cast<std::int64_t>(kVocabularyMax)) {
      return stop(
          fmt::format("model.vocab: the id {} of \"{}\" is out of range", v, shorten(token_, 60)));
    }
    if (file_.vocabulary.size() >= kVocabularyMax) return stop("model.vocab: too many tokens");
    file_.vocabulary.push_back({std::move(token_), id});
    return true;
  }

  bool half(std::string text) {
    halves_.push_back(std::move(text));
    return halves_.size() <= 2 || stop(merge_place() + ": not a pair of tokens");
  }
  bool merge(const std::string& text) {
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
      return stop(fmt::format("{}: \"{}\" is not two tokens with a space between", merge_place(),
                              shorten(text, 60)));
    }
    return keep({text.substr(0, space), text.substr(space + 1)});
  }
  bool keep(MergeEntry entry) {
    if (file_.merges.size() >= kMergesMax) return stop("model.merges: too many merges");
    file_.merges.push_back(std::move(entry));
    return true;
  }

  template <class T>
  bool value(T&& v) {
    if (table_ != Table::None) return stop(inside("of the wrong type"));
    return place(Json(std::forward<T>(v))) != nullptr;
  }
  bool open(Json container) {
    if (stack_.size() >= kDepthMax) return stop("is nested too deeply");
    if (stack_.empty()) {
      file_.rest = std::move(container);
      stack_.push_back(&file_.rest);
      return true;
    }
    if (stack_.size() == 1) path_is_model_ = key_ == "model";
    Json* placed = place(std::move(container));
    if (placed == nullptr) return false;
    stack_.push_back(placed);
    return true;
  }
  // Only the innermost container grows, so pointers to the outer ones stay valid.
  Json* place(Json v) {
    if (++values_ > kValuesMax) {
      stop("holds too many values");
      return nullptr;
    }
    if (stack_.empty()) {
      stop("is not a JSON object");
      return nullptr;
    }
    Json& container = *stack_.back();
    if (container.is_array()) {
      container.push_back(std::move(v));
      return &container.back();
    }
    return &(container[key_] = std::move(v));
  }

  TokenizerFile& file_;
  std::vector<Json*> stack_;
  std::string key_;    // the member that comes next
  std::string token_;  // the token whose id comes next
  std::vector<std::string> halves_;
  Table table_ = Table::None;
  bool in_pair_ = false;
  bool path_is_model_ = false;
  std::size_t values_ = 0;
  std::string fault_;
};

}  // namespace

Result<TokenizerFile> read_tokenizer_file(std::string_view json, std::string_view where) {
  if (json.size() > kTokenizerBytesMax) {
    return fail(ErrorCode::BadInput,
                fmt::format("the tokenizer is larger than {} MiB", kTokenizerBytesMax >> 20),
                std::string(where));
  }
  TokenizerFile file;
  Reader reader(file);
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader)) {
    return fail(ErrorCode::BadInput, "the tokenizer cannot be read: " + reader.fault(),
                std::string(where));
  }
  if (!file.rest.is_object()) {
    return fail(ErrorCode::BadInput, "the tokenizer cannot be read: is not a JSON object",
                std::string(where));
  }
  return file;
}

}  // namespace eval::runners::local
