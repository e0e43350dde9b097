//! System calls as an attacker makes them: by number, with nothing between.
#![expect(unsafe_code, reason = "whoever has taken over a process is not held by types")]

use std::io;

/// Makes one system call.
pub fn sys(number: i64, arguments: &[usize]) -> io::Result<usize> {
    let mut six = [0; 6];
    six[..arguments.len()].copy_from_slice(arguments);
    // SAFETY: none is claimed; each caller hands over memory that is its own, and the process is there to be attacked.
    let done = unsafe { libc::syscall(number, six[0], six[1], six[2], six[3], six[4], six[5]) };
    usize::try_from(done).map_err(|_| io::Error::last_os_error())
}

/// Forks by `clone` with these flags; the child leaves at once.
pub fn clone(flags: i32) -> io::Result<()> {
    let pid = sys(libc::SYS_clone, &[(flags | libc::SIGCHLD) as usize])?;
    if pid == 0 {
        leave(0);
    }
    sys(libc::SYS_wait4, &[pid]).map(drop)
}

/// Ends this process.
pub fn leave(code: i32) -> ! {
    // SAFETY: ends this process and touches no memory of it.
    unsafe { libc::_exit(code) }
}

/// `getpid` by the gate of 32-bit programs; it has another number there.
#[cfg(target_arch = "x86_64")]
pub fn getpid_32() -> io::Result<()> {
    let pid: i64;
    // SAFETY: the call reads and writes no memory; the gate may change these registers.
    unsafe {
        std::arch::asm!("int 0x80", inlateout("rax") 20_i64 => pid, out("r8") _, out("r9") _, out("r10") _, out("r11") _);
    }
    if pid == i64::from(std::process::id()) { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) }
}

/// Maps memory, writes to every page of it, and leaves it there.
pub fn fill(bytes: usize, flags: i32) -> io::Result<usize> {
    let writable = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    let at = sys(libc::SYS_mmap, &[0, bytes, writable, (flags | libc::MAP_ANONYMOUS) as usize, usize::MAX, 0])?;
    for page in (0..bytes).step_by(4096) {
        // SAFETY: within the mapping that was just made, which is writable.
        unsafe { std::ptr::write_volatile((at + page) as *mut u8, 1) }
    }
    Ok(at)
}

/// Reads a byte of a mapping.
pub fn touch(at: usize) {
    // SAFETY: none is claimed; the caller has mapped it to be read.
    unsafe { std::ptr::read_volatile(at as *const u8) };
}

/// Moves a page of the stack, and has it grow to this size; then writes to all of it.
pub fn grow_stack_elsewhere(bytes: usize) -> io::Result<()> {
    const DEEP: usize = 1 << 20;
    let unused = std::hint::black_box([1_u8; DEEP]);
    let page = (unused.as_ptr() as usize + DEEP / 2) & !4095;
    let at = sys(libc::SYS_mremap, &[page, 4096, bytes, libc::MREMAP_MAYMOVE as usize])?;
    for page in (0..bytes).step_by(4096) {
        // SAFETY: within the mapping that was just made, which is writable as the stack is.
        unsafe { std::ptr::write_volatile((at + page) as *mut u8, 1) }
    }
    Ok(())
}

/// Reads where nothing is.
pub fn segfault() {
    // SAFETY: none; it is meant to end the process.
    unsafe { std::ptr::read_volatile(std::ptr::dangling::<u64>().wrapping_byte_add(64)) };
}

/// Returns a terminal that becomes this process's own: its two ends, the outer one not blocking.
pub fn own_terminal() -> io::Result<[i32; 2]> {
    let (mut outer, mut inner) = (-1, -1);
    let null = std::ptr::null_mut();
    // SAFETY: libc writes the two numbers; name, modes and size are not given.
    if unsafe { libc::openpty(&raw mut outer, &raw mut inner, null, null.cast(), null.cast()) } < 0 {
        return Err(io::Error::last_os_error());
    }
    sys(libc::SYS_setsid, &[])?;
    sys(libc::SYS_ioctl, &[inner as usize, libc::TIOCSCTTY as usize, 0])?;
    sys(libc::SYS_fcntl, &[outer as usize, libc::F_SETFL as usize, libc::O_NONBLOCK as usize])?;
    Ok([outer, inner])
}

/// Returns numbers that this process shares with those that it forks.
pub fn shared<const N: usize>() -> &'static [std::sync::atomic::AtomicU32; N] {
    let flags = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as usize;
    let writable = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    let at = sys(libc::SYS_mmap, &[0, 4 * N, writable, flags, usize::MAX, 0]).unwrap();
    // SAFETY: a mapping of that size, all zero, which is never taken away.
    unsafe { &*(at as *const [std::sync::atomic::AtomicU32; N]) }
}

/// Waits for a moment by the one call that a locked process has for it.
pub fn pause() {
    let word = 0_u32;
    let a_while = [0_i64, 2_000_000];
    let _ = sys(libc::SYS_futex, &[&raw const word as usize, libc::FUTEX_WAIT as usize, 0, a_while.as_ptr() as usize]);
}
