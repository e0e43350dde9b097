//! A file system that is frozen for a backup (A24): who writes there hangs, and a check does not write.
#![expect(clippy::disallowed_methods, reason = "mounts, and a writer that hangs")]

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use roundsman_tests::{Host, apart, check, guest, processes, state};

fn done(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program} {arguments:?}: {status}");
}

#[test]
fn what_is_frozen_is_read_as_ever() {
    if !apart("what_is_frozen_is_read_as_ever") {
        return;
    }
    let host = Host::new();
    let image = host.file("image", "");
    fs::File::options().write(true).open(&image).expect("a file").set_len(16 << 20).expect("a sparse file");
    let mount = host.file("mount/.keep", "").parent().expect("a directory").display().to_string();
    done("mkfs.ext4", &["-q", "-F", image.to_str().expect("a path")]);
    done("mount", &["-o", "loop,strictatime", image.to_str().expect("a path"), &mount]);
    fs::write(host.path("mount/file"), "it is there").expect("a file");
    done("fsfreeze", &["--freeze", &mount]);

    // Without care, whoever writes is there until it thaws.
    let mut writer = Command::new("touch").arg(host.path("mount/new")).stderr(Stdio::null()).spawn().expect("touch(1)");
    let end = Instant::now() + Duration::from_secs(20);
    while state(writer.id()) != Some('D') {
        assert!(Instant::now() < end, "it does not hang");
        std::thread::sleep(Duration::from_millis(5));
    }

    let (probe, disk) = (guest("probe").display().to_string(), check("disk").display().to_string());
    host.drop_in(
        "frozen",
        &format!(
            "[check.probe]\nwasm = \"{probe}\"\nevery = \"1m\"\n[check.probe.config]\n\
             ask = [{{ read = \"{mount}/file\" }}, {{ stat_glob = \"{mount}/*\" }}]\n\
             [check.probe.grant]\nfiles = [\"{mount}/*\"]\nmetadata = [\"{mount}/*\"]\n\
             [check.disk]\nwasm = \"{disk}\"\nevery = \"1m\"\n[check.disk.config]\nexclude_mounts = []\n\
             [check.disk.grant]\nfilesystems = [\"{mount}\"]\n"
        ),
    );
    let output = host.run(["run", "--all", "--format", "json"]);
    done("fsfreeze", &["--unfreeze", &mount]);
    assert!(writer.wait().expect("its end").success());
    done("umount", &[&mount]);
    let lines = output.json_lines();
    let of = |name: &str| lines.iter().find(|line| line["check"] == name).expect("a report").to_string();
    assert!(of("probe").contains("it is there") && !of("probe").contains("timed-out"), "{output}");
    assert!(of("disk").contains(&mount) && of("disk").contains("\"failure\":null"), "{output}");
    assert!(processes("roundsman-reade").is_empty(), "a reader hangs");
}
