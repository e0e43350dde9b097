//! Options that an operator sets below `[check.NAME.config]`: nothing, as the granted command says which server it is.

pub use roundsman_sdk::NoOptions as Options;
