//! Paths of the configuration, and of the files of the runtime if the configuration does not name them.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::Paths;
use super::settings::StandardPaths;

/// Files of packages, below those of the operator.
const PACKAGED: &str = "/usr/lib/roundsman/conf.d";
const CHECKS: [&str; 2] = ["/usr/local/lib/roundsman/checks", "/usr/lib/roundsman/checks"];

/// The files that make one configuration.
#[derive(Debug, Clone)]
pub struct Places {
    /// The main file, absolute.
    pub main: PathBuf,
    /// Directories of drop-ins; a file of a later one hides those of the same name in earlier ones.
    pub layers: Vec<PathBuf>,
    pub standard: StandardPaths,
}

/// A variable of the environment that the XDG base directories need is missing.
#[derive(Debug, thiserror::Error)]
#[error("neither {0} nor HOME is set to an absolute path, so there is no directory for --user")]
pub struct NoHome(&'static str);

impl Places {
    /// Returns the pinned releases.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.main.with_file_name(super::lock::FILE)
    }

    /// Returns the keys of publishers.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.main.with_file_name("keys.d")
    }

    /// Returns `/etc/roundsman/roundsman.toml`, with the drop-ins of packages and of the operator.
    #[must_use]
    pub fn system() -> Self {
        Self {
            main: "/etc/roundsman/roundsman.toml".into(),
            layers: vec![PACKAGED.into(), "/etc/roundsman/conf.d".into()],
            standard: system_paths(),
        }
    }

    /// Makes another main file; its `conf.d` is beside it, and no other holds.
    ///
    /// # Errors
    /// Where the path is empty, or relative and the working directory is gone.
    pub fn beside(main: &Path) -> io::Result<Self> {
        let main = std::path::absolute(main)?;
        let directory = main.parent().unwrap_or(Path::new("/")).join("conf.d");
        Ok(Self { main, layers: vec![directory], standard: system_paths() })
    }

    /// Returns the XDG directories instead of `/etc` and `/var` (XDG Base Directory Specification 0.8); `variable` looks up
    /// the environment.
    ///
    /// # Errors
    /// [`NoHome`] where the environment names no home.
    pub fn user(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, NoHome> {
        let directory = |name: &'static str, below_home: &str| {
            // The specification: a relative path is invalid and to be ignored.
            let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
            absolute(name)
                .or_else(|| absolute("HOME").map(|home| home.join(below_home)))
                .map(|base| base.join("roundsman"))
                .ok_or(NoHome(name))
        };
        let config = directory("XDG_CONFIG_HOME", ".config")?;
        let state = directory("XDG_STATE_HOME", ".local/state")?;
        Ok(Self {
            main: config.join("roundsman.toml"),
            layers: vec![PACKAGED.into(), config.join("conf.d")],
            standard: StandardPaths {
                log: state.join("roundsman.log"),
                paths: Paths {
                    state,
                    cache: directory("XDG_CACHE_HOME", ".cache")?,
                    checks: CHECKS.map(PathBuf::from).to_vec(),
                },
            },
        })
    }
}

fn system_paths() -> StandardPaths {
    StandardPaths {
        paths: Paths {
            state: "/var/lib/roundsman".into(),
            cache: "/var/cache/roundsman".into(),
            checks: CHECKS.map(PathBuf::from).to_vec(),
        },
        log: "/var/log/roundsman.log".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
    }

    #[test]
    fn a_user_has_the_xdg_directories() {
        let places =
            Places::user(with(&[("HOME", "/home/a"), ("XDG_STATE_HOME", "/s"), ("XDG_CACHE_HOME", "x")])).unwrap();
        assert_eq!(places.main, Path::new("/home/a/.config/roundsman/roundsman.toml"));
        assert_eq!(places.layers[1], Path::new("/home/a/.config/roundsman/conf.d"));
        assert_eq!(places.standard.paths.state, Path::new("/s/roundsman"));
        assert_eq!(places.standard.paths.cache, Path::new("/home/a/.cache/roundsman"));
        assert_eq!(places.standard.log, Path::new("/s/roundsman/roundsman.log"));
    }

    #[test]
    fn without_a_home_there_is_no_user_configuration() {
        assert_eq!(
            Places::user(with(&[("HOME", "relative")])).unwrap_err().to_string(),
            "neither XDG_CONFIG_HOME nor HOME is set to an absolute path, so there is no directory for --user"
        );
    }

    #[test]
    fn another_main_file_has_its_drop_ins_beside_it() {
        let places = Places::beside(Path::new("/srv/x/r.toml")).unwrap();
        assert_eq!(places.layers, [Path::new("/srv/x/conf.d")]);
        assert!(Places::beside(Path::new("r.toml")).unwrap().main.is_absolute());
    }
}
