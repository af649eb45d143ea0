#pragma once

#include <string>
#include <vector>

#include "judges/language.h"
#include "judges/submission.h"

namespace eval::judges {

// A program's files laid out as its language wants them, and where it starts.
struct SourceLayout {
  std::vector<SourceFile> files;     // all files; names may have been changed (Java)
  std::vector<std::string> sources;  // those for the compile line: headers and data are left out
  std::string entry;                 // main file, or main class for Java and Kotlin
};

// Lays out `program` for `language`.
//
// Entry point: what the submission states; else, by language, the Java class with a `main` method,
// the Kotlin class of the main file, and otherwise the main file: `__main__`, `main` (any case), a
// file with a `main` function, else the first by name (the rule of the Kattis problem format).
// A Java file whose public class has another name is renamed, because javac insists.
SourceLayout lay_out_sources(const Language& language, const SourceProgram& program);

}  // namespace eval::judges
