#include "judges/verdict.h"

namespace eval::judges {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::AC:
      return "AC";
    case Verdict::PC:
      return "PC";
    case Verdict::WA:
      return "WA";
    case Verdict::TLE:
      return "TLE";
    case Verdict::MLE:
      return "MLE";
    case Verdict::OLE:
      return "OLE";
    case Verdict::RE:
      return "RE";
    case Verdict::CE:
      return "CE";
    case Verdict::NA:
      return "NA";
    case Verdict::JE:
      return "JE";
    case Verdict::IE:
      return "IE";
  }
  return "";
}

std::string_view verdict_description(Verdict verdict) {
  switch (verdict) {
    case Verdict::AC:
      return "accepted";
    case Verdict::PC:
      return "partial credit";
    case Verdict::WA:
      return "wrong answer";
    case Verdict::TLE:
      return "time limit exceeded";
    case Verdict::MLE:
      return "memory limit exceeded";
    case Verdict::OLE:
      return "output limit exceeded";
    case Verdict::RE:
      return "run-time error";
    case Verdict::CE:
      return "compile error";
    case Verdict::NA:
      return "no submission in the generation";
    case Verdict::JE:
      return "judge error";
    case Verdict::IE:
      return "infrastructure error";
  }
  return "";
}

std::optional<Verdict> verdict_from_name(std::string_view name) {
  if (name == "RTE") return Verdict::RE;
  for (const Verdict verdict : kAllVerdicts) {
    if (verdict_name(verdict) == name) return verdict;
  }
  return std::nullopt;
}

}  // namespace eval::judges
