//! What must hold for any bytes whatever. Each function takes what a fuzzer made up and panics where it does not hold.

#![allow(dead_code, reason = "each target takes one of these")]

mod decode;
mod fold;
mod policy;
mod render;
mod webhook;

pub(crate) use decode::{binary, structured};
pub(crate) use fold::fold;
pub(crate) use policy::policy;
pub(crate) use render::render;
pub(crate) use webhook::webhook;

/// What a target demands of any bytes.
pub(crate) type Property = fn(&[u8]);

/// Every target by name, which is also the folder of its corpus.
pub(crate) const ALL: [(&str, Property); 6] = [
    ("structured", structured),
    ("binary", binary),
    ("fold", fold),
    ("policy", policy),
    ("render", render),
    ("webhook", webhook),
];
