//! The records that wait for a reader.

use std::collections::VecDeque;

/// How many records wait, and their bytes. Beyond that, the oldest are dropped.
const MAX_RECORDS: usize = 1000;
const MAX_BYTES: usize = 1 << 20;

/// Records as JSON texts, bounded.
#[derive(Debug, Default)]
pub(super) struct Records {
    texts: VecDeque<String>,
    bytes: usize,
    dropped: u64,
    /// Whether the reader was woken, and has not taken the records since.
    is_woken: bool,
}

impl Records {
    /// Appends a record. Returns whether the reader has to be woken.
    pub(super) fn push(&mut self, text: String) -> bool {
        self.bytes += text.len();
        self.texts.push_back(text);
        while self.texts.len() > MAX_RECORDS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.texts.pop_front() else { break };
            self.bytes -= oldest.len();
            self.dropped += 1;
        }
        !std::mem::replace(&mut self.is_woken, true)
    }

    /// Takes all records: `[dropped, [record, ...]]` as JSON. `None`: there is nothing.
    pub(super) fn take(&mut self) -> Option<String> {
        let Self { texts, dropped, .. } = std::mem::take(self);
        if texts.is_empty() && dropped == 0 {
            return None;
        }
        let texts: Vec<_> = texts.into();
        Some(format!("[{dropped},[{}]]", texts.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_is_woken_once_until_it_has_taken_the_records() {
        let mut records = Records::default();
        assert!(records.push("1".into()));
        assert!(!records.push("2".into()));
        assert_eq!(records.take().as_deref(), Some("[0,[1,2]]"));
        assert_eq!(records.take(), None);
        assert!(records.push("3".into()));
    }

    #[test]
    fn the_oldest_records_are_dropped_and_counted() {
        let mut records = Records::default();
        for number in 0..MAX_RECORDS + 2 {
            records.push(number.to_string());
        }
        let text = records.take().unwrap();
        assert!(text.starts_with("[2,[2,3,4,") && text.ends_with(",1000,1001]]"), "{text}");

        records.push("x".repeat(MAX_BYTES));
        records.push("1".into());
        assert_eq!(records.take().as_deref(), Some("[1,[1]]"));
        records.push("x".repeat(MAX_BYTES + 1));
        assert_eq!(records.take().as_deref(), Some("[1,[]]"), "one record may be too large");
        assert_eq!(records.take(), None);
    }
}
