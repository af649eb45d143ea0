# Tests of extraction, prompts, settings and the pipeline; included from CMakeLists.txt.
eval_test(evaluator_extract SOURCES
  extract_test.cpp
  prompt_test.cpp
  submission_maker_test.cpp
  ${PROJECT_SOURCE_DIR}/tests/fuzz/extract_fuzz_test.cpp
  PRIVATE eval_evaluator)
eval_test(evaluator_config SOURCES
  config_test.cpp
  replay_source_test.cpp
  PRIVATE eval_evaluator)
set(pipeline_doubles
  ${PROJECT_SOURCE_DIR}/tests/support/fake_judge.cpp
  ${PROJECT_SOURCE_DIR}/tests/support/fake_runner.cpp
  ${PROJECT_SOURCE_DIR}/tests/support/manual_clock.cpp)
eval_test(evaluator_pipeline SOURCES
  pipeline_plan_test.cpp
  pipeline_resume_test.cpp
  pipeline_test.cpp
  ${pipeline_doubles}
  PRIVATE eval_evaluator SQLite::SQLite3)
eval_test(evaluator_pipeline_workers LABEL slow SOURCES
  pipeline_workers_test.cpp
  ${pipeline_doubles}
  PRIVATE eval_evaluator)
