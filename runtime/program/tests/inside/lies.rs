//! A compile worker that was taken over: what it answers is the code of one component, and touches no other.

use std::fs::File;
use std::io::{self, Write as _};
use std::rc::Rc;
use std::time::Duration;

use roundsman_contract::report::{Failure, FailureKind};
use roundsman_sandbox::compile::compile;
use roundsman_sandbox::worker::engine::Layout;
use roundsman_sandbox::zygote::work::say;
use roundsman_store::components::cache::Cache;
use roundsman_tests::component;
use sha2::Digest as _;

use crate::messages::for_ever;
use crate::scenes::Scene;
use crate::staged::{Staged, signed};
use crate::system::{pause, segfault};

pub const SCENES: &[Scene] = &[
    ("inside_a_lying_compiler_harms_its_component_only", lies),
    ("inside_forged_code_is_kept_for_its_component_only", kept),
    ("inside_mangled_code_harms_its_worker_only", mangled),
];

/// A name, and what is done with the descriptor for the code and the channel.
type Lie = (&'static str, Box<dyn Fn(&File, &File) -> i32>);

fn lies() {
    let mut staged = Staged::new();
    let other = compiled("minimal");
    staged.compile_limits(Duration::from_secs(1), 256 << 20);
    let answer: [Lie; 11] = [
        ("code-of-another", Box::new(move |code, channel| tell(code, &other, channel))),
        ("garbage", Box::new(|code, channel| tell(code, &[0xcc; 100_000], channel))),
        ("no-code", Box::new(|code, channel| tell(code, &[], channel))),
        ("nothing", Box::new(|_, _| 0)),
        ("no-message", Box::new(|_, mut channel| channel.write_all(&[7; 100]).map_or(1, |()| 0))),
        ("failure", Box::new(|_, channel| say(channel, &lie(Err(Failure::new(FailureKind::Invalid, "so it says")))))),
        (
            "code-without-end",
            Box::new(|mut code, _| {
                let chunk = vec![1; 64 << 20];
                (0..160).try_for_each(|_| code.write_all(&chunk)).map_or(9, |()| 8)
            }),
        ),
        ("message-without-end", Box::new(|_, channel| for_ever(|| drop((&*channel).write(&[0; 64 << 10]))))),
        ("computes", Box::new(|_, _| for_ever(std::hint::spin_loop))),
        ("sleeps", Box::new(|_, _| for_ever(pause))),
        (
            "says-so-and-dies",
            Box::new(|code, channel| {
                tell(code, &[], channel);
                segfault();
                0
            }),
        ),
    ];
    let names: Vec<&str> = answer.iter().map(|(name, _)| *name).collect();
    for (name, answer) in answer {
        // The same component under other names, honestly compiled, stands before and after.
        staged.check(&format!("honest-{name}"), |_| ());
        staged.check_of(name, name, component::wat("logs"), |_| ());
        staged.lie(name, move |code, channel| answer(code, channel));
    }
    let ran = staged.run();

    // The outcome is another's, and yet that of this component: its digest and its own check only.
    assert_eq!(ran.outcome("code-of-another").summary, "it lives");
    let digest = sha2::Sha256::digest(signed(component::wat("logs"), "code-of-another"));
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(ran.outcomes["code-of-another"].component.as_ref().unwrap().id.sha256, digest);

    let internal = FailureKind::Internal;
    ran.assert_failure("garbage", internal, &["the worker exited with 72", "loading the code"]);
    ran.assert_failure("no-code", internal, &["the worker exited with 72", "loading the code"]);
    ran.assert_failure("nothing", internal, &["the compile worker exited with 0"]);
    ran.assert_failure("no-message", internal, &["the compile worker exited with 0"]);
    ran.assert_failure("failure", FailureKind::Invalid, &["so it says"]);
    ran.assert_failure("code-without-end", internal, &["the compile worker was killed by SIGXFSZ"]);
    ran.assert_failure("message-without-end", FailureKind::Limit, &["compile.time of 1s"]);
    ran.assert_failure("computes", FailureKind::Limit, &["compile.time of 1s"]);
    ran.assert_failure("sleeps", FailureKind::Limit, &["compile.time of 1s"]);
    ran.assert_failure("says-so-and-dies", internal, &["the compile worker was killed by SIGSEGV"]);
    ran.assert_honest("honest");
    assert_eq!(names.len() * 2, ran.outcomes.len());
}

/// Code that a lying compile worker made of a component is found in the next round by that component, and by no other.
fn kept() {
    let directory = tempfile::tempdir().unwrap();
    for lying in [true, false] {
        let mut staged = Staged::new();
        staged.check("honest", |_| ());
        staged.check_of("forged", "forged", component::wat("minimal"), |_| ());
        let other = compiled("logs");
        if lying {
            staged.lie("forged", move |code, channel| tell(code, &other, channel));
        }
        let ran = staged.run_with(|zygote| Cache::open(&directory.path().join("cache"), 0, zygote.key(), ""));
        assert_eq!(ran.outcome("forged").summary, "was here", "what it was not compiled from");
        ran.assert_honest("honest");
    }
}

/// Machine code with flipped bits: it may do anything at all.
fn mangled() {
    const VARIANTS: usize = 60;
    let mut staged = Staged::new();
    let code = compiled("logs");
    for variant in 0..VARIANTS {
        let name = format!("mangled-{variant}");
        let mut code = code.clone();
        // A handful of bytes each, somewhere else each time: Knuth's multiplier spreads them.
        for flip in 0..8 {
            let at = (variant * 8 + flip + 1).wrapping_mul(2_654_435_761) % code.len();
            code[at] ^= 1 << (flip % 8);
        }
        staged.check_of(&name, &name, component::wat("logs"), |subject| {
            Rc::make_mut(&mut subject.limits).timeout = Duration::from_secs(2)
        });
        staged.lie(&name, move |writer, channel| tell(writer, &code, channel));
        staged.check(&format!("honest-{variant}"), |_| ());
    }
    let ran = staged.run();
    ran.assert_honest("honest");
    let harmed = ran.outcomes.values().filter(|run_outcome| run_outcome.result.is_err()).count();
    assert!(harmed > VARIANTS / 10, "{harmed} of {VARIANTS} variants did harm: the test flips the wrong bytes");
}

fn compiled(name: &str) -> Vec<u8> {
    compile(Layout::of_this_process(), &component::wat(name)).unwrap().code
}

/// Writes code, and says that it imports nothing.
fn tell(mut code: &File, bytes: &[u8], channel: &File) -> i32 {
    let written: io::Result<()> = code.write_all(bytes);
    written.map_or(9, |()| say(channel, &lie(Ok(Vec::new()))))
}

/// Names the type of what a compile worker says.
fn lie(said: Result<Vec<String>, Failure>) -> Result<Vec<String>, Failure> {
    said
}
