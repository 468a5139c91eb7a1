//! How deep a JSON text is nested, before any parser walks into it.

/// Whether `json` opens more than `levels` objects and lists inside each other.
///
/// Brackets inside strings do not count. The text need not be valid JSON.
pub(super) fn exceeds(json: &[u8], levels: usize) -> bool {
    // Most events open fewer brackets in all than may stand inside each other; counting them takes a fraction
    // of the time of following the strings.
    let opened = json.iter().filter(|byte| matches!(byte, b'{' | b'[')).count();
    opened > levels && deepest(json) > levels
}

fn deepest(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
