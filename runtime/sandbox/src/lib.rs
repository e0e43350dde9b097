//! Runs components: the engine is here alone, in workers that own nothing; a broker decides what each may
//! have.

pub mod compile;
pub mod zygote;
pub mod worker;
pub mod broker;
pub mod reader;
