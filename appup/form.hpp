// Small steps of reading a manifest's nodes, with errors collected. Private to
// appup. One thread per collector.
#pragma once

#include "appup/document.hpp"

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace instar::appup {

/// Collects the errors of one file or instruction.
class collector {
public:
  void error(const node& at, errc tag, std::string message);
  void error(const source_position& at, errc tag, std::string message);
  void add(diagnostics more);
  bool empty() const { return errors_.empty(); }
  std::size_t size() const { return errors_.size(); }
  diagnostics take() { return std::move(errors_); }

private:
  diagnostics errors_;
};

using key_list = std::span<const std::string_view>;

/// Reports keys that are not in `known`, and a node that is no map (`shape`).
/// False for that alone: the keys that are known are read all the same.
bool check_keys(const node& map, key_list known, std::string_view what,
                errc shape, collector& to);

/// The value of `key`. Without it an error at `at`, `why` added to it, unless
/// an unknown key is near: that was reported and is the one that was meant.
std::optional<node> require_key(const node& map, std::string_view key,
                                key_list known, std::string_view what,
                                const node& at, errc tag, collector& to,
                                std::string_view why = {});

/// One of the words `known`: which.
std::optional<std::size_t> read_word(const node& from, std::string_view what,
                                     key_list known, errc tag, collector& to);

/// `format: 1` is allowed in each manifest and is the only format there is.
void check_format(const node& root, errc shape, collector& to);

/// Any string that is not empty. `what` is "a node", "the description".
std::optional<std::string> read_text(const node& from, std::string_view what,
                                     errc tag, collector& to);

/// A valid name of an application or module.
std::optional<std::string> read_name(const node& from, std::string_view what,
                                     errc tag, collector& to);

/// A valid version; a bare number is told to be quoted.
std::optional<std::string> read_vsn(const node& from, std::string_view what,
                                    errc tag, collector& to);

/// A list of names: `list_tag` if it is no list, `tag` for each bad name, which
/// is left out. The places of the others are added to `at`.
std::vector<std::string> read_names(const node& from, std::string_view what,
                                    errc list_tag, errc tag, collector& to,
                                    std::vector<text_position>* at = nullptr);

/// What a callback is given (EXTRA, arguments): a relup must be able to hold it,
/// further in and with more of it escaped. too_deep or too_large.
void check_term(const node& from, collector& to);

/// How a list is written, where a map stands for it; else nothing.
std::string_view list_advice(const node& from);

/// "; a version is a string: write \"1.0\", in quotes" for a number, else
/// nothing.
std::string quote_advice(const node& from);

}  // namespace instar::appup
