#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/mapped_file.h"
#include "base/result.h"
#include "runners/local/model/tensor.h"

// The safetensors container: 8 bytes with the header's length (little-endian), a JSON header, and one
// buffer that the tensors of the header fill without a gap or an overlap. The rules are those of the
// format's own reader (github.com/huggingface/safetensors), so that a file which passes here is one
// that every other program reads the same way.
namespace eval::runners::local {

// The format's own bound: a header of a model with a million tensors stays below it.
inline constexpr Bytes kSafetensorsHeaderMax{100'000'000};

// One tensor as its file describes it.
struct StoredTensor {
  std::string name;
  std::string dtype_text;      // as spelled in the file: "BF16", "I64", ...
  std::optional<DType> dtype;  // absent: a type that no weight of this runner may have
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  // row-major; not necessarily aligned to its type
};

// Reads a whole file that is already in memory. The tensors point into `file` and come in the order of
// their bytes. One Error names the file (`where`) and the tensor at fault: BadInput for a cut or
// hostile header, a name or key given twice, an unknown type, a shape that overflows or does not match
// its bytes, offsets that overlap, leave a gap or leave the file.
Result<std::vector<StoredTensor>> parse_safetensors(std::span<const std::byte> file,
                                                    std::string_view where);

// A mapped file and its tensors, valid as long as this object. Move-only.
class SafetensorsFile {
 public:
  static Result<SafetensorsFile> open(const fs::path& path);

  const std::vector<StoredTensor>& tensors() const { return tensors_; }
  const fs::path& path() const { return path_; }

 private:
  SafetensorsFile(fs::path path, MappedFile file, std::vector<StoredTensor> tensors)
      : path_(std::move(path)), file_(std::move(file)), tensors_(std::move(tensors)) {}
  fs::path path_;
  MappedFile file_;
  std::vector<StoredTensor> tensors_;
};

}  // namespace eval::runners::local
