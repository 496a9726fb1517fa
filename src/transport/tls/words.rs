//! Turns the names of errors in a library into words.

use std::fmt::Debug;

/// Turns `Alert(UnknownCa)` into `alert: unknown ca`.
pub(super) fn words(error: &impl Debug) -> String {
    let mut text = String::new();
    let mut follows_lowercase = false;
    for c in format!("{error:?}").chars() {
        match c {
            '(' => text.push_str(": "),
            ')' => {}
            _ if c.is_ascii_uppercase() => {
                if follows_lowercase {
                    text.push(' ');
                }
                text.push(c.to_ascii_lowercase());
            }
            _ => text.push(c),
        }
        follows_lowercase = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    text
}
