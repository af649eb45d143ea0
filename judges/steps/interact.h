#pragma once

#include "base/result.h"
#include "judges/steps/meeting.h"
#include "judges/steps/session.h"

namespace eval::judges {

// Lets the submission and the interactor talk to each other over their standard streams, each in a
// box of its own, and decides by who ended how and first (decide_interaction). The interactor is
// called as `interactor input answer feedback_dir/ flags...` (Kattis) or `interactor input output
// answer` (testlib; the output it wrote then goes to the task's checker, if there is one).
//
// When the interactor ends in any other way than by accepting, the submission is killed at once.
// Both waiting for each other for 2 s without using CPU is a deadlock and ends both.
Result<Meeting> meet_interactor(const Session& session, const problems::Testcase& testcase,
                                const Pass& pass);

// CMS Communication: the manager, in a box of its own, and `processes` processes of the submission,
// each in its own, joined by FIFOs. The manager is called as `manager sol0-to-mgr mgr-to-sol0
// [sol1-to-mgr mgr-to-sol1 ...]` with the input on standard input and as input.txt; its answer is that
// of a CMS checker. A process of the submission has the two on its standard streams, or their names as
// arguments (`mgr-to-sol sol-to-mgr`), and where there are several its index as last argument.
//
// To CMS a FIFO is a file, and tasks exist whose manager and stub agree to use each the other way
// round. Where both sides open FIFOs and wait for each other before a byte has moved, they are run again
// with the directions swapped, and the session keeps what worked.
Result<Meeting> meet_manager(const Session& session, const problems::Testcase& testcase);

// CMS TwoSteps: the submission (linked with the package's manager) runs twice at the same time, as
// `program 0 FIFO` with the input on standard input and as `program 1 FIFO`, whose standard output is
// checked. The FIFO leads from the first to the second, and nothing else does.
Result<Meeting> meet_in_two_steps(const Session& session, const problems::Testcase& testcase);

}  // namespace eval::judges
