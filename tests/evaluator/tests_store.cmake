eval_test(evaluator_store SOURCES store_test.cpp store_open_test.cpp
          PRIVATE eval_evaluator SQLite::SQLite3)
eval_test(evaluator_store_crash LABEL slow SOURCES store_crash_test.cpp failing_vfs.cpp
          PRIVATE eval_evaluator SQLite::SQLite3)
eval_test(evaluator_scores SOURCES manifest_test.cpp medals_test.cpp report_builder_test.cpp
          score_test.cpp statistics_test.cpp
          PRIVATE eval_evaluator)
