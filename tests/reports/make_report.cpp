#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "base/files.h"
#include "reports/reports.h"
#include "reports/sample_model.h"

// make_report (sample|hostile|large) FILE: writes a scoreboard for the browser test to open.
int main(int argc, char** argv) {
  using namespace eval;
  if (argc != 3) {
    fmt::print(stderr, "usage: make_report (sample|hostile|large) FILE\n");
    return 64;
  }
  const std::string_view kind = argv[1];
  reports::ReportModel model = kind == "large"     ? reports::testing::large_model(1000, 10)
                               : kind == "hostile" ? reports::testing::hostile_model()
                                                   : reports::testing::sample_model();
  const auto written = write_file(argv[2], reports::to_html(model));
  if (!written) {
    fmt::print(stderr, "make_report: {}\n", describe(written.error()));
    return 1;
  }
  return 0;
}
