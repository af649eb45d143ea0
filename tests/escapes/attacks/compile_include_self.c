// Tries: to have the preprocessor include the file in itself, twice at every level.
// Must stop it: the preprocessor's own depth limit, else the time limit of the compiler's box.
#if __INCLUDE_LEVEL__ < 190
#include __FILE__
#include __FILE__
#endif
int value;
