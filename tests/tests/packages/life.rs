//! A package is installed, runs, is upgraded, goes back and goes; with cron and without.

use std::fs;

use roundsman_tests::alone;

use crate::manager::{DEBIAN, FEDORA, assert_content};
use crate::scratch::Scratch;
use crate::{VERSION, packed};

#[test]
fn the_debian_package_installs_runs_upgrades_goes_back_and_goes() {
    packed();
    if !alone("life::the_debian_package_installs_runs_upgrades_goes_back_and_goes") {
        return;
    }
    let scratch = Scratch::new();
    DEBIAN.lives(&scratch);
}

#[test]
fn the_rpm_installs_runs_upgrades_goes_back_and_goes() {
    packed();
    if !alone("life::the_rpm_installs_runs_upgrades_goes_back_and_goes") {
        return;
    }
    FEDORA.lives(&Scratch::new());
}

#[test]
fn without_cron_the_timer_is_enabled_and_its_line_does_a_round() {
    packed();
    if !alone("life::without_cron_the_timer_is_enabled_and_its_line_does_a_round") {
        return;
    }
    for manager in [DEBIAN, FEDORA] {
        let scratch = Scratch::new();
        fs::remove_file(scratch.path("usr/sbin/cron")).expect("this host has cron");
        manager.install(&scratch, VERSION);
        // Enabled is not enough: in a container, systemd is often installed and never runs.
        let idle = scratch.succeeds("roundsman doctor");
        assert!(idle.contains("nothing starts rounds") && idle.contains("where no systemd runs"), "{idle}");
        fs::create_dir_all(scratch.path("run/systemd/system")).expect("as if systemd had started this host");
        let doctor = scratch.succeeds("roundsman doctor");
        assert!(doctor.contains("ok       starts    roundsman.timer starts rounds\n"), "{doctor}");
        assert_content(&doctor);
        let verified = scratch.run("systemd-analyze verify /usr/lib/systemd/system/roundsman.timer");
        assert!(verified.code == 0 && !verified.stderr.contains("roundsman"), "{verified}");
        let unit = scratch.read("usr/lib/systemd/system/roundsman.service");
        let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("its line");
        fs::write(scratch.path("etc/roundsman/roundsman.toml"), "[run]\nsplay = \"0s\"\n").expect("written");
        assert_eq!(scratch.succeeds(start), "");
        let log = scratch.read("var/log/roundsman.log");
        assert!(log.contains(" disk state_type=") && !log.contains("UNKNOWN"), "{log}");
        // Cron comes: both would start rounds.
        fs::write(scratch.path("usr/sbin/cron"), "").expect("written");
        assert!(scratch.succeeds("roundsman doctor").contains("both start rounds"));
        scratch.succeeds("SYSTEMD_OFFLINE=1 systemctl disable roundsman.timer");
        fs::remove_file(scratch.path("usr/sbin/cron")).expect("removed");
        assert!(scratch.succeeds("roundsman doctor").contains("nothing starts rounds"));
        // An upgrade leaves the choice of the operator.
        manager.install(&scratch, VERSION);
        assert!(scratch.succeeds("roundsman doctor").contains("nothing starts rounds"));
    }
}
