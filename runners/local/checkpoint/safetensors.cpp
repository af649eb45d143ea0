#include "runners/local/checkpoint/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/text.h"

namespace eval::runners::local {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kDimensionsMax = 8;  // weights have three at most
constexpr int kDepthMax = 3;               // header, tensor, shape
constexpr std::size_t kNameShown = 120;    // bytes of a name in an error

struct StoredType {
  std::string_view name;
  unsigned bits;
  std::optional<DType> dtype;
};

// The format's types. Those without a DType may only be in tensors that the model does not use.
constexpr std::array<StoredType, 22> kTypes{{
    {"BOOL", 8, {}},
    {"U8", 8, {}},
    {"I8", 8, {}},
    {"F4", 4, {}},
    {"F6_E2M3", 6, {}},
    {"F6_E3M2", 6, {}},
    {"F8_E5M2", 8, {}},
    {"F8_E4M3", 8, DType::F8E4M3},
    {"F8_E8M0", 8, {}},
    {"F8_E4M3FNUZ", 8, {}},
    {"F8_E5M2FNUZ", 8, {}},
    {"I16", 16, {}},
    {"U16", 16, {}},
    {"F16", 16, DType::F16},
    {"BF16", 16, DType::BF16},
    {"I32", 32, DType::I32},
    {"U32", 32, {}},
    {"F32", 32, DType::F32},
    {"C64", 64, {}},
    {"F64", 64, {}},
    {"I64", 64, {}},
    {"U64", 64, {}},
}};

const StoredType* find_type(std::string_view name) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const StoredType& type) { return type.name == name; });
  return found == kTypes.end() ? nullptr : found;
}

std::string shown(std::string_view name) {
  return "\"" + shorten(to_valid_utf8(name), kNameShown) + "\"";
}

// One tensor of the header, before its numbers are checked against each other.
struct Entry {
  std::string name;
  std::optional<std::string> dtype;
  std::optional<std::vector<std::uint64_t>> shape;
  std::optional<std::vector<std::uint64_t>> offsets;
};

// Receives the header event by event: no tree is built, whatever the header holds, and a key that
// comes twice is seen (a tree would keep one of the two and lose the other).
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Entry> entries;
  std::string fault;  // what is wrong, when parsing was stopped
  std::size_t offset = 0;

  bool null() override { return scalar("null"); }
  bool boolean(bool) override { return scalar("a truth value"); }
  bool number_integer(number_integer_t) override { return scalar("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return scalar("a number that is not whole");
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (list_ == nullptr) return scalar("a number");
    if (list_->size() == kDimensionsMax) {
      return stop(fmt::format("has more than {} numbers in \"{}\"", kDimensionsMax, key_));
    }
    list_->push_back(value);
    return true;
  }
  bool string(string_t& text) override {
    if (depth_ != 2) return scalar("a text");
    if (in_metadata_) return true;
    if (key_ != "dtype") return scalar("a text");
    entries.back().dtype = std::move(text);
    return true;
  }
  bool binary(binary_t&) override { return scalar("binary data"); }

  bool start_object(std::size_t) override {
    if (depth_ == 0 || (depth_ == 1 && !name_.empty())) {
      depth_ += 1;
      keys_.clear();
      return true;
    }
    return depth_ == 1 ? stop("a tensor without a name")
                       : stop("holds an object where none belongs");
  }
  bool end_object() override {
    depth_ -= 1;
    in_metadata_ = false;
    name_.clear();
    return true;
  }
  bool key(string_t& text) override {
    if (depth_ == 1) return start_tensor(text);
    key_ = text;
    if (!keys_.insert(text).second) return stop(fmt::format("gives {} twice", shown(text)));
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_) return stop("holds a list where none belongs");
    Entry& entry = entries.back();
    if (key_ == "shape")
      list_ = &entry.shape.emplace();
    else if (key_ == "data_offsets")
      list_ = &entry.offsets.emplace();
    else
      return stop(fmt::format("holds a list in {}", shown(key_)));
    depth_ += 1;
    return depth_ <= kDepthMax;
  }
  bool end_array() override {
    depth_ -= 1;
    list_ = nullptr;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    offset = position;
    if (fault.empty()) fault = fmt::format("the header is not valid JSON at byte {}", position);
    return false;
  }

 private:
  bool start_tensor(string_t& text) {
    name_ = text;
    in_metadata_ = text == "__metadata__";
    if (!names_.insert(text).second) {
      return stop_plain(fmt::format("the header names tensor {} twice", shown(text)));
    }
    if (!in_metadata_) entries.push_back({std::move(text), {}, {}, {}});
    return true;
  }
  bool scalar(std::string_view found) {
    if (depth_ == 0) return stop_plain("the header is not a JSON object");
    if (list_ != nullptr) return stop(fmt::format("has {} in \"{}\"", found, key_));
    if (depth_ == 1) return stop(fmt::format("is {} instead of an object", found));
    if (in_metadata_) return stop(fmt::format("has {} under {}", found, shown(key_)));
    if (key_ == "shape" || key_ == "data_offsets" || key_ == "dtype") {
      return stop(fmt::format("has {} in \"{}\"", found, key_));
    }
    return true;  // a key of a later version of the format, as its own reader treats it
  }
  bool stop(std::string_view what) {
    return stop_plain(name_.empty() ? std::string(what)
                                    : fmt::format("tensor {} {}", shown(name_), what));
  }
  bool stop_plain(std::string what) {
    fault = std::move(what);
    return false;
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  std::string name_;
  std::string key_;
  std::vector<std::uint64_t>* list_ = nullptr;
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> keys_;  // of the current object below the header
};

