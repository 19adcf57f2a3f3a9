#include "appup/instruction_reader.hpp"

#include "appup/instruction_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace instar::appup {
namespace {

using high_reader = high_level (*)(const instruction_source&,
                                   written_instruction&, collector&);
using low_reader = low_level (*)(const instruction_source&,
                                 written_instruction&, collector&);

struct high_keyword {
  std::string_view name;
  high_reader read;
};
constexpr std::array high_keywords{
    high_keyword{"update", &read_update},
    high_keyword{"load_module", &read_load_module},
    high_keyword{"add_module", &read_add_module},
    high_keyword{"delete_module", &read_delete_module},
    high_keyword{"add_application", &read_add_application},
    high_keyword{"remove_application", &read_remove_application},
    high_keyword{"restart_application", &read_restart_application},
};

struct low_keyword {
  std::string_view name;
  low_reader read;
};
constexpr std::array low_keywords{
    low_keyword{"load_object_code", &read_load_object_code},
    low_keyword{"load", &read_load},
    low_keyword{"remove", &read_remove},
    low_keyword{"purge", &read_purge_instruction},
    low_keyword{"suspend", &read_suspend},
    low_keyword{"resume", &read_resume},
    low_keyword{"code_change", &read_code_change},
    low_keyword{"stop", &read_stop},
    low_keyword{"start", &read_start},
    low_keyword{"sync_nodes", &read_sync_nodes},
    low_keyword{"apply", &read_apply},
};

constexpr std::array<std::string_view, 3> bare_words{
    "point_of_no_return", "restart_new_emulator", "restart_emulator"};

template <class Table>
auto find_keyword(const Table& table, std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(),
                   [&](const auto& one) { return one.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::optional<low_level> bare_instruction(std::string_view word) {
  if (word == "point_of_no_return")
    return point_of_no_return{};
  if (word == "restart_new_emulator")
    return restart_new_emulator{};
  if (word == "restart_emulator")
    return restart_emulator{};
  return std::nullopt;
}

bool is_keyword(std::string_view word) {
  return find_keyword(high_keywords, word) != nullptr ||
         find_keyword(low_keywords, word) != nullptr;
}

// What the text of an unknown keyword is told.
std::string advice(std::string_view word) {
  if (word == "restart" || word == "reboot") {
    return "; to restart the node write restart_emulator";
  }
  const auto colon = word.find(':');
  if (const auto key = word.substr(0, colon);
      colon != std::string_view::npos && is_keyword(key)) {
    return word.substr(colon + 1).starts_with(' ')
               ? fmt::format(": write {} without quotes", word)
               : fmt::format(": a space is missing after {}:", key);
  }
  std::vector<std::string_view> known(bare_words.begin(), bare_words.end());
  for (const auto& one : high_keywords)
    known.push_back(one.name);
  for (const auto& one : low_keywords)
    known.push_back(one.name);
  return did_you_mean(word, std::span<const std::string_view>(known));
}

void bad_word(const node& word, collector& to) {
  const auto text = word.text();
  if (text == "mnesia_backup") {
    to.error(word, errc::not_yet_implemented,
             "mnesia_backup is not implemented");
  } else if (is_keyword(text)) {
    to.error(word, errc::bad_instruction,
             fmt::format("{} needs an argument: write {}: ...", text, text));
  } else {
    to.error(word, errc::bad_instruction,
             fmt::format("there is no instruction {}{}", word.described(),
                         advice(text)));
  }
}

void read_keyword(const node& keyword, const node& argument, defaults mode,
                  written_instruction& into, collector& to) {
  const instruction_source from{keyword, argument, mode};
  const auto name = keyword.text();
  if (const auto* high = find_keyword(high_keywords, name)) {
    into.what = high->read(from, into, to);
  } else if (const auto* low = find_keyword(low_keywords, name)) {
    into.what = low->read(from, into, to);
  } else if (bare_instruction(name)) {
    to.error(keyword, errc::bad_instruction,
             fmt::format("{} has no argument: write the word alone, without "
                         "a colon",
                         name));
  } else {
    bad_word(keyword, to);
  }
}

}  // namespace

written_instruction read_instruction(const node& from, defaults mode) {
  written_instruction read;
  read.where = from.where();
  read.name_at = from.at();
  collector errors;
  bool before = false;
  bool object_code = false;
  if (from.is_string()) {
    if (auto bare = bare_instruction(from.text())) {
      read.what = std::move(*bare);
    } else {
      bad_word(from, errors);
    }
  } else if (from.is_map()) {
    const auto members = from.children();
    if (members.size() == 2) {
      read.where = members[0].where();
      read.name_at = members[0].at();
      object_code = members[0].text() == "load_object_code";
      before = object_code || members[0].text() == "apply";
      read_keyword(members[0], members[1], mode, read, errors);
    } else if (members.empty()) {
      errors.error(from, errc::bad_instruction, "an instruction is empty");
    } else {
      const auto first = members[0].text();
      const auto second = members[2].text();
      // {update, counter} is what OTP's users are used to.
      errors.error(
          members[2], errc::bad_instruction,
          fmt::format("an instruction has one key, this has {} more after "
                      "\"{}\"; {}",
                      members.size() / 2 - 1, first,
                      members[1].is_null() && members[3].is_null()
                          ? fmt::format("write {}: {}", first, second)
                          : fmt::format("if \"{}\" is its argument, indent it "
                                        "further",
                                        second)));
    }
  } else {
    errors.error(
        from, errc::bad_instruction,
        fmt::format("expected an instruction, found {}", from.described()));
  }
  if (!errors.empty()) {
    read.what = malformed{errors.take(), before, object_code};
  }
  return read;
}

std::vector<written_instruction> read_instructions(const node& sequence) {
  std::vector<written_instruction> all;
  const auto items = sequence.children();
  all.reserve(items.size());
  for (const auto& item : items) {
    if (item.is_sequence()) {
      for (const auto& inner : item.children()) {
        all.push_back(read_instruction(inner, defaults::required));
      }
    } else {
      all.push_back(read_instruction(item));
    }
  }
  return all;
}

}  // namespace instar::appup
