// Boost.JSON says what stands in a text but not where. The text is known to be
// JSON once it is parsed, so the places are found by walking its tokens.
#include "appup/document.hpp"
#include "appup/reader.hpp"
#include "appup/scalar.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse_options.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace instar::appup {
namespace {

namespace json = boost::json;

// The places of the tokens that start a value or a key, in order.
class token_places {
public:
  explicit token_places(std::string_view text) : text_(text) {}

  text_position next() {
    while (at_ < text_.size() && is_between(text_[at_]))
      step();
    const text_position found = place_;
    if (at_ < text_.size())
      skip_token();
    return found;
  }

private:
  static bool is_between(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' ||
           c == ':' || c == ']' || c == '}';
  }

  void step() {
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
    ++at_;
  }

  void skip_token() {
    const char first = text_[at_];
    step();
    if (first == '[' || first == '{')
      return;
    if (first != '"') {
      while (at_ < text_.size() && !is_between(text_[at_]))
        step();
      return;
    }
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\')
        step();
      if (at_ < text_.size())
        step();
    }
    if (at_ < text_.size())
      step();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  text_position place_{1, 1};
};

// Where byte `offset` stands.
text_position place_of(std::string_view text, std::size_t offset) {
  text_position at{1, 1};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      ++at.column;
    }
  }
  return at;
}

// boost::json::basic_parser calls these; false ends the parsing.
class handler {
public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  handler(document_builder& into, std::string_view text)
      : into_(into), places_(text) {}

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& error) {
    return go_on(into_.begin_map(places_.next()), error);
  }
  bool on_object_end(std::size_t, json::error_code&) {
    into_.end();
    return true;
  }
  bool on_array_begin(json::error_code& error) {
    return go_on(into_.begin_sequence(places_.next()), error);
  }
  bool on_array_end(std::size_t, json::error_code&) {
    into_.end();
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    return collect(part);
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    return string(part, error);
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    return collect(part);
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& error) {
    return string(part, error);
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    return collect(part);
  }
  bool on_int64(std::int64_t, json::string_view part, json::error_code& error) {
    return number(part, error);
  }
  bool on_uint64(std::uint64_t, json::string_view part,
                 json::error_code& error) {
    return number(part, error);
  }
  bool on_double(double, json::string_view part, json::error_code& error) {
    return number(part, error);
  }
  bool on_bool(bool truth, json::error_code& error) {
    return go_on(into_.plain(places_.next(), truth ? "true" : "false"), error);
  }
  bool on_null(json::error_code& error) {
    return go_on(into_.null(places_.next()), error);
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

private:
  static bool go_on(bool more, json::error_code& error) {
    if (!more)
      error = json::error::exception;
    return more;
  }
  bool collect(json::string_view part) {
    parts_.append(part.data(), part.size());
    return true;
  }
  bool string(json::string_view part, json::error_code& error) {
    collect(part);
    const bool more = go_on(into_.string(places_.next(), parts_), error);
    parts_.clear();
    return more;
  }
  bool number(json::string_view part, json::error_code& error) {
    collect(part);
    const bool more = go_on(into_.number(places_.next(), parts_), error);
    parts_.clear();
    return more;
  }

  document_builder& into_;
  token_places places_;
  std::string parts_;
};

std::size_t parse(std::string_view text, document_builder& into,
                  json::error_code& error) {
  json::parse_options options;
  // One more than ours, so that ours is the one that is reported.
  options.max_depth = manifest_limit_depth + 1;
  json::basic_parser<handler> parser(options, into, text);
  const auto done = parser.write_some(false, text.data(), text.size(), error);
  if (!error && done < text.size()) {
    const auto rest = text.find_first_not_of(" \t\r\n", done);
    if (rest != std::string_view::npos) {
      error = json::error::extra_data;
      return rest;
    }
  }
  return done;
}

}  // namespace

bool read_json(const source_file& source, bool or_yaml,
               document_builder& into) {
  const std::string_view text = source.text;
  if (or_yaml) {
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos || text[start] != '{')
      return false;
  }
  document_builder attempt = into;
  json::error_code error;
  const auto stopped = parse(text, attempt, error);
  if (error && error != json::error::exception) {
    // `{` may start YAML's flow style as well: what is no JSON is left to YAML.
    if (or_yaml)
      return false;
    attempt.error(place_of(text, stopped), attempt.shape_tag(),
                  "not JSON: " + error.message());
  }
  into = std::move(attempt);
  return true;
}

}  // namespace instar::appup
