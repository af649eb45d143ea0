# The store, scores, medals and the report model.
target_sources(eval_evaluator PRIVATE
  manifest.cpp
  medals.cpp
  report_builder.cpp
  score.cpp
  statistics.cpp
  store/attempt_reader.cpp
  store/codec.cpp
  store/database.cpp
  store/run_lock.cpp
  store/schema.cpp
  store/snapshot.cpp
  store/store.cpp
  store/store_attempts.cpp
  store/store_caches.cpp
  store/store_runs.cpp)
target_link_libraries(eval_evaluator PRIVATE SQLite::SQLite3 Boost::headers)
eval_embed(eval_evaluator eval_medals_json medals.json)