Failure bad(std::string what, std::string_view where, std::string help = {}) {
  if (help.empty()) help = "the file is damaged or was not written completely: fetch it again";
  return fail(ErrorCode::BadInput, std::move(what), std::string(where), std::move(help));
}

Result<std::string_view> header_of(std::span<const std::byte> file, std::string_view where) {
  if (file.size() < kLengthBytes) {
    return bad(fmt::format("a file of {} bytes is too short for safetensors", file.size()), where);
  }
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) {
    length = length << 8 | std::to_integer<std::uint64_t>(file[i]);
  }
  if (length > kSafetensorsHeaderMax.count) {
    return bad(fmt::format("the header claims {} bytes, more than the format's limit of {}", length,
                           kSafetensorsHeaderMax.count),
               where, "this is no safetensors file, or it is damaged: fetch it again");
  }
  if (length > file.size() - kLengthBytes) {
    return bad(fmt::format("the header claims {} bytes, but the file has {}", length, file.size()),
               where);
  }
  const char* text = reinterpret_cast<const char*>(file.data()) + kLengthBytes;
  const std::string_view header(text, static_cast<std::size_t>(length));
  if (!header.starts_with('{')) return bad("the header does not start with \"{\"", where);
  return header;
}

// Bytes of a tensor of this shape, or nullopt where the product leaves 64 bits.
std::optional<std::uint64_t> byte_count(const std::vector<std::uint64_t>& shape, unsigned bits) {
  std::uint64_t values = 1;
  for (const std::uint64_t size : shape) {
    if (size > INT64_MAX || __builtin_mul_overflow(values, size, &values)) return std::nullopt;
  }
  std::uint64_t count = 0;
  if (__builtin_mul_overflow(values, std::uint64_t{bits}, &count) || count % 8 != 0) {
    return std::nullopt;
  }
  return count / 8;
}

