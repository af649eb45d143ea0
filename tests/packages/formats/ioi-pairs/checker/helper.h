inline double part_of(bool right) { return right ? 1.0 : 0.0; }
