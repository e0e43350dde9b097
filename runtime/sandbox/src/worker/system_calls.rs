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
    pub rule: CallRule,
    /// Why a worker makes it, or why it may not.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the test that compares the document"))]
    pub why: &'static str,
}

/// Treatment of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallRule {
    /// It is made.
    Allow,
    /// It fails with EACCES: libc makes it on its own account, and goes on without.
    Fail,
    /// It is made if its arguments are of this kind, and kills otherwise.
    Only(ArgumentKind),
}

/// Arguments that a call may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
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
    SYS_read CallRule::Allow, "receives the answers of the broker";
    SYS_write CallRule::Allow, "sends requests and the last word, writes a panic to standard error";
    SYS_writev CallRule::Allow, "as `write`, where libc has several pieces";
    SYS_pread64 CallRule::Allow, "reads a passed descriptor by offset, as workers that share it share its position";
    SYS_close CallRule::Allow, "lets go of a descriptor";
    SYS_fstat CallRule::Allow, "asks for the size of an open descriptor before it is read to its end";
    SYS_fcntl CallRule::Only(ArgumentKind::DescriptorFlags), "debug builds of the standard library ask whether a descriptor is open before they close it";
    SYS_mmap CallRule::Only(ArgumentKind::NewMemory), "takes memory: only private memory that can be written, which RLIMIT_DATA counts, or that nobody can touch";
    SYS_mprotect CallRule::Only(ArgumentKind::Protection), "makes reserved memory writable, never executable; memory that is only read costs page tables that nothing counts";
    SYS_madvise CallRule::Only(ArgumentKind::GivingBack), "gives memory back; other advice fills page tables";
    SYS_munmap CallRule::Allow, "gives memory back";
    SYS_brk CallRule::Allow, "the heap of libc, which RLIMIT_DATA counts";
    SYS_futex CallRule::Allow, "locks of the standard library";
    SYS_clock_gettime CallRule::Allow, "tells the time where the kernel has no faster way";
    SYS_getrandom CallRule::Allow, "keys of hash tables";
    SYS_getpid CallRule::Allow, "`abort` sends its signal to this process";
    SYS_gettid CallRule::Allow, "`abort` sends its signal to this thread";
    SYS_tgkill CallRule::Only(ArgumentKind::ThisProcess), "`abort` raises its signal";
    SYS_sigaltstack CallRule::Allow, "a stack for the handler of traps and overflows";
    SYS_rt_sigaction CallRule::Allow, "the handler of traps: a fault of the component is caught, one of the engine is not";
    SYS_rt_sigprocmask CallRule::Allow, "leaves the handler of traps";
    SYS_rt_sigreturn CallRule::Allow, "returns from the handler of traps";
    SYS_exit_group CallRule::Allow, "ends the process";
    #[cfg(target_arch = "x86_64")]
    SYS_open CallRule::Fail, "libc opens files on its own account: trimming memory reads `/proc/sys/vm/overcommit_memory`";
    #[cfg(target_arch = "x86_64")]
    SYS_stat CallRule::Fail, "as `open`: it takes the name of a file";
    #[cfg(target_arch = "x86_64")]
    SYS_lstat CallRule::Fail, "as `open`: it takes the name of a file";
    #[cfg(target_arch = "x86_64")]
    SYS_access CallRule::Fail, "as `open`: it takes the name of a file";
    #[cfg(target_arch = "x86_64")]
    SYS_readlink CallRule::Fail, "as `open`: it takes the name of a file";
    SYS_openat CallRule::Fail, "as `open`: it takes the name of a file";
    SYS_newfstatat CallRule::Fail, "as `open`: it takes the name of a file";
    SYS_statx CallRule::Fail, "as `open`: it takes the name of a file";
    SYS_faccessat CallRule::Fail, "as `open`: it takes the name of a file";
    SYS_readlinkat CallRule::Fail, "as `open`: it takes the name of a file";
    SYS_getcwd CallRule::Fail, "a panic asks for the directory";
    SYS_mremap CallRule::Fail, "moving memory: libc copies instead; a stack that is moved may grow, and RLIMIT_DATA counts no stack";
};
