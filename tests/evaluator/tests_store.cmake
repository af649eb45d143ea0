eval_test(evaluator_store SOURCES store_test.cpp PRIVATE eval_evaluator)
