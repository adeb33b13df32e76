// SPDX-License-Identifier: Apache-2.0
//
// C++ exceptions that nobody catches.
#ifdef __linux__
#include "lab.h"
#include <exception>
#include <stdexcept>
#include <string>

namespace lab {
struct Left {
    virtual ~Left() = default;
    long left = 1;
};
struct Virtual : virtual std::exception {
    const char *what() const noexcept override { return "behind a virtual base"; }
};
// The std::exception is neither the first part nor at a fixed place.
struct Burnt : Left, Virtual {
    long burnt = 2;
};
struct Unhappy : std::exception {
    const char *what() const noexcept override {
        *reinterpret_cast<volatile int *>(16) = 42;
        return "";
    }
};

struct Abstract {
    Abstract() { call(); }
    virtual ~Abstract() = default;
    void call() { method(); }
    virtual void method() = 0;
};
struct Concrete : Abstract {
    void method() override {}
};

[[gnu::noinline]] static void throw_error(const char *text) { throw std::runtime_error(text); }
[[gnu::noinline]] static void call_noexcept() noexcept { throw_error("through noexcept"); }
} // namespace lab

extern "C" {
void lab_throw_error(void) { lab::throw_error("the flask broke"); }
void lab_throw_number(void) { throw 42; }
void lab_throw_derived(void) { throw lab::Burnt(); }
void lab_throw_unhappy(void) { throw lab::Unhappy(); }
void lab_throw_through_noexcept(void) { lab::call_noexcept(); }
void lab_rethrow_later(void) {
    std::exception_ptr kept;
    try {
        lab::throw_error("kept for later");
    } catch (...) { kept = std::current_exception(); }
    std::rethrow_exception(kept);
}
void lab_terminate(void) { std::terminate(); }
void lab_call_pure_virtual(void) { lab::Concrete concrete; }
}
#endif
