//! One bound for all linear memories and tables of a run together.

use wasmtime::ResourceLimiter;

use roundsman_contract::Exceeded;
use roundsman_contract::report::limit;

/// Bytes that one table element takes in the engine.
const TABLE_ELEMENT: usize = size_of::<usize>();
/// Core instances of one component; a Python check has about twenty.
const INSTANCES: usize = 128;
/// Linear memories of one component; adapters and libraries share theirs.
const MEMORIES: usize = 16;
/// Tables of one component.
const TABLES: usize = 64;

/// Counts the bytes of memories and tables, and ends the run when their sum would pass the limit.
#[derive(Debug)]
pub struct MemoryLimiter {
    check: String,
    limit: u64,
    used: u64,
    peak: u64,
}

impl MemoryLimiter {
    pub fn new(check: String, limit: u64) -> Self {
        Self { check, limit, used: 0, peak: 0 }
    }

    /// Returns bytes that are left.
    pub(crate) fn room(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Returns the largest sum so far, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    fn grow(&mut self, what: &str, current: usize, desired: usize) -> wasmtime::Result<bool> {
        let growth = desired.saturating_sub(current) as u64;
        let sum = self.used.saturating_add(growth);
        if sum > self.limit {
            let limit = Exceeded::new("memory", self.limit);
            let what = format!("the component has {} bytes and its {what} asks for {growth} more", self.used);
            return Err(limit::reached(&self.check, &limit, &what).into());
        }
        self.used = sum;
        self.peak = self.peak.max(sum);
        Ok(true)
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow("memory", current, desired)
    }

    /// Ends the run where the kernel gives no more: a component that is told so ends by a trap, which says nothing.
    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        let text = format!("{error:#}");
        if !limit::out_of_memory(&text) {
            return Ok(());
        }
        let exceeded = Exceeded::new("memory", self.limit);
        Err(limit::reached(&self.check, &exceeded, &format!("its process could get no more ({text})")).into())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow("table", current.saturating_mul(TABLE_ELEMENT), desired.saturating_mul(TABLE_ELEMENT))
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}
