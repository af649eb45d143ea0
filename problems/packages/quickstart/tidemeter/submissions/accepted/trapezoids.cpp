#include <cstdio>

int main() {
  int n;
  if (std::scanf("%d", &n) != 1) return 1;
  double area = 0, first = 0, t = 0, h = 0;
  for (int i = 0; i < n; ++i) {
    double next_t, next_h;
    if (std::scanf("%lf %lf", &next_t, &next_h) != 2) return 1;
    if (i == 0)
      first = next_t;
    else
      area += (next_t - t) * (h + next_h) / 2;
    t = next_t;
    h = next_h;
  }
  std::printf("%.9f\n", area / (t - first));
}
