//! E-mail over SMTP, with kept connections and a precise answer to "was it taken?".
//!
//! The parts: [`config`] what the operator sets; `header` what may stand in a header; `message` the
//! MIME text; `stream` the socket; `session` one connection and the steps of one transaction; `pool`
//! the kept connections; `fault` what a failed step means.
//!
//! lettre must stay without its `tracing` feature here: with it, every line on the wire, addresses
//! and texts included, would go to the log.

pub mod config;
mod fault;
mod header;
mod message;
mod pool;
mod session;
mod stream;

use lettre::Address;

pub use self::config::{SetupError, SmtpConfig, TlsMode};
use self::{message::Sender, pool::Pool, session::Dialer};
use super::{Channel, Greeting, Outcome, Outgoing, Sending};

/// Sends notices through one SMTP server.
pub struct EmailChannel {
    name: String,
    sender: Sender,
    pool: Pool,
}

impl EmailChannel {
    /// Checks the configuration and reads the CA file; opens no connection yet.
    ///
    /// # Errors
    /// [`SetupError`] names the field that is wrong and how to mend it.
    pub fn new(name: impl Into<String>, config: &SmtpConfig) -> Result<Self, SetupError> {
        Ok(Self {
            name: name.into(),
            sender: Sender::new(config)?,
            pool: Pool::new(Dialer::new(config)?, config.connections, config.idle_timeout),
        })
    }

    async fn attempt(&self, outgoing: &Outgoing) -> Outcome {
        let (recipient, mail) = match self.prepare(outgoing) {
            Ok(prepared) => prepared,
            Err(refused) => {
                return Outcome::Failed { reason: refused.to_string() };
            }
        };
        let mut lease = match self.pool.lease().await {
            Ok(lease) => lease,
            Err(fault) => return fault.outcome(),
        };
        match lease.session.deliver(&self.sender.envelope, &recipient, &mail).await {
            Ok(receipt) => {
                lease.keep();
                Outcome::Sent { receipt }
            }
            Err(fault) => {
                if fault.leaves_session_usable() {
                    lease.keep();
                }
                fault.outcome()
            }
        }
    }

    fn prepare(&self, outgoing: &Outgoing) -> Result<(Address, Vec<u8>), header::Refused> {
        let recipient = header::address("recipient", outgoing.to.expose())?;
        let mail = message::build(&self.sender, &recipient, outgoing)?;
        Ok((recipient, mail))
    }
}

impl Channel for EmailChannel {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.attempt(outgoing))
    }

    /// Greets, encrypts and logs in; the connection is kept for the first mail.
    fn greet(&self) -> Option<Greeting<'_>> {
        Some(Box::pin(async {
            let lease = self.pool.lease().await.map_err(|fault| fault.outcome())?;
            lease.keep();
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests;
