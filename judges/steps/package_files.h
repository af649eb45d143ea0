#pragma once

#include <span>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "judges/language.h"
#include "sandbox/sandbox.h"

// The sources of a package's own programs: checkers, interactors, managers, graders.
namespace eval::judges {

// The files of the program at `path`, names relative to its folder: a source file with the C and C++
// headers that lie beside it, or everything in a folder; and `support` files beside them. Links are
// followed: where they may lead was checked when the package was loaded. Where one of the files
// includes "testlib.h" and none is it, the package's is added (from a folder above, or a `files`, `lib`
// or `include` folder there), else `testlib` if that is not empty.
Result<std::vector<sandbox::InputFile>> read_package_program(const fs::path& path,
                                                             std::span<const fs::path> support,
                                                             const fs::path& testlib);

// The language with most source files; the first row of the table among equals, as Kattis does.
// BadInput if no file is in a known language.
Result<const Language*> package_language(const fs::path& path,
                                         const std::vector<sandbox::InputFile>& files,
                                         const Languages& languages);

// True if a file includes testlib.h and none is it: what its compiler will complain about.
bool lacks_testlib(const std::vector<sandbox::InputFile>& files);

}  // namespace eval::judges
