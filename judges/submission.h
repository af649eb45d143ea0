#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace eval::judges {

struct SourceFile {
  std::string name;  // plain file name, no directories
  std::string content;
  friend bool operator==(const SourceFile&, const SourceFile&) = default;
};

struct SourceProgram {
  std::string language;                    // language id of languages.json: "cpp17", "python3"
  std::vector<SourceFile> files;
  std::optional<std::string> entry_point;  // main class or main file, where the language needs one
  friend bool operator==(const SourceProgram&, const SourceProgram&) = default;
};

struct Patch {
  std::string diff;  // unified diff
  friend bool operator==(const Patch&, const Patch&) = default;
};

struct Proof {
  std::string text;
  friend bool operator==(const Proof&, const Proof&) = default;
};

struct Answer {
  std::string text;
  friend bool operator==(const Answer&, const Answer&) = default;
};

// The outputs themselves (output-only tasks).
struct OutputFiles {
  std::vector<SourceFile> files;  // named after their testcase without folders: "03" or "03.out"
  friend bool operator==(const OutputFiles&, const OutputFiles&) = default;
};

// What is judged: extracted from a generation.
using Submission = std::variant<SourceProgram, Patch, Proof, Answer, OutputFiles>;

}  // namespace eval::judges
