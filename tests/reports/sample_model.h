#pragma once

#include "reports/report_model.h"

// Runs that never happened, with every outcome a report has to show.
namespace eval::reports::testing {

// Small and fixed: what the golden files were made from. Every verdict once, a truncated reply, an
// attempt not judged, a medal, and texts that are hard on each format.
ReportModel sample_model();

// The same plus attacks in every text, formulas, long programs and many tests: what the browser test
// opens.
ReportModel hostile_model();

// As big as a report is expected to get: `problems` x `attempts` with ordinary texts.
ReportModel large_model(int problems, int attempts);

}  // namespace eval::reports::testing
