//! What a program tells of the clock and of its sources. What one does not tell is `None`.

/// The clock of the host; times in seconds.
#[derive(Debug, Default, PartialEq)]
pub struct Clock {
    pub synchronised: bool,
    pub offset: Option<f64>,
    pub root_delay: Option<f64>,
    pub root_dispersion: Option<f64>,
    pub stratum: Option<u64>,
}

/// A server or device that is asked for the time.
#[derive(Debug, PartialEq)]
pub struct Source {
    pub name: String,
    pub verdict: &'static str,
    /// `None` before the first answer.
    pub answered: Option<Answered>,
    /// A bit for each of the last 8 questions.
    pub reach: u8,
}

#[derive(Debug, PartialEq)]
pub struct Answered {
    pub stratum: u64,
    pub offset: f64,
    /// Seconds ago; `None` where the program does not tell it as a number.
    pub age: Option<u64>,
}
