//! A dead letter's bytes as people can look at them: as text where they are text, else in hexadecimal.

use std::fmt::Write as _;

/// Bytes of a line of a hexadecimal dump.
const LINE: usize = 16;

/// Bytes made readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Text in which nothing steers a terminal or turns a page around.
    Text(String),
    /// Offsets, bytes in hexadecimal, and the printable ASCII among them; one line for every 16 bytes.
    Hex(String),
}

/// `bytes` as text if they are UTF-8 without control characters but tabs and line ends, else in hexadecimal.
pub fn body(bytes: &[u8]) -> Body {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')) => Body::Text(plain(text)),
        _ => Body::Hex(dump(bytes)),
    }
}

/// `text` with every character that steers instead of being seen written out: controls but tabs and line feeds, and
/// the marks that change the direction of writing, behind which text can hide.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let steers = (c.is_control() && !matches!(c, '\t' | '\n'))
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if steers {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn dump(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len() * 5);
    for (number, line) in bytes.chunks(LINE).enumerate() {
        let hex = line.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            write!(hex, "{byte:02x} ").unwrap_or_default();
            hex
        });
        let ascii: String =
            line.iter().map(|b| if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '.' }).collect();
        writeln!(shown, "{:06x}  {hex:<48} {ascii}", number * LINE).unwrap_or_default();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_what_steers_is_written_out() {
        assert_eq!(body("{\"名\": 1}\n".as_bytes()), Body::Text("{\"名\": 1}\n".into()));
        assert_eq!(body("a\u{202e}b".as_bytes()), Body::Text("a\\u{202e}b".into()));
        assert_eq!(plain("a\u{1b}[2Jb\r\n"), "a\\u{1b}[2Jb\\u{d}\n");
    }

    #[test]
    fn what_is_no_text_is_dumped() {
        let Body::Hex(dump) = body(b"\x00\xffForewarn \x1b[2J and more") else { panic!("a dump") };
        assert_eq!(
            dump,
            "000000  00 ff 46 6f 72 65 77 61 72 6e 20 1b 5b 32 4a 20  ..Forewarn .[2J \n\
             000010  61 6e 64 20 6d 6f 72 65                          and more\n"
        );
    }
}
