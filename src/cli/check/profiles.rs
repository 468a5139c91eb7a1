//! What a policy takes from platform profiles on hearsay.

use forewarn_core::zone::Tongue;

use crate::policy::PolicyBook;
use crate::policy::profiles::{self, Figure};

/// A sentence for each figure that counts although nobody read it in the platform's own words.
pub(super) fn notes(book: &PolicyBook, tongue: Tongue) -> Vec<String> {
    let trust = book.all().map(|policy| policy.profile.trust).max().unwrap_or_default();
    let figures =
        profiles::all().iter().flat_map(|p| p.figures.iter().map(move |figure| (p.platform.as_str(), figure)));
    let hearsay = figures.filter(|(_, figure)| figure.counts(trust) && !figure.verified);
    hearsay.map(|(platform, figure)| note(platform, figure, tongue)).collect()
}

fn note(platform: &str, figure: &Figure, tongue: Tongue) -> String {
    let Figure { key, source, read_on, .. } = figure;
    match tongue {
        Tongue::English => format!("profile {platform}: {key} is unverified, looked up on {read_on}: {source}"),
        Tongue::Chinese => format!("平台 {platform}：{key} 未经核实（{read_on} 查阅）：{source}"),
    }
}
