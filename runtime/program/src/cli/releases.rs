//! Parts of every command that changes releases: what holds now, and the steps from a reference to a pin.

use std::path::Path;

use jiff::civil::Date;

use super::run::not_begun;
use super::{exit, loaded, print, standalone};
use crate::round::run_outcome::{Goal, RunOutcome};
use roundsman_config::{Config, Pin, Places, VersionsLock};
use roundsman_contract::Descriptor;
use roundsman_grants::escape::line;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::release::ReleaseError;
use roundsman_store::release::fetch::{Parcel, fetch, fetch_other};
use roundsman_store::release::keys::PublisherKeys;
use roundsman_store::release::reference::Reference;
use roundsman_store::release::seen::SeenReleases;
use roundsman_store::release::shelf::{Shelf, signature};
use roundsman_store::release::signed::Signed;

/// Reason why a command stops, or goes on with the next release.
#[derive(Debug)]
pub struct Stop {
    pub code: u8,
    pub message: String,
}

impl From<ReleaseError> for Stop {
    fn from(refused: ReleaseError) -> Self {
        let code = match &refused {
            ReleaseError::Release(_) => exit::DATA,
            ReleaseError::Unavailable(_) => exit::UNAVAILABLE,
            ReleaseError::Trust(_) => exit::CONFIG,
            ReleaseError::NotStored(_) => exit::NOT_STORED,
            ReleaseError::Locked(_) => exit::LOCKED,
        };
        Self { code, message: refused.to_string() }
    }
}

impl Stop {
    /// Returns a release that is not taken.
    pub fn refused(message: String) -> Self {
        Self { code: exit::DATA, message }
    }

    /// Prints why, and returns the exit code.
    pub(crate) fn tell(&self, command: &str) -> u8 {
        print::complain_page(&format!("roundsman {command}: {}", self.message));
        self.code
    }
}

/// Installed releases of this host, while no other command may change them.
pub struct Releases<'a> {
    places: &'a Places,
    pub config: Config,
    keys: PublisherKeys,
    shelf: Shelf,
    pub seen: SeenReleases,
    pub lock: VersionsLock,
    pub today: Date,
}

impl<'a> Releases<'a> {
    /// Reads configuration, lock, keys and memory.
    ///
    /// # Errors
    /// One of them is not to be had; where the lock file is wrong, nothing is changed on its account.
    pub fn open(places: &'a Places) -> Result<Self, Stop> {
        let uid = rustix::process::geteuid().as_raw();
        let config = loaded(places).map_err(|code| Stop { code, message: "the main file is refused".to_owned() })?;
        let shelf = Shelf::open(&config.paths.state, uid)?;
        let lock = VersionsLock::read(&places.lock(), uid).map_err(ReleaseError::Trust)?;
        let mut seen = shelf.seen()?;
        let today = seen.today(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date());
        Ok(Self { keys: PublisherKeys::read(&places.keys(), uid)?, places, config, shelf, seen, lock, today })
    }

    /// Fetches a release and verifies it.
    ///
    /// # Errors
    /// [`ReleaseError::Release`].
    pub(crate) fn fetch(&self, reference: &Reference) -> Result<Signed, ReleaseError> {
        self.verify(fetch(reference, self.config.compile.component, &self.config.install)?)
    }

    /// Fetches what is at a reference and verifies it; `None` where that is the release which is pinned already.
    ///
    /// # Errors
    /// As [`Releases::fetch`].
    pub(crate) fn fetch_other(&self, reference: &Reference, pin: &Pin) -> Result<Option<Signed>, ReleaseError> {
        let (largest, settings) = (self.config.compile.component, &self.config.install);
        let other = fetch_other(reference, largest, settings, signature(&self.config.paths.state, pin))?;
        let signed = other.map(|parcel| self.verify(parcel)).transpose()?;
        Ok(signed.filter(|signed| signed.sha256 != pin.sha256))
    }

    /// Verifies what was fetched.
    ///
    /// # Errors
    /// [`ReleaseError::Release`].
    pub(crate) fn verify(&self, parcel: Parcel) -> Result<Signed, ReleaseError> {
        Signed::verify(parcel, &self.keys)
    }

    /// Judges the last day of a release: told, or refused where the operator says so.
    ///
    /// # Errors
    /// It has passed, and `[install] expired = "refuse"`.
    pub(crate) fn in_time(&self, signed: &Signed) -> Result<(), Stop> {
        let statement = &signed.statement;
        let Some(last) = statement.not_after.filter(|_| statement.expired(self.today)) else { return Ok(()) };
        let said = format!("the publisher stood for `{}` {} until {last}", statement.name, statement.version);
        if self.config.install.refuses_expired {
            return Err(Stop::refused(format!("{said}, and [install] expired is \"refuse\"")));
        }
        print::complain(&format!("warning: {said}"));
        Ok(())
    }

