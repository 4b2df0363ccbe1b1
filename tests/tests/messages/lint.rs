//! Wording that `docs/style.md` forbids and that a pattern can find.

/// Phrases, in lower case, and what to write instead. Spaces at the ends are word boundaries.
const FORBIDDEN: &[(&str, &str)] = &[
    (" is no ", "not a, not valid, invalid"),
    (" are no ", "not, invalid"),
    (" that is none ", "invalid"),
    (" that are none ", "invalid"),
    (" where there is none ", "without"),
    (" none of them ", "name the thing"),
    (" of which ", "two sentences"),
    (" what it is ", "name the thing"),
    (" whoever ", "a person who, a client that"),
    (" what is not there ", "missing, not found"),
    (" is not there ", "not found, does not exist"),
    (" is there twice ", "duplicate"),
    (" in the clear ", "without TLS (plain HTTP)"),
    (" are no good ", "invalid"),
    (" is no good ", "invalid"),
    (" anew ", "again"),
    (" for ever ", "forever"),
    (" mend ", "correct, fix"),
    (" mends ", "corrects, fixes"),
    (" leave it away ", "omit it"),
    (" leave it out ", "omit it"),
    (" of ours ", "name the owner"),
    (" of yours ", "your"),
    (" goes by ", "uses"),
    (" as it comes ", "unchanged"),
    (" the same goes ", "the same applies"),
    (" we ", "name the subject"),
    (" our ", "name the subject"),
    (" us ", "name the subject"),
];

/// Phrases that contain a forbidden one and are fine.
const ALLOWED: &[&str] = &["there is no", "there are no", "is no longer", "are no longer"];

/// Sources whose wording is still to be revised. Remove an entry when it is done.
const PENDING: &[&str] = &["plugin/function/crd/"];

/// Returns whether the wording of a file is still to be revised.
pub(crate) fn is_pending(file: &str) -> bool {
    PENDING.iter().any(|prefix| file.starts_with(prefix))
}

/// Returns the forbidden phrases of a sentence.
pub(crate) fn check(sentence: &str) -> impl Iterator<Item = String> {
    // Words with one space between them, and around all of them.
    let words: Vec<String> = sentence
        .split_whitespace()
        .map(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            word.to_lowercase()
        })
        .collect();
    let text = format!(" {} ", words.join(" "));
    let text = ALLOWED.iter().fold(text, |text, phrase| text.replace(phrase, ""));
    let sentence = sentence.to_owned();
    FORBIDDEN
        .iter()
        .filter(move |(phrase, _)| text.contains(phrase))
        .map(move |(phrase, better)| format!("{:?} in {sentence:?}; better: {better}", phrase.trim()))
}

#[test]
fn forbidden_phrases_are_found_as_whole_words() {
    for (sentence, count) in [
        ("x is no plugin: write file:PATH", 1),
        ("it is\nno plugin", 1),
        ("this is nothing", 0),
        ("Of ours, in the clear.", 2),
        ("use HTTP", 0),
        ("there is no room, and it is no longer there", 0),
    ] {
        assert_eq!(check(sentence).count(), count, "{sentence}");
    }
}
