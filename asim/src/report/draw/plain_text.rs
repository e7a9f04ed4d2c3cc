//! Plain text: a name of the model without what would change how the text beside it looks.

use std::borrow::Cow;

/// Returns a text as it may stand in a page or a picture. Control characters become spaces, but for the ends of lines;
/// the two that XML cannot have become the sign for what is unknown. Those that turn the direction of all that follows
/// (Unicode Standard Annex #9, embeddings, overrides and isolates) are left out: a name must not reorder the numbers
/// beside it. Hebrew and Arabic need none of them.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| {
        (letter == '\n' || !letter.is_control())
            && !turns(letter)
            && !matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let known = |letter: char| match letter {
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        letter if is_plain(letter) => letter,
        _ => ' ',
    };
    text.chars().filter(|letter| !turns(*letter)).map(known).collect()
}

fn turns(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_in_a_name_changes_what_stands_beside_it() {
        for (text, plainly) in [
            ("desk 🙂 שלום \u{200f}", "desk 🙂 שלום \u{200f}"),
            ("a\nb\tc\u{1}\u{85}", "a\nb c  "),
            ("\u{202e}evil\u{202c} \u{2067}\u{2069}x", "evil x"),
            ("\u{fffe}\u{ffff}", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(plain(text), plainly);
        }
    }
}
