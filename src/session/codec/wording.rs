//! Whether a text is about the token, by its words alone: their case and the separators between
//! them do not matter.

use crate::vocabulary::auth_words;

/// How many characters of a text are searched for words.
const MAX_JUDGED: usize = 1024;

/// Whether a text is about the token; `None`: the text does not say.
pub(super) fn judge(text: &str) -> Option<bool> {
    let words = words(text);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let sentence = format!(" {} ", words.join(" "));
    let is_phrase = |phrase: &&str| sentence.contains(&format!(" {phrase} "));
    if let Some(verdict) = status_in(&words) {
        return Some(verdict);
    }
    if has(auth_words::TROUBLE) {
        return Some(false);
    }
    let sentence = auth_words::LOOKALIKE_PHRASES.iter().fold(sentence.clone(), |text, phrase| text.replace(phrase, ""));
    let is_auth = sentence.split(' ').any(is_auth_word) || auth_words::PHRASES.iter().any(is_phrase);
    is_auth.then_some(true)
}

fn is_auth_word(word: &str) -> bool {
    // Among the words with `author`, these are about permissions.
    let word = word.replace("authoriz", "auth").replace("authoris", "auth");
    auth_words::STEMS.iter().any(|stem| word.contains(stem))
        && !auth_words::LOOKALIKES.iter().any(|lookalike| word.contains(lookalike))
}

/// Whether an HTTP status among these words is about the token. A status is the first word, or
/// follows a word that announces one.
pub(super) fn status_in(words: &[String]) -> Option<bool> {
    let before = [None].into_iter().chain(words.iter().map(|word| Some(word.as_str())));
    let announced =
        before.zip(words).filter(|(before, _)| before.is_none_or(|word| auth_words::STATUS.contains(&word)));
    announced.filter_map(|(_, word)| word.parse().ok()).find_map(of_status)
}

/// Whether an HTTP status is about the token. Servers use 400 for any reason, including a wrong
/// token.
fn of_status(status: u16) -> Option<bool> {
    match status {
        401 | 403 => Some(true),
        402..=599 => Some(false),
        _ => None,
    }
}

/// The words of a text in lower case: `TokenExpiredError`, `token_expired` and `TOKEN-EXPIRED`
/// begin with the same two words.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut characters = text.chars().take(MAX_JUDGED).peekable();
    while let Some(character) = characters.next() {
        let behind = characters.peek().copied().unwrap_or(' ');
        let starts = (before.is_lowercase() && character.is_uppercase())
            || (before.is_uppercase() && character.is_uppercase() && behind.is_lowercase())
            || (before.is_numeric() != character.is_numeric())
            || !character.is_alphanumeric();
        if starts {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}
