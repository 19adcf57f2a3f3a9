// What the appup tests share: manifests in memory.
#pragma once

#include "appup/reader.hpp"
#include "appup/relup_maker.hpp"
#include "base/result.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace instar::test {

/// Files by name, folders made as needed.
class manifests {
public:
  manifests& with(const std::string& file, std::string_view text);
  file_system& files() { return files_; }
  /// Every file and its text, and every folder with a final slash.
  std::map<std::string, std::string> tree() const { return files_.tree(); }

private:
  memory_file_system files_;
};

/// Two releases, old.yaml "1" and new.yaml "2", of one application `a` that
/// goes from 1.0 to 2.0, with the modules foo, bar and baz in both.
class upgrade : public manifests {
public:
  upgrade();

  /// The up script, as the items of a YAML list at column 1.
  upgrade& up(std::string_view instructions);
  upgrade& down(std::string_view instructions);
  appup::make_relup_answer make();
  /// Changed by tests before make().
  appup::make_relup_request request;

private:
  std::string up_;
  std::string down_;
};

/// The texts of the errors, one below the other.
std::string errors_of(const appup::make_relup_answer& answer);
std::string warnings_of(const appup::make_relup_answer& answer);

/// Checks the complete text of what is wrong with an up script, which starts in
/// line 5 of its appup.
void check_up_errors(std::string_view instructions, std::string_view expected);

}  // namespace instar::test
