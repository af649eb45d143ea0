#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "judges/language.h"
#include "judges/steps/precompiled_header.h"
#include "judges/steps/source_program.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// A program built and ready to be placed in a box, or the reason why it could not be built.
struct Program {
  bool compiled = false;
  std::string log;                             // both streams of the compiler, shortened
  std::vector<std::string> run;                // argv; {memory_mib} still to be filled in
  std::vector<sandbox::InputFile> files = {};  // everything the box needs
  std::vector<fs::path> readable = {};         // host paths to show beside the files
  sandbox::Profile profile = sandbox::Profile::Native;
  bool starts_warm = false;                      // by begin_warm() of steps/warm_interpreter.h
  std::string key;                               // hash of sources, commands and compiler version
  std::string tool;                              // version line of the compiler or interpreter
  Bytes size;                                    // of the compiled file
  std::optional<TempDir> folder = std::nullopt;  // holds the compiled file while anyone uses it
};

struct BuildLimits {
  std::chrono::milliseconds time{60'000};
  Bytes memory = Bytes::mib(2048);
};

// Builds programs in boxes and keeps the last ones by content. Thread-safe; the same program asked
// for twice at once is built once.
class ProgramBuilder {
 public:
  // `testlib`: a testlib.h for the package programs that include one and bring none; may be empty.
  // `warm`: programs of languages that can begin warm do so.
  ProgramBuilder(sandbox::Sandbox& sandbox, fs::path testlib, bool warm = false)
      : sandbox_(sandbox), testlib_(std::move(testlib)), warm_(warm), headers_(sandbox) {}

  // A program in one language. A source the compiler rejects, or that makes the compiler run into a
  // limit, is a Program with `compiled` false; no compiler is Infrastructure.
  Result<std::shared_ptr<const Program>> build(const Language& language, const SourceLayout& layout,
                                               const BuildLimits& limits, std::stop_token stop);

  // A program of a package (checker, interactor, grader): a source file with the headers beside it
  // and the `support` files, a folder of sources of one language, or a folder with an executable `build` and/or `run`, as the
  // Kattis problem format has them. One that includes testlib.h finds it beside its sources, elsewhere
  // in the package, or where the builder was told; else its log says what to do.
  Result<std::shared_ptr<const Program>> build_package_program(const fs::path& path,
                                                               std::span<const fs::path> support,
                                                               const Languages& languages,
                                                               const BuildLimits& limits,
                                                               std::stop_token stop);

  // Keys of what build() and build_package_program() would make, without building.
  Result<std::string> key_of(const Language& language, const SourceLayout& layout);
  Result<std::string> package_key_of(const fs::path& path, std::span<const fs::path> support,
                                     const Languages& languages);

  // find_tool, asked once per language.
  Result<LanguageTool> tool_of(const Language& language);

 private:
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<const Program> program;  // guarded by mutex
  };
  struct Plan;

  std::shared_ptr<Slot> slot_of(const std::string& key);
  Result<std::shared_ptr<const Program>> build_once(const Plan& plan, std::stop_token stop);
  Result<Program> run_plan(const Plan& plan, std::stop_token stop);
  Result<Plan> plan_language(const Language& language, const SourceLayout& layout);
  Result<Plan> plan_package_program(const fs::path& path, std::span<const fs::path> support,
                                    const Languages& languages);
  static Plan plan_scripts(std::vector<sandbox::InputFile> files);

  sandbox::Sandbox& sandbox_;
  const fs::path testlib_;
  const bool warm_;
  PrecompiledHeaders headers_;
  std::mutex mutex_;
  std::map<std::string, LanguageTool> tools_;           // guarded by mutex_
  std::map<std::string, std::shared_ptr<Slot>> slots_;  // guarded by mutex_
  std::list<std::string> recent_;                       // keys, latest first; guarded by mutex_
};

}  // namespace eval::judges
