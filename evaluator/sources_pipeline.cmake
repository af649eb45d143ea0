# Extraction, prompts, settings and the pipeline; included from CMakeLists.txt.
target_sources(eval_evaluator PRIVATE
  config.cpp
  extract.cpp
  pipeline/host.cpp
  pipeline/plan.cpp
  pipeline/run.cpp
  pipeline/session.cpp
  pipeline/workers.cpp
  pipeline/writer.cpp
  prompt.cpp
  replay_source.cpp
  settings.cpp
  strategy.cpp
  submission_maker.cpp
)
target_link_libraries(eval_evaluator PRIVATE eval_version)
