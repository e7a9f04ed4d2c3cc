//! Is the text so far a palindrome? A row of small processors answers after each character.
//!
//! There is a cell for each character of the text. A cell keeps the first character that it sees, and
//! passes all later ones to the cell on its right. A text is a palindrome if its first character is also
//! its last, and the part between them is a palindrome too. The cell on the right saw exactly that part,
//! one character earlier. So a cell remembers only two characters and one answer, however long the text
//! is.
//!
//! ```text
//!            characters         characters         characters
//!   keyboard ----------> cell 0 ----------> cell 1 ----------> cell 2 ..
//!            <----------        <----------        <----------
//!               answers            answers            answers
//! ```
//!
//! The cells work at the same time: while a cell compares, its neighbours exchange characters and answers
//! with their neighbours. So there is an answer every two steps, in a short text and in a long one.

use std::error::Error;

use asim::prelude::*;

/// The time that a cell needs to take a character in, and to compare it.
const STEP: f64 = 100.0;

/// The wires of a cell to its left neighbour.
struct Left {
    characters: InPort<char>,
    answers: OutPort<bool>,
}

/// The wires of a cell, or of the keyboard, to its right neighbour.
struct Right {
    characters: OutPort<char>,
    answers: InPort<bool>,
}

/// The wires to the cell with this number, from its left neighbour.
fn wires(env: &Environment, cell: usize) -> (Right, Left) {
    let (to_the_right, from_the_left) = channel(env, 0);
    let (to_the_left, from_the_right) = channel(env, 0);
    let to_the_right = to_the_right.named(format!("letters {cell}"));
    let to_the_left = to_the_left.named(format!("answers {cell}"));
    (
        Right { characters: to_the_right, answers: from_the_right },
        Left { characters: from_the_left, answers: to_the_left },
    )
}

#[process]
async fn cell(env: Environment, left: Left, right: Right) {
    // `None` as soon as a neighbour has gone, at the end of the text.
    let _ended: Option<()> = recognise(&env, &left, &right).await;
}

async fn recognise(env: &Environment, left: &Left, right: &Right) -> Option<()> {
    let first = left.characters.recv().await.ok()?;
    env.timeout(STEP).await;
    env.timeout(STEP).await;
    left.answers.send(true).await.ok()?;

    // There is nothing between the first and the second.
    let mut inner = true;
    let mut next = left.characters.recv().await.ok()?;
    env.timeout(STEP).await;
    loop {
        right.characters.send(next).await.ok()?;
        env.timeout(STEP).await;
        left.answers.send(first == next && inner).await.ok()?;

        next = left.characters.recv().await.ok()?;
        env.timeout(STEP).await;
        inner = right.answers.recv().await.ok()?;
    }
}

/// The times of the answers, and the answers.
type Answer = (f64, bool);

/// Types a text. Each character comes as soon as the previous one has been answered.
#[process]
async fn keyboard(
    env: Environment,
    text: String,
    right: Right,
) -> Result<Vec<Answer>, Box<dyn Error + Send + Sync>> {
    let mut answers = Vec::new();
    for character in text.chars() {
        right.characters.send(character).await?;
        let answer = right.answers.recv().await?;
        answers.push((env.now(), answer));
    }
    Ok(answers)
}

/// Asks a row of cells about each prefix of a text.
pub(crate) fn answers(text: &str) -> Result<Vec<Answer>, SimError> {
    let sim = Simulation::new();
    let (first, mut left) = wires(&sim, 0);
    let keyboard = sim.process(Keyboard::new(text.to_owned(), first));
    for number in 0..text.chars().count() {
        let (right, next) = wires(&sim, number + 1);
        sim.process(Cell::new(left, right).named(format!("cell {number}")));
        left = next;
    }
    sim.run_all([&keyboard])?;
    Ok(sim.run_until_event(keyboard)?.expect("the first cell answers"))
}

fn main() -> Result<(), SimError> {
    let text = "amanaplanacatahamayakayamahatacanalpanama";
    for (end, (time, answer)) in (1..).zip(answers(text)?) {
        println!("{time:5} {} {answer}", &text[..end]);
    }
    Ok(())
}
