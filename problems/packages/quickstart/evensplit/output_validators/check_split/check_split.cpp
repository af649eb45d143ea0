// Usage: check_split INPUT ANSWER FEEDBACK_DIRECTORY < OUTPUT
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "feedback.h"

int main(int argc, char** argv) {
  if (argc < 4) return 1;
  const Feedback feedback{argv[3]};

  long long n = 0;
  std::string judge_word;
  std::ifstream input(argv[1]);
  std::ifstream answer(argv[2]);
  if (!(input >> n)) feedback.fail("the input holds no n");
  if (!(answer >> judge_word)) feedback.fail("the answer file is empty");
  const bool judge_has_split = judge_word != "impossible";

  std::string word;
  if (!(std::cin >> word)) feedback.reject("the output is empty");
  if (word == "impossible") {
    if (judge_has_split) feedback.reject("the output says impossible, but a split exists");
    if (std::cin >> word) feedback.reject("text follows the word impossible: " + word);
    feedback.accept();
  }

  if (word.find_first_not_of("0123456789") != std::string::npos || word.size() > 6)
    feedback.reject("expected the number of weights, found " + word.substr(0, 40));
  const long long k = std::stoll(word);
  if (k < 1 || k >= n) feedback.reject("k = " + word + " is not between 1 and n - 1");

  std::vector<bool> used(static_cast<std::size_t>(n) + 1, false);
  long long sum = 0;
  for (long long i = 0; i < k; ++i) {
    long long weight = 0;
    if (!(std::cin >> weight)) feedback.reject("fewer than k weights");
    if (weight < 1 || weight > n) feedback.reject("no weight of " + std::to_string(weight) + " grams");
    if (used[static_cast<std::size_t>(weight)])
      feedback.reject("weight " + std::to_string(weight) + " is used twice");
    used[static_cast<std::size_t>(weight)] = true;
    sum += weight;
  }
  if (std::cin >> word) feedback.reject("text follows the last weight: " + word.substr(0, 40));

  const long long total = n * (n + 1) / 2;
  if (2 * sum != total)
    feedback.reject("the first school gets " + std::to_string(sum) + " of " +
                    std::to_string(total) + " grams");
  if (!judge_has_split) feedback.fail("the output is a split, but the answer file says impossible");
  feedback.accept();
}