Result<StoredTensor> stored_tensor(Entry entry, std::span<const std::byte> data,
                                   std::string_view where) {
  const auto broken = [&](const std::string& what) {
    return bad(fmt::format("tensor {} {}", shown(entry.name), what), where);
  };
  if (!entry.dtype) return broken("has no \"dtype\"");
  if (!entry.shape) return broken("has no \"shape\"");
  if (!entry.offsets) return broken("has no \"data_offsets\"");
  const StoredType* type = find_type(*entry.dtype);
  if (type == nullptr) {
    return broken(fmt::format("has the unknown type {}", shown(*entry.dtype)));
  }
  if (entry.offsets->size() != 2) return broken("does not have two numbers in \"data_offsets\"");
  const std::uint64_t begin = (*entry.offsets)[0];
  const std::uint64_t end = (*entry.offsets)[1];
  if (begin > end) return broken(fmt::format("ends at byte {}, before its begin {}", end, begin));
  if (end > data.size()) {
    return broken(
        fmt::format("ends at byte {}, but the file has {} bytes of data", end, data.size()));
  }
  const auto count = byte_count(*entry.shape, type->bits);
  if (!count) return broken(fmt::format("has the impossible shape {}", *entry.shape));
  if (*count != end - begin) {
    return broken(fmt::format("of shape {} in {} needs {} bytes, but has {}", *entry.shape,
                              type->name, *count, end - begin));
  }
  StoredTensor tensor{std::move(entry.name), std::string(type->name), type->dtype, {}, {}};
  for (const std::uint64_t size : *entry.shape) {
    tensor.shape.push_back(static_cast<std::int64_t>(size));
  }
  tensor.bytes = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(*count));
  return tensor;
}

// The tensors fill the buffer from its first byte to its last, one after another.
Result<void> check_layout(const std::vector<StoredTensor>& tensors, std::span<const std::byte> data,
                          std::string_view where) {
  const std::byte* expected = data.data();
  const StoredTensor* before = nullptr;
  for (const StoredTensor& tensor : tensors) {
    const std::ptrdiff_t gap = tensor.bytes.data() - expected;
    if (gap < 0) {
      return bad(fmt::format("tensors {} and {} overlap by {} bytes", shown(before->name),
                             shown(tensor.name), -gap),
                 where);
    }
    if (gap > 0) {
      return bad(
          fmt::format("{} bytes before tensor {} belong to no tensor", gap, shown(tensor.name)),
          where);
    }
    expected = tensor.bytes.data() + tensor.bytes.size();
    before = &tensor;
  }
  const std::ptrdiff_t rest = data.data() + data.size() - expected;
  if (rest > 0) return bad(fmt::format("{} bytes at the end belong to no tensor", rest), where);
  return {};
}

}  // namespace

Result<std::vector<StoredTensor>> parse_safetensors(std::span<const std::byte> file,
                                                    std::string_view where) {
  const std::string_view header = EVAL_TRY(header_of(file, where));
  HeaderReader reader;
  const bool read = nlohmann::json::sax_parse(header.begin(), header.end(), &reader);
  if (!read || !reader.fault.empty()) {
    return bad(reader.fault.empty() ? "the header is not valid JSON" : reader.fault, where);
  }
  const std::span<const std::byte> data = file.subspan(kLengthBytes + header.size());
  std::vector<StoredTensor> tensors;
  tensors.reserve(reader.entries.size());
  for (Entry& entry : reader.entries) {
    tensors.push_back(EVAL_TRY(stored_tensor(std::move(entry), data, where)));
  }
  // By begin, and empty tensors first, so that they do not seem to overlap what begins where they do.
  std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
    return std::make_pair(a.bytes.data(), a.bytes.size()) <
           std::make_pair(b.bytes.data(), b.bytes.size());
  });
  EVAL_TRY(check_layout(tensors, data, where));
  return tensors;
}

Result<SafetensorsFile> SafetensorsFile::open(const fs::path& path) {
  MappedFile file = EVAL_TRY(MappedFile::open(path));
  const std::span<const char> bytes(file.bytes().data(), file.bytes().size());
  auto tensors = parse_safetensors(std::as_bytes(bytes), path.string());
  if (!tensors) return Failure(std::move(tensors).error());
  return SafetensorsFile(path, std::move(file), *std::move(tensors));
}

}  // namespace eval::runners::local
