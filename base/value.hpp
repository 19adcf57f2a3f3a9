// A dynamic value: arguments, extra, environment, what JSON and YAML can say.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace instar {

/// Any JSON value. Made with the default storage only, so that a value made in a
/// module may outlive it.
using value = boost::json::value;

}  // namespace instar
