#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"
#include "problems/problem.h"

// SWE-bench and what shares its rows: full, Lite, Verified, Multilingual, Pro, SWE-rebench. FORMAT.md
// tells what a row holds.
namespace eval::problems {

// True for a file of rows (.json, .jsonl, .jsonl.gz), told from its content, and for a folder with
// instances.jsonl or instances.json in it.
bool is_swe_bench(const fs::path& path);

// The rows as a suite called "swe-bench", in the order of the file: JSON lines, a list, or an object
// keyed by instance id. A row that cannot be used is listed under Suite::refused with all its faults;
// of two rows with one id the first is used. NotFound if there are none at `path`.
Result<Suite> load_swe_bench(const fs::path& path);

// One row. BadInput names every member that is missing or malformed.
Result<Problem> read_swe_bench_row(const Json& row, std::string_view where);

// "swebench/sweb.eval.x86_64.astropy_1776_astropy-12907:latest", the image the official harness pulls.
std::string swe_bench_image(std::string_view instance_id);

// A list of texts, however a data set writes it: a JSON list, JSON in a text, or a Python list in a
// text (SWE-bench Pro). An empty text is an empty list. BadInput otherwise.
Result<std::vector<std::string>> read_text_list(const Json& value);

// The instance that a problem with this source is; nullopt for the source of any other problem.
std::optional<std::string> swe_bench_instance(std::string_view source);

}  // namespace eval::problems
