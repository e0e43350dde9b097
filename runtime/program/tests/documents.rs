//! The documents' tables of keys and defaults are those of the configuration.

use std::path::Path;

use roundsman_config::{Config, Limits, Places, defaults, load};
use roundsman_contract::limits::IN_WORDS;

/// Returns a configuration of this main file alone.
fn loaded(main: &str) -> Config {
    let directory = tempfile::tempdir().expect("a directory");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(directory.path(), mode).expect("a mode");
    let path = directory.path().join("roundsman.toml");
    std::fs::write(&path, main).expect("a file");
    let places = Places::beside(&path).expect("a path");
    load(&places, rustix::process::geteuid().as_raw()).unwrap_or_else(|error| panic!("{error}"))
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    std::fs::read_to_string(path).expect("a page of docs/")
}

#[test]
fn the_table_of_limits_has_every_key_with_its_default() {
    let page = page("limits.md");
    let rows = page.lines().skip_while(|line| !line.starts_with("| key | default |")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    let settings: Vec<String> = rows
        .iter()
        .map(|row| {
            let mut cells = row.split('|').skip(1).map(|cell| cell.trim().trim_matches('`'));
            format!("{} = {}", cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
        })
        .collect();
    assert_eq!(settings.len(), IN_WORDS.len(), "{settings:?}");
    for ((key, bounds, reached), row) in IN_WORDS.iter().zip(&rows) {
        let said = row.starts_with(&format!("| `{key}` |")) && row.ends_with(&format!("| {bounds} | {reached} |"));
        assert!(said, "{row}\nis not the row of `{key}`: | {bounds} | {reached} |");
    }
    let check = "[check.a]\nwasm = \"a.wasm\"\nevery = \"1m\"\n";
    let config = loaded(&format!("[limits]\n{}\n{check}", settings.join("\n")));
    assert_eq!(*config.checks["a"].limits, Limits::default());
}

#[test]
fn the_main_file_shows_the_defaults() {
    let page = page("configuration.md");
    let (_, block) = page.split_once("```toml main\n").expect("a block of the main file");
    let (block, _) = block.split_once("```").expect("its end");
    let (written, standard) = (loaded(block), defaults(&Places::system()));
    assert_eq!(format!("{:?}", written.paths), format!("{:?}", standard.paths));
    assert_eq!(format!("{:?}", written.compile), format!("{:?}", standard.compile));
    assert_eq!(format!("{:?}", written.log), format!("{:?}", standard.log));
    assert_eq!(written.groups, standard.groups);
    // `require` depends on the user who starts the round: the file shows what root gets.
    let mut run = written.run;
    assert_eq!(run.require.take().map(|layers| format!("{layers:?}")), Some("[Seccomp, Uid]".to_owned()));
    assert_eq!(format!("{run:?}"), format!("{:?}", standard.run));
}
