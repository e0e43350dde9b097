//! Memory in use, as a native plugin: the same file read and judged, and nothing around it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let text = std::fs::read_to_string("/proc/meminfo").expect("/proc/meminfo");
    let bytes = |key: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).expect("the key");
        line.trim().strip_suffix(" kB").expect("kB").parse::<f64>().expect("a number") * 1024.0
    };
    let (total, available) = (bytes("MemTotal"), bytes("MemAvailable"));
    let (swap, swap_free) = (bytes("SwapTotal"), bytes("SwapFree"));
    let percent = (total - available) / total * 100.0;
    let (state, code) = match percent {
        95.0.. => ("CRITICAL", 2),
        90.0.. => ("WARNING", 1),
        _ => ("OK", 0),
    };
    println!(
        "{state}: {:.1} GiB used | used_percent={percent}%;90;95 used={}B total={total}B swap_used={}B",
        (total - available) / f64::from(1 << 30),
        total - available,
        swap - swap_free,
    );
    ExitCode::from(code)
}
