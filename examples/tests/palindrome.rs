//! The row of cells in `palindrome.rs` gives the same answers as one look at the whole text.

#[path = "../palindrome.rs"]
#[allow(dead_code, reason = "the example's own `main`")]
mod palindrome;

/// Checks the answer for every prefix of the text.
fn check(text: &str) {
    let characters: Vec<char> = text.chars().collect();
    let answers = palindrome::answers(text).unwrap();
    assert_eq!(answers.len(), characters.len());
    let mut time = 0.0;
    for (end, answer) in (1..).zip(answers) {
        time += 200.0;
        let so_far = &characters[..end];
        let is_palindrome = so_far.iter().eq(so_far.iter().rev());
        assert_eq!(answer, (time, is_palindrome), "{so_far:?}");
    }
}

#[test]
fn the_answers_are_those_of_a_direct_look() {
    for text in ["", "a", "ab", "amanaplanacatahamayakayamahatacanalpanama", "ånnå", "aaaaaaaaaa"]
    {
        check(text);
    }
}

#[test]
fn and_for_every_text_of_a_few_letters() {
    for length in 1..=7 {
        for number in 0..3_u32.pow(length) {
            let letter = |place| ['a', 'b', 'c'][(number / 3_u32.pow(place) % 3) as usize];
            check(&(0..length).map(letter).collect::<String>());
        }
    }
}

#[test]
fn the_time_to_an_answer_does_not_depend_on_the_length() {
    let answers = palindrome::answers(&"ab".repeat(200)).unwrap();
    let times: Vec<f64> = answers.iter().map(|answer| answer.0).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 200.0));
    assert_eq!(times.last(), Some(&80_000.0));
}

#[test]
fn the_record_says_so_too() {
    let record = include_str!("../palindrome.out");
    assert_eq!(record.lines().count(), 41);
    for (line, end) in record.lines().zip(1..) {
        let mut words = line.split_whitespace();
        let (time, text, answer) = (words.next(), words.next().unwrap(), words.next());
        assert_eq!(text.len(), end);
        assert_eq!(time, Some(&*(200 * end).to_string()));
        let is_palindrome = text.chars().eq(text.chars().rev());
        assert_eq!(answer, Some(&*is_palindrome.to_string()));
    }
}
