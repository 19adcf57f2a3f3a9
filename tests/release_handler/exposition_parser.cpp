#include "tests/release_handler/exposition_parser.hpp"

#include <charconv>
#include <limits>
#include <regex>
#include <set>

namespace instar::release_handler::test {
namespace {

const std::regex name_form("[a-zA-Z_:][a-zA-Z0-9_:]*");
const std::regex head_form("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
const std::regex sample_form(
    R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+))re");
const std::regex labels_form(
    R"re(([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\"n])*")(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\"n])*")*)re");
const std::regex bound_form(R"re((.*,)?le="([^"]*)"(,.*)?)re");

[[noreturn]] void wrong(const std::string& line, const char* why) {
  throw std::runtime_error(std::string(why) + ": " + line);
}

double number_of(const std::string& line, const std::string& text) {
  if (text == "+Inf")
    return std::numeric_limits<double>::infinity();
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end)
    wrong(line, "no number");
  return number;
}

// One family while its lines come.
struct family {
  std::string name, type;
  double bound = -std::numeric_limits<double>::infinity();
  double below = 0;
  bool has_infinity = false;

  bool owns(const std::string& sample) const {
    if (sample == name)
      return type != "histogram";
    const bool has_sum = type == "histogram" || type == "summary";
    return (has_sum &&
            (sample == name + "_sum" || sample == name + "_count")) ||
           (type == "histogram" && sample == name + "_bucket");
  }

  void take(const std::string& line, const std::string& sample,
            const std::string& labels, double number) {
    if (type == "counter" && number < 0)
      wrong(line, "a counter below 0");
    if (type != "histogram")
      return;
    std::smatch found;
    if (sample == name + "_bucket") {
      if (!std::regex_match(labels, found, bound_form))
        wrong(line, "a bucket without le");
      const auto next = number_of(line, found[2]);
      if (next <= bound || number < below)
        wrong(line, "buckets that fall");
      bound = next;
      below = number;
      has_infinity = next == std::numeric_limits<double>::infinity();
    } else if (!has_infinity) {
      wrong(line, "no bucket +Inf");
    } else if (sample == name + "_count" && number != below) {
      wrong(line, "a count that is not that of +Inf");
    }
  }
};

}  // namespace

std::map<std::string, double> read_exposition(std::string_view text) {
  std::map<std::string, double> samples;
  std::set<std::string> families;
  std::string helped;
  family now;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string line(text.substr(0, end));
    if (end == std::string_view::npos)
      wrong(line, "the last line has no end");
    text.remove_prefix(end + 1);
    std::smatch found;
    if (std::regex_match(line, found, head_form)) {
      if (found[1] == "HELP") {
        helped = found[2];
        if (!families.insert(helped).second)
          wrong(line, "a family twice");
        continue;
      }
      const std::set<std::string> types = {"counter", "gauge", "histogram",
                                           "summary", "untyped"};
      if (helped != found[2] || types.count(found[3]) == 0)
        wrong(line, "a type without its help, or none");
      now = family{found[2], found[3]};
      continue;
    }
    if (!std::regex_match(line, found, sample_form))
      wrong(line, "neither a head nor a sample");
    if (found[2].matched && !std::regex_match(found[3].str(), labels_form))
      wrong(line, "labels that are none");
    if (!now.owns(found[1]))
      wrong(line, "a sample outside of its family");
    const auto number = number_of(line, found[4]);
    now.take(line, found[1], found[3], number);
    if (!samples.emplace(found[1].str() + found[2].str(), number).second)
      wrong(line, "a sample twice");
  }
  return samples;
}

}  // namespace instar::release_handler::test
