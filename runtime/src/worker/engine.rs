//! The one configuration of the Wasm engine, for compiling and for running.

use wasmtime::{Config, Engine};

/// Stack of a component, in bytes: a third of what the smallest usual `ulimit -s` leaves.
pub const WASM_STACK: usize = 512 << 10;

/// Below this much address space the engine cannot reserve 4 GiB for each memory.
const ADDRESS_SPACE_FOR_RESERVATION: u64 = 64 << 30;

/// Makes the engine. Code compiled by one engine runs in another only if both were made alike, so this function
/// takes no argument; the one thing it looks at is RLIMIT_AS, which a round and all its children share.
///
/// # Errors
/// The processor lacks what the compiler needs, or the features contradict each other.
pub fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        // Epochs cost half as much again and need a second thread; the round's deadline does their work.
        .epoch_interruption(false)
        .max_wasm_stack(WASM_STACK)
        .concurrency_support(false)
        // Copying the data of a small component is cheaper than a memfd, which the worker may not make.
        .memory_init_cow(false)
        .wasm_tail_call(false)
        .wasm_threads(false)
        .wasm_shared_everything_threads(false)
        .wasm_function_references(false)
        .wasm_gc(false)
        .wasm_exceptions(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .wasm_stack_switching(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false);
    if address_space() < ADDRESS_SPACE_FOR_RESERVATION {
        config.memory_reservation(0).memory_guard_size(0);
    }
    Engine::new(&config)
}

fn address_space() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::As).current.unwrap_or(u64::MAX)
}
