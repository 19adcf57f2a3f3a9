// One line per folder turns its `enum class errc` into an error_code: the texts
// are the tags, in OTP's words where OTP has one.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <string>

namespace instar {

/// A category whose messages come from `name_of`, which returns a string of
/// static storage for each enumerator.
class tag_category : public boost::system::error_category {
public:
  using namer = const char* (*)(int);
  constexpr tag_category(const char* folder, namer name_of)
      : folder_(folder), name_of_(name_of) {}

  const char* name() const noexcept override { return folder_; }
  std::string message(int number) const override { return name_of_(number); }

private:
  const char* folder_;
  namer name_of_;
};

}  // namespace instar
