// Templates in a real box, by the real Jinja.
#include <gtest/gtest.h>

#include "evaluator/template_renderer.h"
#include "sandbox/linux_sandbox.h"

namespace eval::evaluator {
namespace {

class BoxedRenderer : public testing::Test {
 protected:
  void SetUp() override {
    auto made = sandbox::create_linux_sandbox({.boxes = 1, .pin = false});
    if (!made) GTEST_SKIP() << describe(made.error());
    sandbox_ = std::move(*made);
    const auto probe = boxed_template_renderer(*sandbox_)("x", {Json::object()});
    if (!probe && probe.error().code == ErrorCode::Unsupported) GTEST_SKIP() << probe.error().what;
  }
  Result<std::vector<std::string>> render(const std::string& chat_template,
                                          const std::vector<Json>& variables) {
    return boxed_template_renderer(*sandbox_)(chat_template, variables);
  }
  std::unique_ptr<sandbox::Sandbox> sandbox_;
};

TEST_F(BoxedRenderer, RendersWithTheSettingsOfTransformers) {
  const auto rendered = render(
      "  {% for m in messages %}\n{{ m.role | upper }}:{{ m | tojson }}{% if loop.first %}"
      "{% continue %}{% endif %}{% generation %}!{% endgeneration %}\n{% endfor %}",
      {Json{{"messages", {{{"role", "a"}, {"t", "<\u00e9>"}}, {{"role", "b"}}}}},
       Json{{"messages", Json::array()}}});
  ASSERT_TRUE(rendered.has_value()) << describe(rendered.error());
  EXPECT_EQ(*rendered, (std::vector<std::string>{
                           "A:{\"role\": \"a\", \"t\": \"<\u00e9>\"}B:{\"role\": \"b\"}!", ""}));
}

TEST_F(BoxedRenderer, PassesOnWhatATemplateRaises) {
  EXPECT_EQ(render("{{ raise_exception('no system role') }}", {Json::object()}).error().what,
            "the chat template failed: TemplateError: no system role");
  EXPECT_NE(render("{% if %}", {Json::object()}).error().what.find("line 1"), std::string::npos);
}

TEST_F(BoxedRenderer, ATemplateCannotReachPython) {
  const auto rendered = render("{{ ''.__class__.__mro__[1].__subclasses__() }}", {Json::object()});
  ASSERT_FALSE(rendered.has_value());
  EXPECT_NE(rendered.error().what.find("unsafe"), std::string::npos) << rendered.error().what;
}

}  // namespace
}  // namespace eval::evaluator
