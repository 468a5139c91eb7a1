//! Reads an object that carries the ids of its subject beside its own fields, in one pass.
//!
//! The core's types hold what an event says, the subject stands next to them. Derived code could split the two
//! only by buffering the whole object (`flatten`) or by reading it twice; here the ids are taken out of the
//! stream of fields as they come by.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

/// Asks for a `T` and up to two ids by the names of their fields; an empty name asks for nothing.
pub(super) struct Keyed<A, B, T> {
    names: Names,
    reads: PhantomData<(A, B, T)>,
}

/// What was found: an id that is absent or `null` is `None`.
pub(super) struct Found<A, B, T> {
    pub(super) first: Option<A>,
    pub(super) second: Option<B>,
    pub(super) rest: T,
}

impl<A, B, T> Keyed<A, B, T> {
    pub(super) fn new(first: &'static str, second: &'static str) -> Self {
        Self { names: Names { first, second }, reads: PhantomData }
    }
}

impl<A, B, T> Clone for Keyed<A, B, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, B, T> Copy for Keyed<A, B, T> {}

impl<'de, A, B, T> DeserializeSeed<'de> for Keyed<A, B, T>
where
    A: Deserialize<'de>,
    B: Deserialize<'de>,
    T: Deserialize<'de>,
{
    type Value = Found<A, B, T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, A, B, T> Visitor<'de> for Keyed<A, B, T>
where
    A: Deserialize<'de>,
    B: Deserialize<'de>,
    T: Deserialize<'de>,
{
    type Value = Found<A, B, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, fields: M) -> Result<Self::Value, M::Error> {
        let (mut first, mut second) = (None, None);
        let others = Others { fields, names: self.names, first: &mut first, second: &mut second };
        let rest = T::deserialize(MapAccessDeserializer::new(others))?;
        Ok(Found { first: first.flatten(), second: second.flatten(), rest })
    }
}

#[derive(Clone, Copy)]
struct Names {
    first: &'static str,
    second: &'static str,
}

/// Outside: whether the field came by. Inside: its value, unless that was `null`.
type Slot<T> = Option<Option<T>>;

/// The fields of an object without those that name its subject.
struct Others<'s, M, A, B> {
    fields: M,
    names: Names,
    first: &'s mut Slot<A>,
    second: &'s mut Slot<B>,
}

impl<'de, M, A, B> MapAccess<'de> for Others<'_, M, A, B>
where
    M: MapAccess<'de>,
    A: Deserialize<'de>,
    B: Deserialize<'de>,
{
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, M::Error> {
        let mut inner = seed;
        loop {
            inner = match self.fields.next_key_seed(Sift { names: self.names, inner })? {
                None => return Ok(None),
                Some(Field::Other(key)) => return Ok(Some(key)),
                Some(Field::First(inner)) => {
                    fill(self.first, self.names.first, &mut self.fields)?;
                    inner
                }
                Some(Field::Second(inner)) => {
                    fill(self.second, self.names.second, &mut self.fields)?;
                    inner
                }
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        self.fields.next_value_seed(seed)
    }
}

fn fill<'de, T, M>(slot: &mut Slot<T>, name: &'static str, fields: &mut M) -> Result<(), M::Error>
where
    T: Deserialize<'de>,
    M: MapAccess<'de>,
{
    if slot.is_some() {
        return Err(M::Error::duplicate_field(name));
    }
    *slot = Some(fields.next_value()?);
    Ok(())
}

/// Reads the name of a field, and hands it on unless it names the subject.
struct Sift<K> {
    names: Names,
    inner: K,
}

/// Whose field it is; the subject's give the unused seed back.
enum Field<K, V> {
    First(K),
    Second(K),
    Other(V),
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Sift<K> {
    type Value = Field<K, K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Sift<K> {
    type Value = Field<K, K::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        match name {
            "" => self.inner.deserialize(name.into_deserializer()).map(Field::Other),
            _ if name == self.names.first => Ok(Field::First(self.inner)),
            _ if name == self.names.second => Ok(Field::Second(self.inner)),
            _ => self.inner.deserialize(name.into_deserializer()).map(Field::Other),
        }
    }
}
