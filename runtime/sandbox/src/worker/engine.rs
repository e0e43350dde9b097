//! The one configuration of the Wasm engine, for compiling and for running.

use std::num::NonZeroUsize;
use std::sync::Arc;

use wasmtime::{Config, Engine, WasmBacktraceDetails};

use super::code::InPlace;
use super::stack::MOST_FRAMES;

/// Stack of a component, in bytes: a third of what the smallest usual `ulimit -s` leaves.
pub(crate) const WASM_STACK: usize = 512 << 10;

/// Below this much address space the engine cannot reserve 4 GiB for each memory.
const ADDRESS_SPACE_FOR_RESERVATION: u64 = 64 << 30;

/// Addresses kept for growth beyond each memory where addresses are scarce, in bytes.
const GROWTH: u64 = 1 << 20;

/// Layout of memories in the engine; code made for one layout runs in no other. Decided once, before the first fork:
/// a locked process may not ask for its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// 4 GiB of addresses for each memory, so that no access needs a check.
    Reserved,
    /// As `ulimit -v` leaves no room for that.
    Bounded,
}

impl Layout {
    /// Chooses the layout that RLIMIT_AS of this process, which its children inherit, allows.
    #[must_use]
    pub fn of_this_process() -> Self {
        match rustix::process::getrlimit(rustix::process::Resource::As).current {
            Some(limit) if limit < ADDRESS_SPACE_FOR_RESERVATION => Self::Bounded,
            _ => Self::Reserved,
        }
    }
}

/// Lines of the source that a component may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceLines {
    None,
    /// Which instruction is of which line is told by the component.
    Carried,
}

/// Makes the engine that compiles. Code for a component that carries lines is longer by the place of each of its instructions;
/// it runs on the same engine.
///
/// # Errors
/// The processor lacks what the compiler needs, or the features contradict each other.
pub fn compiling(layout: Layout, lines: SourceLines) -> wasmtime::Result<Engine> {
    let mut config = configuration(layout);
    config.generate_address_map(lines == SourceLines::Carried);
    // No unwinding goes through a component: a trap leaves it by a jump, and its functions are found by their frames.
    config.native_unwind_info(false);
    Engine::new(&config)
}

/// Makes the engine that runs what [`compiling`] compiled; a compiler would cost it a third of a millisecond.
///
/// # Errors
/// The features contradict each other.
pub(crate) fn running(layout: Layout) -> wasmtime::Result<Engine> {
    let mut config = configuration(layout);
    config.enable_compiler(false);
    Engine::new(&config)
}

fn configuration(layout: Layout) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .generate_address_map(false)
        // Of a component that carries no names and lines, nothing is kept for it.
        .wasm_backtrace_max_frames(NonZeroUsize::new(MOST_FRAMES))
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        // Epochs cost half as much again and need a second thread; the round's deadline does their work.
        .epoch_interruption(false)
        .max_wasm_stack(WASM_STACK)
        .concurrency_support(false)
        .with_custom_code_memory(Some(Arc::new(InPlace)))
        // Copying the data of a small component is cheaper than a memfd, which the worker may not make.
        .memory_init_cow(false)
        .wasm_tail_call(false)
        .wasm_threads(false)
        .wasm_shared_everything_threads(false)
        .wasm_function_references(false)
        .wasm_gc(false)
        .wasm_exceptions(false)
        .wasm_memory64(false)
        // The adapters between components that were composed of several read one memory and write another.
        .wasm_multi_memory(true)
        .wasm_relaxed_simd(false)
        .wasm_stack_switching(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false);
    if layout == Layout::Bounded {
        config.memory_reservation(0).memory_guard_size(0).memory_reservation_for_growth(GROWTH);
    }
    config
}
