// The only file that knows yaml-cpp. It listens to the parser's events, because
// yaml-cpp's own tree forgets duplicate keys and resolves aliases.
#include "appup/document.hpp"
#include "appup/reader.hpp"
#include "appup/scalar.hpp"
#include "appup/yaml_fault.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

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

struct value_too_long {};

// Hands out a text while yaml-cpp makes something of it: a bracket may turn out
// to be a key at its end only, so all that is in it is read before the first
// event comes, at 200 times the memory.
class bounded_input final : public std::streambuf {
public:
  explicit bounded_input(std::string_view text) : text_(text) {}

  /// A value begins here.
  void reached(std::size_t offset) { reached_ = std::max(reached_, offset); }
  std::string_view given() const { return text_.substr(0, given_); }

private:
  int_type underflow() override {
    constexpr std::size_t piece_bytes = 4096;
    if (given_ == text_.size())
      return traits_type::eof();
    if (given_ > reached_ + yaml_limit_value_bytes)
      throw value_too_long{};
    const auto piece = text_.substr(given_, piece_bytes);
    given_ += piece.size();
    auto* const start = const_cast<char*>(piece.data());  // only read
    setg(start, start, start + piece.size());
    return traits_type::to_int_type(piece.front());
  }

  std::string_view text_;
  std::size_t given_ = 0;
  std::size_t reached_ = 0;
};

class listener final : public YAML::EventHandler {
public:
  listener(document_builder& into, std::string_view text, bounded_input& input)
      : into_(into), text_(text), input_(input) {}

  /// What the input's limit was exceeded by.
  void refuse_long() {
    const auto in_blocks = static_cast<std::size_t>(
        std::count_if(open_.begin(), open_.end(),
                      [](const auto& one) { return !one.has_brackets; }));
    if (const auto deep = place_of_open_bracket(
            input_.given(), manifest_limit_depth - in_blocks)) {
      into_.deep(*deep);
      return;
    }
    into_.error(last_, errc::too_large,
                fmt::format("what begins here or next has no end within {} "
                            "KiB: a text, or a list or map in brackets",
                            yaml_limit_value_bytes >> 10U));
  }

  /// What is not at its end yet.
  const std::vector<open_collection>& open() const { return open_; }
  /// What the line ended that was read last.
  const std::vector<open_collection>& closed() const { return closed_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    note(mark);
    refuse_anchor(mark, anchor);
    go_on(into_.null(place_of_null(mark)));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    into_.error(position(mark), errc::alias_not_allowed,
                "aliases are not allowed: write the value out");
    throw stop_reading{};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& text) override {
    note(mark);
    refuse_anchor(mark, anchor);
    closed_.clear();
    const auto at = position(mark);
    if (tag == "?") {
      go_on(into_.plain(at, text));
    } else if (tag == "!" || tag == "tag:yaml.org,2002:str") {
      if (!is_closed_quote(text_, static_cast<std::size_t>(mark.pos)))
        refuse(at, "not YAML: the quote that opens here is never closed");
      go_on(into_.string(at, text));
    } else {
      refuse_tag(mark, tag);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    note(mark);
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!")
      refuse_tag(mark, tag);
    begin({position(mark), false, style == YAML::EmitterStyle::Flow});
    go_on(into_.begin_sequence(position(mark)));
  }

  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    note(mark);
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!")
      refuse_tag(mark, tag);
    begin({position(mark), true, style == YAML::EmitterStyle::Flow});
    go_on(into_.begin_map(position(mark)));
  }

  void OnMapEnd() override { end(); }

private:
  void note(const YAML::Mark& mark) {
    if (mark.is_null())
      return;
    input_.reached(static_cast<std::size_t>(mark.pos));
    last_ = position(mark);
  }

  static void go_on(bool more) {
    if (!more)
      throw stop_reading{};
  }

  [[noreturn]] void refuse(text_position at, std::string message) {
    into_.error(at, into_.shape_tag(), std::move(message));
    throw stop_reading{};
  }

  void begin(const open_collection& one) {
    // A { that is never closed looks like a key at the end of the file.
    if (into_.expects_key()) {
      if (const auto bad = find_bad_bracket(text_))
        refuse(bad->first, "not YAML: " + bad->second);
    }
    open_.push_back(one);
    closed_.clear();
  }
  void end() {
    closed_.push_back(open_.back());
    open_.pop_back();
    into_.end();
  }

  // A value that nobody wrote stands nowhere: yaml-cpp gives the place of what
  // comes next.
  text_position place_of_null(const YAML::Mark& mark) const {
    const auto at = position(mark);
    if (mark.is_null())
      return at;
    const auto offset = static_cast<std::size_t>(mark.pos);
    const auto written = text_.substr(std::min(offset, text_.size()), 1);
    if (written == "~" || written == "n" || written == "N")
      return at;
    if (const auto key = into_.place_of_key())
      return *key;
    if (!open_.empty() && open_.back().has_brackets)
      return at;
    return place_of_empty_item(text_, offset, at.line).value_or(at);
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
  std::string_view text_;
  bounded_input& input_;
  /// Where the last value began.
  text_position last_{1, 1};
  std::vector<open_collection> open_;
  std::vector<open_collection> closed_;
};

yaml_fault fault_of(const std::string& words) {
  using namespace YAML::ErrorMsg;
  if (words == END_OF_MAP_FLOW || words == END_OF_SEQ_FLOW || words == FLOW_END)
    return yaml_fault::bracket;
  if (words == END_OF_MAP || words == END_OF_SEQ)
    return yaml_fault::indentation;
  if (words == MAP_VALUE)
    return yaml_fault::key;
  if (words == BLOCK_ENTRY)
    return yaml_fault::list_item;
  if (words == UNKNOWN_TOKEN)
    return yaml_fault::character;
  if (words == EOF_IN_SCALAR || words == DOC_IN_SCALAR)
    return yaml_fault::quote;
  return yaml_fault::other;
}

}  // namespace

void read_yaml(const source_file& source, document_builder& into) {
  bounded_input input(source.text);
  listener events(into, source.text, input);
  try {
    std::istream stream(&input);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(events)) {
    }
  } catch (const stop_reading&) {
    // The builder has the error.
  } catch (const value_too_long&) {
    events.refuse_long();
  } catch (const YAML::Exception& why) {
    const auto [at, message] =
        describe(source.text, {fault_of(why.msg), position(why.mark), why.msg,
                               events.open(), events.closed()});
    into.error(at, into.shape_tag(), "not YAML: " + message);
  }
}

}  // namespace instar::appup
