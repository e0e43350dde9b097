//! The imports of a component, each turned into one request to the host; this list is all that a component can reach.

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{CallHook, Engine, StoreContextMut};

use super::contract_0_1::types::Error;
use super::contract_0_1::{Check, Turn, clock, commands, files, logging, state, types};
use super::limiter::MemoryLimiter;
use super::shared_host::SharedHost;
use roundsman_contract::Level;
use roundsman_contract::calls::{Reply, Request};
use roundsman_contract::report::{Failure, FailureKind};

/// Everything that a run has besides the component itself.
pub struct Reach {
    pub host: SharedHost,
    pub limiter: MemoryLimiter,
    /// The last line of level `error`: after a trap, the panic's text and place.
    pub last_error: Option<String>,
}

impl Reach {
    pub fn new(host: SharedHost, limiter: MemoryLimiter) -> Self {
        Self { host, limiter, last_error: None }
    }

    /// One host call: pays for it, asks, and ends the run if the host says so.
    fn ask(&mut self, bytes: usize, request: Request) -> wasmtime::Result<Reply> {
        Ok(self.host.call(bytes, request, self.limiter.room())?)
    }
}

/// Takes the fuel that a host call cost. Fuel alone does not see host calls: 10 million units once pushed 250 GB
/// through a log function.
pub(crate) fn pay(store: StoreContextMut<'_, Reach>, hook: CallHook) -> wasmtime::Result<()> {
    if matches!(hook, CallHook::ReturningFromHost) {
        let owed = store.data().host.take_owed();
        take(store, owed)?;
    }
    Ok(())
}

/// Takes so much fuel, or ends the run.
pub fn take<T>(mut store: StoreContextMut<'_, T>, owed: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    if owed > left {
        store.set_fuel(0)?;
        return Err(wasmtime::Trap::OutOfFuel.into());
    }
    store.set_fuel(left - owed)
}

/// The linker with exactly the contract's imports.
///
/// # Errors
/// None, unless the contract names an import twice.
pub fn linker(engine: &Engine) -> wasmtime::Result<Linker<Reach>> {
    let mut linker = Linker::new(engine);
    Check::add_to_linker::<_, HasSelf<Reach>>(&mut linker, |reach: &mut Reach| reach)?;
    Ok(linker)
}

/// A reply that does not go with its request is a fault of the host, never of the component.
fn mismatch(reply: &Reply) -> wasmtime::Error {
    let name = format!("{reply:?}").chars().take(40).collect::<String>();
    Failure::new(FailureKind::Internal, format!("the host answered with something else than asked: {name}")).into()
}

/// Asks, and takes the variant that goes with the request, or the error that the component is told.
macro_rules! ask {
    ($reach:expr, $bytes:expr, $request:expr, $variant:ident) => {
        match $reach.ask($bytes, $request)? {
            Reply::$variant(value) => Ok(Ok(value.turn())),
            Reply::Error(error) => Ok(Err(error.turn())),
            other => Err(mismatch(&other)),
        }
    };
}

/// The same for what cannot fail.
macro_rules! ask_plain {
    ($reach:expr, $request:expr, $variant:ident) => {
        match $reach.ask(0, $request)? {
            Reply::$variant(value) => Ok(value.turn()),
            other => Err(mismatch(&other)),
        }
    };
}

/// The same for what answers with nothing.
macro_rules! ask_done {
    ($reach:expr, $bytes:expr, $request:expr) => {
        match $reach.ask($bytes, $request)? {
            Reply::Done => Ok(Ok(())),
            Reply::Error(error) => Ok(Err(error.turn())),
            other => Err(mismatch(&other)),
        }
    };
}

impl types::Host for Reach {}

impl files::Host for Reach {
    fn read(&mut self, path: String) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        ask!(self, path.len(), Request::Read { path }, Data)
    }

    fn read_at(&mut self, path: String, offset: u64, max: u64) -> wasmtime::Result<Result<files::Piece, Error>> {
        ask!(self, path.len(), Request::ReadAt { path, offset, max }, Piece)
    }

    fn read_glob(&mut self, pattern: String) -> wasmtime::Result<Result<Vec<files::Content>, Error>> {
        ask!(self, pattern.len(), Request::ReadGlob { pattern }, Contents)
    }

    fn stat(&mut self, path: String) -> wasmtime::Result<Result<files::Metadata, Error>> {
        ask!(self, path.len(), Request::Stat { path }, Metadata)
    }

    fn stat_glob(&mut self, pattern: String) -> wasmtime::Result<Result<Vec<files::Entry>, Error>> {
        ask!(self, pattern.len(), Request::StatGlob { pattern }, Entries)
    }

    fn usage(&mut self, path: String) -> wasmtime::Result<Result<files::Space, Error>> {
        ask!(self, path.len(), Request::Usage { path }, Space)
    }

    fn usages(&mut self, paths: Vec<String>) -> wasmtime::Result<Result<Vec<files::Used>, Error>> {
        let bytes = paths.iter().map(String::len).fold(0, usize::saturating_add);
        ask!(self, bytes, Request::Usages { paths }, Usages)
    }

    fn mounts(&mut self) -> wasmtime::Result<Result<Vec<files::Mount>, Error>> {
        ask!(self, 0, Request::Mounts, Mounts)
    }

    fn granted(&mut self) -> wasmtime::Result<files::Grants> {
        ask_plain!(self, Request::GrantedFiles, GrantedFiles)
    }
}

impl commands::Host for Reach {
    fn run(
        &mut self,
        argv: Vec<String>,
        input: Option<Vec<u8>>,
    ) -> wasmtime::Result<Result<commands::Completed, Error>> {
        let bytes = argv.iter().map(String::len).fold(input.as_ref().map_or(0, Vec::len), usize::saturating_add);
        ask!(self, bytes, Request::Run { argv, input }, Completed)
    }

    fn granted(&mut self) -> wasmtime::Result<Vec<commands::GrantedCommand>> {
        ask_plain!(self, Request::GrantedCommands, GrantedCommands)
    }
}

impl logging::Host for Reach {
    fn log(&mut self, level: logging::Level, message: String) -> wasmtime::Result<()> {
        let level = level.turn();
        if matches!(level, Level::Error) {
            self.last_error = Some(message.clone());
        }
        match self.ask(message.len(), Request::Log { level, message })? {
            Reply::Done => Ok(()),
            other => Err(mismatch(&other)),
        }
    }
}

impl clock::Host for Reach {
    fn now(&mut self) -> wasmtime::Result<i64> {
        ask_plain!(self, Request::Now, Now)
    }

    fn monotonic(&mut self) -> wasmtime::Result<u64> {
        ask_plain!(self, Request::Monotonic, Monotonic)
    }

    fn utc_offset(&mut self) -> wasmtime::Result<i32> {
        ask_plain!(self, Request::UtcOffset, UtcOffset)
    }
}

impl state::Host for Reach {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        ask!(self, key.len(), Request::StateGet { key }, State)
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        ask_done!(self, key.len() + value.len(), Request::StateSet { key, value })
    }

    fn remove(&mut self, key: String) -> wasmtime::Result<Result<(), Error>> {
        ask_done!(self, key.len(), Request::StateRemove { key })
    }
}