    /// Keeps a release by its digest and has it describe itself in a locked worker, which compiles it too.
    ///
    /// # Errors
    /// It is no check, or one of another name or version than was signed.
    pub(crate) fn describe(&self, zygote: &Zygote, signed: &Signed) -> Result<Descriptor, Stop> {
        let file = self.shelf.put(signed)?;
        let descriptor = describe(zygote, &file, &signed.sha256, &self.config)?;
        let said = (&signed.statement.name, signed.statement.version.to_string());
        if (&descriptor.name, &descriptor.version) == (said.0, &said.1) {
            return Ok(descriptor);
        }
        Err(Stop::refused(format!(
            "`{}` {} was signed, and the component says that it is `{}` {}",
            said.0,
            said.1,
            line(&descriptor.name),
            line(&descriptor.version)
        )))
    }

    /// Asks the release that is pinned now to describe itself.
    ///
    /// # Errors
    /// As [`Releases::describe`].
    pub(crate) fn described(&self, zygote: &Zygote, pin: &Pin) -> Result<Descriptor, Stop> {
        describe(zygote, &pin.file(&self.config.paths.state), &pin.sha256, &self.config)
    }

    /// Pins a release under the name that checks use.
    pub(crate) fn pin(&mut self, key: &str, signed: &Signed, reference: &Reference) {
        let Signed { statement, sha256, publisher, .. } = signed;
        let pin = Pin {
            name: (statement.name != key).then(|| statement.name.clone()),
            version: statement.version.to_string(),
            sha256: sha256.clone(),
            key: publisher.clone(),
            reference: reference.to_string(),
            not_after: statement.not_after,
        };
        if let Some(before) = self.lock.0.insert(key.to_owned(), pin.clone()).filter(|before| *before != pin) {
            self.seen.keep(key, &before);
        }
        self.seen.note(statement);
    }

    /// Reads a lock that is shipped; its place is that of configuration, which nobody else may write.
    ///
    /// # Errors
    /// [`ReleaseError::Trust`]: it is not there, others may write it, or it is none.
    pub(crate) fn shipped(&self, file: &Path) -> Result<VersionsLock, ReleaseError> {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        VersionsLock::shipped(&file, rustix::process::geteuid().as_raw()).map_err(ReleaseError::Trust)
    }

    /// Makes another lock hold, all of which is here, and remembers what each name was pinned to.
    ///
    /// # Errors
    /// [`ReleaseError::NotStored`]: what held before holds.
    pub(crate) fn replace(&mut self, wanted: VersionsLock) -> Result<(), ReleaseError> {
        if wanted == self.lock {
            return self.remember();
        }
        for (key, pin) in self.lock.0.iter().filter(|(key, pin)| wanted.0.get(*key) != Some(pin)) {
            self.seen.keep(key, pin);
        }
        self.lock = wanted;
        self.settle()
    }

    /// Makes what was changed hold, and removes what nothing names any more.
    ///
    /// # Errors
    /// [`ReleaseError::NotStored`]: what held before holds.
    pub(crate) fn settle(&self) -> Result<(), ReleaseError> {
        self.shelf.settle(&self.seen, &self.places.lock(), &self.lock)?;
        self.sweep();
        Ok(())
    }

    /// Keeps what was seen, and the lock as it is.
    ///
    /// # Errors
    /// [`ReleaseError::NotStored`].
    pub(crate) fn remember(&self) -> Result<(), ReleaseError> {
        self.shelf.remember(&self.seen)
    }

    /// Removes what neither the lock nor the memory names.
    pub(crate) fn sweep(&self) {
        self.shelf.sweep(&self.seen, &self.lock);
    }
}

fn describe(zygote: &Zygote, file: &Path, sha256: &str, config: &Config) -> Result<Descriptor, Stop> {
    // What is asked is what was verified, whoever may have replaced the file since.
    let subject =
        roundsman_contract::subject::CheckSubject { sha256: Some(sha256.to_owned()), ..standalone::subject(file) };
    let asked = standalone::one(
        zygote,
        subject,
        Goal::Describe,
        config,
        Path::new("/"),
        &|_, _| Ok(()),
        standalone::DefaultAccount::Configured,
    );
    match asked {
        Ok(RunOutcome { component: Some(component), result: Ok(_), .. }) => Ok((*component.descriptor).clone()),
        Ok(RunOutcome { result: Err(failure), .. }) => Err(Stop::refused(standalone::told(&failure))),
        Ok(_) => Err(Stop::refused("the component did not describe itself".to_owned())),
        Err(error) => Err(Stop { code: not_begun(&error), message: format!("{error:#}") }),
    }
}
