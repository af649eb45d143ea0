#pragma once

#include "base/result.h"
#include "judges/steps/session.h"
#include "judges/steps/test_walk.h"
#include "problems/problem.h"

namespace eval::judges {

// Runs and checks one testcase as its task type says: one run, or passes until the checker asks for
// no more. What the submission and the checker do is in the TestRun; an Error only if the box failed,
// a package file cannot be read, or the session was stopped (Cancelled). Thread-safe.
Result<TestRun> run_testcase(const Session& session, const problems::Testcase& testcase);

}  // namespace eval::judges
