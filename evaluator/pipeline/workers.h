#pragma once

#include "evaluator/pipeline/session.h"

// The loops of the worker threads. Each ends when its work is used up or a stop is requested. What they
// do becomes Records; they never write to the store.
namespace eval::evaluator {

// Takes attempts from `to_generate`, runs the strategy, hands the generation to the writer and, where
// the run judges, to the judges. Any number at once.
void generate_loop(Session& session);

// Reads the generations of `generated` back from the store and hands them to the judges. One thread.
void feed_loop(Session& session);

// Takes generations, extracts the submission, judges it or finds its verdict in the cache. Any number
// at once.
void judge_loop(Session& session);

}  // namespace eval::evaluator
