// The JSON Schemas of the manifests that people write, for editors and other
// tools: appup/schemas/, built into the library. They say what the readers take,
// as far as a schema can (docs/manifests.md). Any thread.
#pragma once

#include <span>
#include <string_view>

namespace instar::appup {

struct schema {
  /// The manifest's file name: `app.yaml`.
  std::string_view name;
  /// JSON Schema, draft 2020-12.
  std::string_view text;
};

/// All of them, sorted by name.
std::span<const schema> schemas();

/// By `app.yaml` or `app`; null if there is none.
const schema* find_schema(std::string_view name);

}  // namespace instar::appup
