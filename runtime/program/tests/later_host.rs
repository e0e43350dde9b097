//! A later host in small: today's linker, and a capability that only a later version of the contract has. It runs the components
//! of that version and those of today.

use std::io::Write as _;
use std::rc::Rc;

use roundsman_config::Limits;
use roundsman_contract::calls::deny::DenyAll;
use roundsman_contract::surface::{Surface, judge};
use roundsman_sandbox::compile::compile;
use roundsman_sandbox::worker::engine::{Layout, SourceLines, compiling};
use roundsman_sandbox::worker::{Code, ExportAnswer, ExportCall, Job, Reach, linker, run};
use roundsman_tests::component;
use wasmtime::component::{Component, Linker};

/// What the contract has in version 0.1.1.
const NETWORK: &str = "roundsman:check/network@0.1.1";

fn later() -> Linker<Reach> {
    let engine = compiling(Layout::Reserved, SourceLines::None).expect("an engine");
    let mut linker = linker(&engine).expect("today's linker");
    let mut network = linker.instance(NETWORK).expect("an interface more");
    let answers = |_: wasmtime::StoreContextMut<'_, Reach>, (host,): (String,)| Ok((host == "::1",));
    network.func_wrap("ping", answers).expect("its function");
    linker
}

fn ask(linker: &Linker<Reach>, bytes: &[u8], call: ExportCall) -> ExportAnswer {
    // As a worker has it: the engine runs code where it is mapped.
    let compiled = Component::new(linker.engine(), bytes).and_then(|component| component.serialize()).expect("code");
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&compiled).expect("room for it");
    let mapped = Code::sealed(file.into()).and_then(|code| code.map()).expect("a mapping");
    let component = mapped.load(linker.engine()).expect("a component");
    let job = Job { check: "later".to_owned(), call, limits: Rc::new(Limits::default()), wasi: false };
    run(linker, &component, &job, Box::new(DenyAll)).result.expect("an answer")
}

#[test]
fn a_later_host_runs_components_of_its_own_version_and_of_this() {
    let linker = later();
    for bytes in [component::network("0.1.1"), component::wat("logs"), component::wat("minimal")] {
        let ExportAnswer::Descriptor(told) = ask(&linker, &bytes, ExportCall::Describe) else {
            panic!("no descriptor")
        };
        assert_eq!(told.name, "minimal");
        let ExportAnswer::Outcome(outcome) = ask(&linker, &bytes, ExportCall::Run("{}".to_owned())) else {
            panic!("no outcome")
        };
        assert!(["it answers", "was here", "it lives"].contains(&&*outcome.summary), "{}", outcome.summary);
    }
}

#[test]
fn this_host_refuses_what_only_the_later_one_has_before_it_compiles() {
    let refused = compile(Layout::Reserved, &component::network("0.1.1")).expect_err("a capability that is lacking");
    assert!(refused.message.starts_with("needs network (roundsman:check/network@0.1.1)"), "{}", refused.message);
    let exports = vec!["roundsman:check/guest@0.1.1".to_owned()];
    assert_eq!(judge(&Surface { imports: Vec::new(), exports }), Ok(()));
}
