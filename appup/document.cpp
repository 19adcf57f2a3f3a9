#include "appup/document.hpp"

#include "appup/reader.hpp"
#include "appup/scalar.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <fmt/format.h>

#include <limits>
#include <string>
#include <utility>

namespace instar::appup {

node_kind node::kind() const {
  return owner_->cells_[index_].kind;
}

std::string_view node::text() const {
  return owner_->text(owner_->cells_[index_]);
}

std::int64_t node::integer() const {
  return owner_->cells_[index_].integer;
}

text_position node::at() const {
  return owner_->cells_[index_].at;
}

source_position node::where() const {
  return {owner_->source_, at()};
}

std::vector<node> node::children() const {
  const auto& self = owner_->cells_[index_];
  std::vector<node> all;
  all.reserve(self.count);
  for (auto i = self.first; i != document::none; i = owner_->cells_[i].next) {
    all.emplace_back(*owner_, i);
  }
  return all;
}

std::optional<node> node::find(std::string_view key) const {
  const auto found = find_key(key);
  if (!found)
    return std::nullopt;
  return node(*owner_, owner_->cells_[found->index_].next);
}

std::optional<node> node::find_key(std::string_view key) const {
  if (!is_map())
    return std::nullopt;
  auto i = owner_->cells_[index_].first;
  while (i != document::none) {
    const auto& cell = owner_->cells_[i];
    if (owner_->text(cell) == key)
      return node(*owner_, i);
    i = owner_->cells_[cell.next].next;
  }
  return std::nullopt;
}

value node::to_value() const {
  switch (kind()) {
    case node_kind::null:
      return nullptr;
    case node_kind::boolean:
      return integer() != 0;
    case node_kind::integer:
      return integer();
    case node_kind::unsigned_integer:
      return static_cast<std::uint64_t>(integer());
    case node_kind::real:
      return parse_real(text());
    case node_kind::string:
      return boost::json::string(text());
    case node_kind::sequence: {
      boost::json::array items;
      for (const auto& item : children())
        items.push_back(item.to_value());
      return items;
    }
    case node_kind::map: {
      boost::json::object members;
      const auto all = children();
      for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
        members.insert_or_assign(all[i].text(), all[i + 1].to_value());
      }
      return members;
    }
  }
  return nullptr;
}

std::string node::described() const {
  constexpr std::size_t shown = 40;
  const auto start = text().substr(0, shown);
  const auto* const more = text().size() > shown ? "..." : "";
  switch (kind()) {
    case node_kind::null:
      return "nothing";
    case node_kind::boolean:
      return fmt::format("the truth value {}", text());
    case node_kind::integer:
    case node_kind::unsigned_integer:
    case node_kind::real:
      return fmt::format("the number {}{}", start, more);
    case node_kind::string:
      return fmt::format("\"{}{}\"", start, more);
    case node_kind::sequence:
      return "a list";
    case node_kind::map:
      return "a map";
  }
  return "something else";
}

read_document_answer read_document(file_system& files, const path& file,
                                   errc shape_tag) {
  auto source = std::make_shared<source_file>();
  source->name = file.string();
  document_builder builder(source, shape_tag);
  auto text = files.read(file, manifest_limit_bytes);
  if (text) {
    source->text = std::move(*text);
  } else if (text.error().code == boost::system::errc::file_too_large) {
    builder.error(
        {}, errc::too_large,
        fmt::format("larger than {} MiB", manifest_limit_bytes >> 20U));
    return {nullptr, builder.errors()};
  } else {
    builder.error(
        {}, shape_tag,
        fmt::format("cannot be read: {}", text.error().code.message()));
    return {nullptr, builder.errors()};
  }
  if (const auto bad = find_bad_text(source->text)) {
    builder.error(bad->first, shape_tag, bad->second);
    return {nullptr, builder.errors()};
  }
  if (file.extension() == ".json") {
    read_json(*source, false, builder);
  } else if (!read_json(*source, true, builder)) {
    read_yaml(*source, builder);
  }
  if (builder.errors().empty() && !builder.has_root()) {
    builder.error({}, shape_tag, "the file is empty");
  }
  if (!builder.errors().empty())
    return {nullptr, builder.errors()};
  return {builder.finish(), {}};
}

}  // namespace instar::appup
