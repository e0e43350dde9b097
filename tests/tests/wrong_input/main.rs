//! Wrong input to every check that ships and asks a program or reads files: what the program prints, or the kernel's files say,
//! is spoilt in every way that was met in the field. What was not understood is never OK, costs no other part its result, and
//! is told with the name of the program or file.

mod cases;
mod files;
mod logs;
mod many;
mod mounts;
mod programs;
mod scene;
mod seen;
mod spoil;
mod trees;

/// Gathers the faults of each of these, by two threads, and asserts that there are none.
#[track_caller]
fn each<T: Sync>(all: &[T], faults: impl Fn(&T) -> Vec<String> + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some(one) = all.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            found.extend(faults(one));
        }
        found
    };
    let faults: Vec<String> = std::thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.into_iter().flat_map(|it| it.join().expect("a thread of the test")).collect()
    });
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
