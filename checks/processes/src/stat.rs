//! `/proc/PID/stat` (proc(5)), as far as this check needs it.

use roundsman_sdk::parse::{Field, ParseError, Row};
use roundsman_sdk::text::shown;

/// The flag of a thread of the kernel (PF_KTHREAD of the kernel's sched.h).
const KERNEL: u64 = 0x0020_0000;

/// The last column that is read.
const STARTED: usize = 22;

/// One process.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    pub pid: u32,
    /// At most 15 bytes of its name, which may hold any.
    pub name: String,
    /// The letter of its state, such as `S`.
    pub state: char,
    pub threads: u64,
    pub of_kernel: bool,
    /// Hundredths of a second that it ran, and those of its start after the boot.
    pub ran: u64,
    pub started: u64,
    /// What was asked for besides; `None` where it was not, or where the process ended meanwhile.
    pub cmdline: Option<String>,
    pub cgroup: Option<String>,
}

/// The name stands in parentheses, and may hold parentheses, blanks and bytes that are no text.
pub fn parse(text: &[u8]) -> Result<Process, ParseError> {
    let end = text.iter().rposition(|byte| *byte == b')');
    let end = end.ok_or_else(|| Field::new(shown(text)).error("has no \")\""))?;
    let (before, rest) = (shown(&text[..end]), shown(&text[end + 1..]));
    let (pid, name) = Field::new(&*before).split_once('(')?;
    let mut columns = [""; STARTED - 2];
    columns.iter_mut().zip(rest.split_ascii_whitespace()).for_each(|(place, column)| *place = column);
    // Hosts have thousands of processes: the row, which knows the place of each fault, is made where there is one.
    let row = || Row::of(Field::new(&*rest));
    // The state is the third column of the whole line (proc(5)), and the first one here.
    let number = |column: usize| match columns[column - 3].parse() {
        Ok(number) => Ok(number),
        Err(_) => row().column(column - 3)?.integer::<u64>(),
    };
    let mut letters = columns[0].chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return Err(row().column(0)?.error("is no state of a process"));
    };
    Ok(Process {
        pid: pid.trimmed().integer()?,
        name: name.text().to_owned(),
        state: letter,
        threads: number(20)?,
        of_kernel: number(9)? & KERNEL != 0,
        ran: number(14)?.saturating_add(number(15)?),
        started: number(STARTED)?,
        cmdline: None,
        cgroup: None,
    })
}

/// Seconds with two decimals, as `/proc/uptime` has them.
pub fn hundredths(field: &Field) -> Result<f64, ParseError> {
    let (whole, rest) = field.split_once('.')?;
    let (whole, rest): (u32, u8) = (whole.integer()?, rest.integer()?);
    Ok(f64::from(whole) + f64::from(rest) / 100.0)
}

/// Bytes of `VmRSS` in `/proc/PID/status`; `None` of a process that has no memory, as zombies and threads of the kernel.
pub fn resident(status: &str) -> Result<Option<u64>, ParseError> {
    let line = roundsman_sdk::parse::lines(status).find(|line| line.text().starts_with("VmRSS:"));
    line.map(|line| line.split_once(':')?.1.trimmed().kernel_kilobytes()).transpose()
}

/// What control groups of containers have in their paths: engines of their own, and those that systemd keeps for them.
const CONTAINERS: [&str; 8] =
    ["docker", "kubepods", "libpod", "containerd", "crio", "/lxc", "machine.slice", "/buildkit"];

impl Process {
    pub fn in_container(&self) -> bool {
        self.cgroup.as_ref().is_some_and(|path| CONTAINERS.iter().any(|part| path.contains(part)))
    }
}
