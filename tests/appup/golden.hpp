// The recorded answers of OTP in tests/data/golden, each case as manifests.
#pragma once

#include "appup/relup_maker.hpp"
#include "tests/appup/support.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>

namespace instar::test {

/// The cases of tests/data/golden/NAME.
boost::json::array golden_cases(const std::string& name);

/// Writes a case's releases/{old,new}.yaml and lib/APP-VSN/{app,appup}.yaml.
void write_golden(const boost::json::object& one, manifests& into);

/// Writes the case and makes its relup.
appup::make_relup_answer make_golden(const boost::json::object& one,
                                     manifests& in);

std::string string_at(const boost::json::object& from, const char* key);

}  // namespace instar::test
