//! The names of all keys, taken from the types themselves.

use serde::de::{DeserializeOwned, Deserializer, Visitor, value::Error};
use serde::forward_to_deserialize_any;

use super::secret_file::SECRETS;
use super::{Console, Cron, Engine, Intake, Kafka, Log, Mailbox, PolicySource, Safety, Shop, Store, Templates, Topics};
use crate::deliver::channel::email::SmtpConfig;
use crate::deliver::channel::webhook::WebhookConfig;

/// Every key of the configuration, dotted and in order, with `*` for the id of a shop. Keys of secrets stand there
/// twice: as they are, and with `_file` for the path of a file to read them from.
pub fn keys() -> Vec<String> {
    let sections = [
        ("store", fields::<Store>()),
        ("kafka", fields::<Kafka>()),
        ("kafka.topics", fields::<Topics>()),
        ("intake", fields::<Intake>()),
        ("console", fields::<Console>()),
        ("engine", fields::<Engine>()),
        ("email", fields::<SmtpConfig>()),
        ("webhook.sms", fields::<WebhookConfig>()),
        ("webhook.im", fields::<WebhookConfig>()),
        ("mailbox", fields::<Mailbox>()),
        ("safety", fields::<Safety>()),
        ("shop.*", fields::<Shop>()),
        ("shop_defaults", fields::<Shop>()),
        ("cron", fields::<Cron>()),
        ("log", fields::<Log>()),
        ("policy", fields::<PolicySource>()),
        ("templates", fields::<Templates>()),
    ];
    let plain = sections.iter().flat_map(|(section, fields)| {
        let named = move |field: &&str| format!("{section}.{field}");
        fields.iter().filter(|field| !is_section(section, field)).map(named)
    });
    let files = SECRETS.iter().map(|path| format!("{}_file", path.join(".")));
    let mut keys: Vec<String> = plain.chain(files).collect();
    keys.sort();
    keys
}

fn is_section(section: &str, field: &str) -> bool {
    section == "kafka" && field == "topics"
}

/// The sections there are, as the root names them.
#[cfg(test)]
pub(super) fn sections() -> (&'static [&'static str], &'static [&'static str]) {
    (fields::<super::Config>(), fields::<super::Webhooks>())
}

/// The fields serde knows a struct by.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // The listing never lets a value come to be; its error carries nothing.
    match T::deserialize(Listing(&mut fields)) {
        Ok(_) | Err(_) => fields,
    }
}

struct Listing<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Listing<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("only structs are listed"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(serde::de::Error::custom("listed"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
