//! The queues of a server.

/// One queue, such as Postfix's `deferred`.
#[derive(Debug, Default, PartialEq)]
pub struct Queue {
    pub messages: u64,
    /// `None` where the server does not tell sizes.
    pub size: Option<u64>,
    pub oldest: Option<Oldest>,
}

/// The time of the oldest message, as servers tell it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Oldest {
    /// Seconds since 1970 UTC.
    At(i64),
    /// Seconds ago.
    Age(u64),
}

/// Queues by name, those first that the server always has.
#[derive(Debug, PartialEq)]
pub struct Queues(pub Vec<(String, Queue)>);

impl Queues {
    /// Returns empty queues of these names.
    pub fn named(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (name.to_string(), Queue::default())).collect())
    }

    /// Returns the queue of this name; a new one where there was none.
    pub fn queue(&mut self, name: &str) -> &mut Queue {
        let at = self.0.iter().position(|(it, _)| it == name).unwrap_or_else(|| {
            self.0.push((name.to_owned(), Queue::default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

impl Queue {
    /// Adds one message.
    pub fn add(&mut self, size: u64, came: Oldest) {
        self.messages += 1;
        self.size = Some(self.size.unwrap_or(0).saturating_add(size));
        self.oldest = Some(match (self.oldest, came) {
            (Some(Oldest::At(before)), Oldest::At(now)) => Oldest::At(before.min(now)),
            (Some(Oldest::Age(before)), Oldest::Age(now)) => Oldest::Age(before.max(now)),
            _ => came,
        });
    }
}
