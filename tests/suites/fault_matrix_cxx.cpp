// fault_matrix_cxx.cpp - faults of C++: an exception that nobody catches, where ptpar stands around it and where it
// does not.
#include <stdexcept>
#include <thread>

#include "fault_matrix.h"

namespace
{

void uncaught_exception()
{
	throw std::runtime_error("nobody wants me"); // caught by ptpar.h, which does not know where it comes from
}

void exception_in_thread()
{
	std::thread([] { throw std::runtime_error("nobody wants me"); }).join(); // strikes: exception_in_thread
}

void refuse()
{
	throw std::runtime_error("nobody wants me"); // strikes: exception_in_noexcept
}

void exception_in_noexcept() noexcept
{
	refuse();
}

STRIKE(uncaught_exception)
STRIKE(exception_in_thread)
STRIKE(exception_in_noexcept)

} // namespace
