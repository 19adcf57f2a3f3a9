#include "appup/document.hpp"
#include "appup/reader.hpp"
#include "appup/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace instar::appup {

document_builder::document_builder(std::shared_ptr<const source_file> source,
                                   errc shape_tag)
    : shape_tag_(shape_tag) {
  result_.source_ = std::move(source);
}

void document_builder::error(text_position at, errc tag, std::string message) {
  report(errors_, tag, {result_.source_, at}, std::move(message));
}

void document_builder::deep(text_position at) {
  error(at, errc::too_deep,
        fmt::format("nested deeper than {} levels", manifest_limit_depth));
}

bool document_builder::expects_key() const {
  if (open_.empty())
    return false;
  const auto& parent = result_.cells_[open_.back().index];
  return parent.kind == node_kind::map && parent.count % 2 == 0;
}

std::optional<text_position> document_builder::place_of_key() const {
  if (open_.empty() || expects_key() ||
      result_.cells_[open_.back().index].kind != node_kind::map) {
    return std::nullopt;
  }
  return result_.cells_[open_.back().last_child].at;
}

bool document_builder::add(node_kind kind, text_position at,
                           std::string_view text, std::int64_t integer) {
  if (open_.empty() && has_root()) {
    const bool is_marked =
        result_.source_->text.find("\n---") != std::string::npos;
    error(at, shape_tag_,
          is_marked ? "a second document in one file"
                    : "this goes on with nothing that stands above it");
    return false;
  }
  if (result_.cells_.size() >= manifest_limit_nodes) {
    error(at, errc::too_many_nodes,
          fmt::format("more than {} nodes", manifest_limit_nodes));
    return false;
  }
  document::cell cell;
  cell.kind = kind;
  cell.at = at;
  cell.integer = integer;
  cell.text_start = static_cast<std::uint32_t>(result_.texts_.size());
  cell.text_size = static_cast<std::uint32_t>(text.size());
  result_.texts_ += text;
  const auto index = static_cast<std::uint32_t>(result_.cells_.size());
  if (!open_.empty()) {
    auto& [parent, last_child] = open_.back();
    if (last_child == document::none) {
      result_.cells_[parent].first = index;
    } else {
      result_.cells_[last_child].next = index;
    }
    last_child = index;
    ++result_.cells_[parent].count;
  }
  result_.cells_.push_back(cell);
  return true;
}

bool document_builder::null(text_position at) {
  // A missing key is a key without text, which no manifest knows.
  return add(expects_key() ? node_kind::string : node_kind::null, at, "");
}

bool document_builder::plain(text_position at, std::string_view text) {
  if (expects_key())
    return string(at, text);
  const auto [kind, integer] = resolve_scalar(text);
  return add(kind, at, text, integer);
}

bool document_builder::string(text_position at, std::string_view text) {
  return add(node_kind::string, at, text);
}

bool document_builder::number(text_position at, std::string_view text) {
  return plain(at, text);
}

bool document_builder::begin(node_kind kind, text_position at) {
  if (expects_key()) {
    error(at, shape_tag_, "a key must be a name");
    return false;
  }
  if (open_.size() >= manifest_limit_depth) {
    deep(at);
    return false;
  }
  const auto index = static_cast<std::uint32_t>(result_.cells_.size());
  if (!add(kind, at, ""))
    return false;
  open_.push_back({index, document::none});
  return true;
}

bool document_builder::begin_sequence(text_position at) {
  return begin(node_kind::sequence, at);
}

bool document_builder::begin_map(text_position at) {
  return begin(node_kind::map, at);
}

void document_builder::end() {
  const auto index = open_.back().index;
  if (result_.cells_[index].kind == node_kind::map)
    check_duplicates(index);
  open_.pop_back();
}

void document_builder::check_duplicates(std::uint32_t map) {
  const auto& cells = result_.cells_;
  const auto report = [&](std::uint32_t again, std::uint32_t before) {
    error(cells[again].at, errc::duplicate_key,
          fmt::format("the key \"{}\" is given twice; the first is in line {}",
                      result_.text(cells[again]), cells[before].at.line));
  };
  const auto next_key = [&](std::uint32_t key) {
    return cells[cells[key].next].next;
  };
  const auto& self = cells[map];
  constexpr std::uint32_t few = 16;  // nodes; most maps have less
  if (self.count <= few) {
    for (auto key = self.first; key != document::none; key = next_key(key)) {
      for (auto other = self.first; other != key; other = next_key(other)) {
        if (result_.text(cells[other]) == result_.text(cells[key])) {
          report(key, other);
          break;
        }
      }
    }
    return;
  }
  // Sorted, not hashed: keys can be made to collide.
  std::vector<std::uint32_t> keys;
  for (auto key = self.first; key != document::none; key = next_key(key))
    keys.push_back(key);
  std::stable_sort(keys.begin(), keys.end(), [&](auto a, auto b) {
    return result_.text(cells[a]) < result_.text(cells[b]);
  });
  std::vector<std::pair<std::uint32_t, std::uint32_t>> again;
  auto first = keys.front();
  for (auto key = keys.begin() + 1; key != keys.end(); ++key) {
    if (result_.text(cells[first]) == result_.text(cells[*key])) {
      again.emplace_back(*key, first);
    } else {
      first = *key;
    }
  }
  std::sort(again.begin(), again.end());
  for (const auto& [key, before] : again)
    report(key, before);
}

std::shared_ptr<const document> document_builder::finish() {
  return std::make_shared<const document>(std::move(result_));
}

}  // namespace instar::appup
