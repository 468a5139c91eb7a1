//! What one process does; all of it unless told otherwise.

use std::collections::BTreeSet;
use std::str::FromStr;

/// A part of the service that may run in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Takes events in.
    Intake,
    /// Decides about orders whose time has come, learns, runs scheduled jobs.
    Wake,
    /// Sends notices.
    Deliver,
    /// Serves the console and the API.
    Console,
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "intake" => Ok(Self::Intake),
            "wake" => Ok(Self::Wake),
            "deliver" => Ok(Self::Deliver),
            "console" => Ok(Self::Console),
            other => Err(format!("`{other}` is no role; name some of intake, wake, deliver, console")),
        }
    }
}

/// The parts one process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// The given parts; all of them when none is given.
    pub fn of(given: &[Role]) -> Self {
        let all = [Role::Intake, Role::Wake, Role::Deliver, Role::Console];
        Self(if given.is_empty() { all.into() } else { given.iter().copied().collect() })
    }

    /// Whether `role` is among them.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }
}
