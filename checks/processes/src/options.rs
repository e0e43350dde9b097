//! Options that an operator sets below `[check.NAME.config]`.

use roundsman_sdk::Problem;
use serde::Deserialize;

/// Characters that the kernel keeps of a name (TASK_COMM_LEN less the end).
pub const NAME: usize = 15;

/// Options of the check, as its README explains them.
#[derive(Debug, Default, Deserialize, roundsman_sdk::Options)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Processes that are told together, each by a name of its own.
    pub groups: Vec<Group>,
    /// Whether processes in containers are left out everywhere; takes a second file of each process.
    pub without_containers: bool,
    /// Whether to tell the open files of each group.
    pub open_files: bool,
}

/// Processes that fit all that is given. Texts are globs in which `*` stands for any characters.
#[derive(Debug, Deserialize, roundsman_sdk::Options)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's own name, as its label
    pub name: String,
    /// The name of the program, of which the kernel keeps 15 characters
    #[serde(default)]
    pub program: Option<String>,
    /// The whole command line
    #[serde(default)]
    pub cmdline: Option<String>,
    /// The control group, such as /system.slice/ssh.service
    #[serde(default)]
    pub cgroup: Option<String>,
    /// Processes that must be there; fewer are CRITICAL
    #[serde(default)]
    pub expected: u64,
}

impl Options {
    pub fn reads_cgroups(&self) -> bool {
        self.without_containers || self.groups.iter().any(|it| it.cgroup.is_some())
    }

    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (i, group) in self.groups.iter().enumerate() {
            let key = |key: &str| format!("groups[{i}].{key}");
            if group.program.is_none() && group.cmdline.is_none() && group.cgroup.is_none() {
                let message = "takes no process: give program, cmdline or cgroup";
                problems.push(Problem::new(format!("groups[{i}]"), message));
            }
            if group.program.as_ref().is_some_and(|it| it.chars().filter(|it| *it != '*').count() > NAME) {
                let message = "is longer than the 15 characters that the kernel keeps of a name: give cmdline instead";
                problems.push(Problem::new(key("program"), message));
            }
            if self.groups[..i].iter().any(|it| it.name == group.name) {
                problems.push(Problem::new(key("name"), format!("\"{}\" is the name of another group", group.name)));
            }
        }
        problems
    }
}
