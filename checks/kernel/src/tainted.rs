//! Reasons for which a kernel calls itself tainted (the kernel's tainted-kernels.rst), each a bit.

const REASONS: [&str; 20] = [
    "a proprietary module",
    "a module that was forced in",
    "an SMP kernel on hardware that is not made for it",
    "a module that was forced out",
    "a machine check",
    "a bad page",
    "a user asked for it",
    "the kernel died before: an oops or a bug",
    "an ACPI table was overridden",
    "a warning of the kernel",
    "a staging driver",
    "a firmware bug was worked around",
    "a module from outside the kernel's tree",
    "an unsigned module",
    "a soft lockup",
    "a live patch",
    "a reason of the distribution",
    "a randomised struct layout",
    "an in-kernel test",
    "a write to mutable state by fwctl",
];

/// The words for each bit that is set.
pub fn reasons(bits: u64) -> Vec<String> {
    let set = (0..u64::BITS).filter(|bit| bits >> bit & 1 == 1);
    set.map(|bit| match REASONS.get(bit as usize) {
        Some(reason) => (*reason).to_owned(),
        None => format!("bit {bit}, which this version does not know"),
    })
    .collect()
}
