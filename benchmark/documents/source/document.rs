//! The documents: one answer that was encoded beforehand, of which only id and revision are
//! rewritten per use.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::request::Request;

const DOCUMENTS: usize = 1000;
const ID: &str = "doc-000";
/// Ten digits, so that all revisions of a run are of one length.
const FIRST_REVISION: u64 = 1_000_000_000;
const PROSE: &str = "The proctor looked at the recording and found nothing to report. ";

/// The answer with the places to fill, and how often each document was asked for.
pub(crate) struct Documents {
    answer: Vec<u8>,
    id_offset: usize,
    revision_offset: usize,
    revisions: Vec<AtomicU64>,
}

impl Documents {
    /// Documents of `size` bytes of JSON each.
    pub(crate) fn new(size: usize) -> Result<Self, String> {
        let body = body(size)?;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let id_offset = answer.find(ID).ok_or("the document has no id")?;
        let revision_offset = answer.find(&FIRST_REVISION.to_string()).ok_or("the document has no revision")?;
        let revisions = (0..DOCUMENTS).map(|_| AtomicU64::new(FIRST_REVISION)).collect();
        Ok(Self { answer: answer.into_bytes(), id_offset, revision_offset, revisions })
    }

    /// Bytes of one answer, head included.
    pub(crate) fn answer_length(&self) -> usize {
        self.answer.len()
    }

    /// Appends the answer to `request`, at the next revision of its document.
    pub(crate) fn answer(&self, request: Request, answers: &mut Vec<u8>) {
        let Some(revision) = self.revisions.get(request.document) else { return };
        let revision = revision.fetch_add(1, Ordering::Relaxed) + 1;
        let start = answers.len();
        answers.extend_from_slice(&self.answer);
        write_digits(answers, start + self.revision_offset, 10, revision);
        write_digits(answers, start + self.id_offset + "doc-".len(), 3, request.document as u64);
    }
}

fn write_digits(bytes: &mut [u8], offset: usize, count: usize, mut number: u64) {
    for digit in bytes.iter_mut().skip(offset).take(count).rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// The JSON text of a document: the notes about a session, padded with prose to `size` bytes.
fn body(size: usize) -> Result<String, String> {
    let text = |notes: &str| {
        format!(
            concat!(
                r#"{{"service":"notes","id":"{}","revision":{},"data":{{"candidate":{{"id":"cand-48213","name":"Ada Okafor","#,
                r#""campusId":12}},"status":"active","progress":0.42,"flags":["camera","microphone"],"#,
                r#""answers":[{{"question":"q-001","choice":"b","seconds":31}},{{"question":"q-002","choice":"d","seconds":54}},"#,
                r#"{{"question":"q-003","choice":null,"seconds":7}}],"notes":"{}"}},"createdAt":1760000000000,"updatedAt":1760000360000}}"#
            ),
            ID, FIRST_REVISION, notes
        )
    };
    let least = text("").len();
    let missing = size.checked_sub(least).ok_or_else(|| format!("--size must be at least {least}"))?;
    Ok(text(&PROSE.chars().cycle().take(missing).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::Documents;
    use crate::request::Request;

    #[test]
    fn answers_with_the_document_that_was_asked_for_at_its_next_revision() {
        let documents = Documents::new(1024).unwrap();
        let mut answers = Vec::new();
        for document in [7, 42, 7] {
            documents.answer(Request { document }, &mut answers);
        }
        let told: Vec<_> = answers
            .chunks(documents.answer_length())
            .map(|answer| {
                let (head, body) = str::from_utf8(answer).unwrap().split_once("\r\n\r\n").unwrap();
                assert!(head.ends_with("Content-Length: 1024") && body.len() == 1024, "{head}");
                let document: serde_json::Value = serde_json::from_str(body).unwrap();
                (document["id"].as_str().unwrap().to_owned(), document["revision"].as_u64().unwrap())
            })
            .collect();
        let expected = [("doc-007", 1_000_000_001), ("doc-042", 1_000_000_001), ("doc-007", 1_000_000_002)];
        assert_eq!(told, expected.map(|(id, revision)| (id.to_owned(), revision)));
    }
}
