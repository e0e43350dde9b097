//! A round by its system calls.

use roundsman_tests::Host;

/// Every file that a round opens or looks into, by the names in its system calls.
pub fn opened(host: &Host, args: &[&str]) -> String {
    host.traced("open,openat,openat2,mmap,mprotect,execve", args)
}

/// Tells whether a part of a file that was mapped to be read was made executable then, by a trace of [`opened`]. Libraries are mapped
/// executable at once.
pub fn runs_from_a_file(trace: &str) -> bool {
    let number = |text: &str| usize::from_str_radix(text.trim_start_matches("0x"), 16).expect("an address");
    // Last mapping of each process at a place: process, place, and if it is such a file.
    let mut mapped = Vec::new();
    for line in trace.lines() {
        let process = line.split(' ').next().expect("a process");
        if let Some((arguments, start)) =
            line.split_once("mmap(NULL, ").and_then(|(_, rest)| rest.split_once(", 0) = 0x"))
            && let Some((length, kind)) = arguments.split_once(", ")
        {
            let length: usize = length.parse().expect("a length");
            mapped.push((process, number(start)..number(start) + length, kind.starts_with("PROT_READ, MAP_PRIVATE, ")));
        } else if let Some((_, rest)) = line.split_once("mprotect(")
            && let Some((at, _)) = rest.split_once(", ").filter(|_| rest.contains(", PROT_READ|PROT_EXEC) = 0"))
        {
            let there = mapped.iter().rev().find(|(by, place, _)| *by == process && place.contains(&number(at)));
            if there.is_some_and(|(_, _, is_file)| *is_file) {
                return true;
            }
        }
    }
    false
}
