// The only file that knows yaml-cpp. It listens to the parser's events, because
// yaml-cpp's own tree forgets duplicate keys and resolves aliases.
#include "appup/document.hpp"
#include "appup/scalar.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <string>
#include <string_view>

namespace instar::appup {
namespace {

// Leaves yaml-cpp's parser; the reason is in the builder.
struct stop_reading {};

text_position position(const YAML::Mark& mark) {
  if (mark.is_null())
    return {};
  return {static_cast<std::uint32_t>(mark.line + 1),
          static_cast<std::uint32_t>(mark.column + 1)};
}

class listener final : public YAML::EventHandler {
public:
  explicit listener(document_builder& into) : into_(into) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    go_on(into_.null(position(mark)));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    into_.error(position(mark), errc::alias_not_allowed,
                "aliases are not allowed: write the value out");
    throw stop_reading{};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& text) override {
    refuse_anchor(mark, anchor);
    const auto at = position(mark);
    if (tag == "?") {
      go_on(into_.plain(at, text));
    } else if (tag == "!" || tag == "tag:yaml.org,2002:str") {
      go_on(into_.string(at, text));
    } else {
      refuse_tag(mark, tag);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!")
      refuse_tag(mark, tag);
    go_on(into_.begin_sequence(position(mark)));
  }

  void OnSequenceEnd() override { into_.end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!")
      refuse_tag(mark, tag);
    go_on(into_.begin_map(position(mark)));
  }

  void OnMapEnd() override { into_.end(); }

private:
  static void go_on(bool more) {
    if (!more)
      throw stop_reading{};
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == YAML::NullAnchor)
      return;
    into_.error(position(mark), errc::alias_not_allowed,
                "anchors are not allowed: write the value out");
    throw stop_reading{};
  }

  [[noreturn]] void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    into_.error(position(mark), into_.shape_tag(),
                "the YAML tag " + tag + " is not allowed");
    throw stop_reading{};
  }

  document_builder& into_;
};

}  // namespace

void read_yaml(const source_file& source, document_builder& into) {
  try {
    std::istringstream stream(source.text);
    YAML::Parser parser(stream);
    listener events(into);
    while (parser.HandleNextDocument(events)) {
    }
  } catch (const stop_reading&) {
    // The builder has the error.
  } catch (const YAML::DeepRecursion& why) {
    into.error(position(why.mark), errc::too_deep, "nested too deep");
  } catch (const YAML::Exception& why) {
    into.error(position(why.mark), into.shape_tag(), "not YAML: " + why.msg);
  }
}

}  // namespace instar::appup
