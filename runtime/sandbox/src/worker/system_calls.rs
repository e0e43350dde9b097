//! The system calls that a locked worker may make, each with its reason: what `seccomp` makes its filter of.
//! docs/system-calls.md shows the same list, which a test compares. Every other call kills the worker.

/// A system call of the list.
#[derive(Debug)]
pub struct SystemCall {
    /// The kernel's number of it.
    pub number: i64,
    /// The name of that number in libc, `SYS_…`.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the test that compares the document"))]
    pub name: &'static str,
    pub rule: Rule,
    /// Why a worker makes it, or why it may not.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the test that compares the document"))]
    pub why: &'static str,
}

/// Treatment of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It is made.
    Allow,
    /// It fails with EACCES: libc makes it on its own account, and goes on without.
    Fail,
    /// It is made if its arguments are of this kind, and kills otherwise.
    Only(Kind),
}

/// Arguments that a call may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Names this process.
    ThisProcess,
    /// Asks for the flags of a descriptor (`F_GETFD`).
    DescriptorFlags,
    /// Maps private, anonymous memory that can be written, or that nobody can touch.
    NewMemory,
    /// Makes memory writable; of a compile worker also read-only.
    Protection,
    /// Gives memory back (`MADV_DONTNEED`).
    GivingBack,
}

/// Makes the list of lines of a name of libc, a rule and a reason.
macro_rules! list {
    ($($(#[$only:meta])* $name:ident $rule:expr, $why:literal;)*) => {
        &[$($(#[$only])* SystemCall { number: libc::$name, name: stringify!($name), rule: $rule, why: $why },)*]
    };
}

/// The list.
#[rustfmt::skip] // a call a line
pub(crate) const SYSTEM_CALLS: &[SystemCall] = list! {
    SYS_read Rule::Allow, "receives the answers of the broker";
    SYS_write Rule::Allow, "sends requests and the last word, writes a panic to standard error";
    SYS_writev Rule::Allow, "as `write`, where libc has several pieces";
    SYS_pread64 Rule::Allow, "reads a passed descriptor by offset, as workers that share it share its position";
    SYS_close Rule::Allow, "lets go of a descriptor";
    SYS_fstat Rule::Allow, "asks for the size of an open descriptor before it is read to its end";
    SYS_fcntl Rule::Only(Kind::DescriptorFlags), "debug builds of the standard library ask whether a descriptor is open before they close it";
    SYS_mmap Rule::Only(Kind::NewMemory), "takes memory: only private memory that can be written, which RLIMIT_DATA counts, or that nobody can touch";
    SYS_mprotect Rule::Only(Kind::Protection), "makes reserved memory writable, never executable; memory that is only read costs page tables that nothing counts";
    SYS_madvise Rule::Only(Kind::GivingBack), "gives memory back; other advice fills page tables";
    SYS_munmap Rule::Allow, "gives memory back";
    SYS_brk Rule::Allow, "the heap of libc, which RLIMIT_DATA counts";
    SYS_futex Rule::Allow, "locks of the standard library";
    SYS_clock_gettime Rule::Allow, "tells the time where the kernel has no faster way";
    SYS_getrandom Rule::Allow, "keys of hash tables";
    SYS_getpid Rule::Allow, "`abort` sends its signal to this process";
    SYS_gettid Rule::Allow, "`abort` sends its signal to this thread";
    SYS_tgkill Rule::Only(Kind::ThisProcess), "`abort` raises its signal";
    SYS_sigaltstack Rule::Allow, "a stack for the handler of traps and overflows";
    SYS_rt_sigaction Rule::Allow, "the handler of traps: a fault of the component is caught, one of the engine is not";
    SYS_rt_sigprocmask Rule::Allow, "leaves the handler of traps";
    SYS_rt_sigreturn Rule::Allow, "returns from the handler of traps";
    SYS_exit_group Rule::Allow, "ends the process";
    #[cfg(target_arch = "x86_64")]
    SYS_open Rule::Fail, "libc opens files on its own account: trimming memory reads `/proc/sys/vm/overcommit_memory`";
    #[cfg(target_arch = "x86_64")]
    SYS_stat Rule::Fail, "as `open`: it takes the name of a file";
    #[cfg(target_arch = "x86_64")]
    SYS_lstat Rule::Fail, "as `open`: it takes the name of a file";
    #[cfg(target_arch = "x86_64")]
    SYS_access Rule::Fail, "as `open`: it takes the name of a file";
    #[cfg(target_arch = "x86_64")]
    SYS_readlink Rule::Fail, "as `open`: it takes the name of a file";
    SYS_openat Rule::Fail, "as `open`: it takes the name of a file";
    SYS_newfstatat Rule::Fail, "as `open`: it takes the name of a file";
    SYS_statx Rule::Fail, "as `open`: it takes the name of a file";
    SYS_faccessat Rule::Fail, "as `open`: it takes the name of a file";
    SYS_readlinkat Rule::Fail, "as `open`: it takes the name of a file";
    SYS_getcwd Rule::Fail, "a panic asks for the directory";
    SYS_mremap Rule::Fail, "moving memory: libc copies instead; a stack that is moved may grow, and RLIMIT_DATA counts no stack";
};
