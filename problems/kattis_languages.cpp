#include "problems/package_yaml.h"

namespace eval::problems {

const std::map<std::string, std::vector<std::string>, std::less<>>& kattis_languages() {
  // Appendix "Languages" of the format; extensions it does not use for detection are left out.
  static const std::map<std::string, std::vector<std::string>, std::less<>> kLanguages = {
      {"ada", {".adb", ".ads"}},
      {"algol68", {".a68"}},
      {"apl", {".apl"}},
      {"bash", {".sh", ".bash"}},
      {"c", {".c"}},
      {"cgmp", {}},
      {"cobol", {".cob"}},
      {"cpp", {".cc", ".cpp", ".cxx", ".c++", ".C"}},
      {"cppgmp", {}},
      {"crystal", {".cr"}},
      {"csharp", {".cs"}},
      {"d", {".d"}},
      {"dart", {".dart"}},
      {"elixir", {".ex"}},
      {"erlang", {".erl"}},
      {"forth", {".fth", ".4th", ".forth", ".frt"}},
      {"fortran", {".f90"}},
      {"fsharp", {".fs"}},
      {"gerbil", {".ss"}},
      {"go", {".go"}},
      {"haskell", {".hs"}},
      {"java", {".java"}},
      {"javaalgs4", {}},
      {"javascript", {".js"}},
      {"julia", {".jl"}},
      {"kotlin", {".kt"}},
      {"lisp", {".lisp", ".cl"}},
      {"lua", {".lua"}},
      {"modula2", {".mod", ".def"}},
      {"nim", {".nim"}},
      {"objectivec", {".m"}},
      {"ocaml", {".ml"}},
      {"octave", {}},
      {"odin", {".odin"}},
      {"pascal", {".pas"}},
      {"perl", {".pm"}},
      {"php", {".php"}},
      {"prolog", {".pl"}},
      {"python2", {".py2"}},
      {"python3", {".py", ".py3"}},
      {"python3numpy", {}},
      {"racket", {".rkt"}},
      {"ruby", {".rb"}},
      {"rust", {".rs"}},
      {"scala", {".scala"}},
      {"simula", {".sim"}},
      {"smalltalk", {".st"}},
      {"snobol", {".sno"}},
      {"swift", {".swift"}},
      {"typescript", {".ts"}},
      {"visualbasic", {".vb"}},
      {"zig", {".zig"}},
  };
  return kLanguages;
}

}  // namespace eval::problems
