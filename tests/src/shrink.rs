//! Makes a failing program smaller, as long as it still fails.

use crate::program::{Ask, End, Program, Step};

/// Tries simpler programs until none of them fails any more.
pub fn shrink(program: &Program, mut fails: impl FnMut(&Program) -> bool) -> Program {
    let mut best = program.clone();
    // The statements of a program take more time to read than its objects, so they are cut first.
    while let Some(simpler) = simpler(&best).into_iter().find(&mut fails) {
        best = simpler;
    }
    best
}

/// Returns the programs that are one step simpler, the largest steps first.
fn simpler(program: &Program) -> Vec<Program> {
    let mut found = Vec::new();
    for script in 0..program.scripts.len() {
        if !program.scripts[script].is_empty() {
            let mut copy = program.clone();
            copy.scripts[script].clear();
            found.push(copy);
        }
    }
    if program.end != End::Dry {
        found.push(Program { end: End::Dry, ..program.clone() });
    }
    if let End::Parts(before, until) = program.end {
        for end in [End::Before(before), End::At(until), End::Parts(0, until)] {
            if end != program.end {
                found.push(Program { end, ..program.clone() });
            }
        }
    }
    for setup in simpler_steps(&program.setup) {
        found.push(Program { setup, ..program.clone() });
    }
    for (index, script) in program.scripts.iter().enumerate() {
        for steps in simpler_steps(script) {
            let mut copy = program.clone();
            copy.scripts[index] = steps;
            found.push(copy);
        }
    }
    found.extend(simpler_objects(program));
    found
}

/// Removes the last object of a kind if nothing names it, or lowers a capacity.
fn simpler_objects(program: &Program) -> Vec<Program> {
    let text = program.to_string();
    let is_used =
        |letter: char, index: usize| text.matches(&format!("{letter}{index}")).count() > 1;
    let mut found = Vec::new();
    let mut copy = program.clone();
    let mut changed = false;
    let shelves = program.shelves.len();
    if shelves > 0 && !is_used('q', shelves - 1) {
        copy.shelves.pop();
        changed = true;
    }
    if !program.tanks.is_empty() && !is_used('t', program.tanks.len() - 1) {
        copy.tanks.pop();
        changed = true;
    }
    if !program.resources.is_empty() && !is_used('r', program.resources.len() - 1) {
        copy.resources.pop();
        changed = true;
    }
    if !program.preemptives.is_empty() && !is_used('p', program.preemptives.len() - 1) {
        copy.preemptives.pop();
        changed = true;
    }
    if program.barriers > 0 && !is_used('b', program.barriers - 1) {
        copy.barriers -= 1;
        changed = true;
    }
    if !program.gates.is_empty() && !is_used('g', program.gates.len() - 1) {
        copy.gates.pop();
        changed = true;
    }
    if program.events > 0 && !is_used('e', program.events - 1) {
        copy.events -= 1;
        changed = true;
    }
    if let Some(last) = program.scripts.len().checked_sub(1)
        && !text.contains(&format!("start(script{last})"))
    {
        copy.scripts.pop();
        changed = true;
    }
    if changed {
        found.push(copy);
    }
    for index in 0..program.tanks.len() {
        if program.tanks[index].in_order {
            let mut copy = program.clone();
            copy.tanks[index].in_order = false;
            found.push(copy);
        }
    }
    for index in 0..program.shelves.len() {
        if program.shelves[index].capacity.is_some_and(|capacity| capacity > 1) {
            let mut copy = program.clone();
            copy.shelves[index].capacity = Some(1);
            found.push(copy);
        }
    }
    found
}

/// Returns lists in which one statement is left out, unwrapped or made simpler.
fn simpler_steps(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    if steps.len() > 3 {
        found.push(steps[..steps.len() / 2].to_vec());
        found.push(steps[steps.len() / 2..].to_vec());
    }
    for index in 0..steps.len() {
        let mut copy = steps.to_vec();
        copy.remove(index);
        found.push(copy);
    }
    for (index, step) in steps.iter().enumerate() {
        // A block in place: its statements instead of it.
        if let Step::Await(Ask::Block(inner)) = step {
            let mut copy = steps[..index].to_vec();
            copy.extend(inner.iter().cloned());
            copy.extend(steps[index + 1..].iter().cloned());
            found.push(copy);
        }
        for simpler in simpler_step(step) {
            let mut copy = steps.to_vec();
            copy[index] = simpler;
            found.push(copy);
        }
    }
    found
}

fn simpler_step(step: &Step) -> Vec<Step> {
    match step {
        Step::Await(ask) => simpler_ask(ask).into_iter().map(Step::Await).collect(),
        Step::Keep(var, ask) => {
            simpler_ask(ask).into_iter().map(|ask| Step::Keep(*var, ask)).collect()
        }
        Step::TryPut(shelf, rank) if *rank > 0 => vec![Step::TryPut(*shelf, 0)],
        Step::TryGet(shelf, Some(_)) | Step::TryGetBest(shelf, None) => {
            vec![Step::TryGet(*shelf, None)]
        }
        Step::TryGetBest(shelf, Some(_)) => vec![Step::TryGetBest(*shelf, None)],
        Step::ShelfCapacity(shelf, None | Some(2..)) => vec![Step::ShelfCapacity(*shelf, Some(1))],
        Step::Start(script, Some(_)) => vec![Step::Start(*script, None)],
        Step::Release(index) if *index > 0 => vec![Step::Release(0)],
        Step::Interrupt(process, cause) if *cause > 0 => vec![Step::Interrupt(*process, 0)],
        Step::TryAcquireMany(index, 1) => vec![Step::TryAcquire(*index)],
        Step::TryAcquireMany(index, units) => vec![Step::TryAcquireMany(*index, units - 1)],
        Step::SetPriority(var, priority) if *priority > 0 => vec![Step::SetPriority(*var, 0)],
        _ => Vec::new(),
    }
}

fn simpler_ask(ask: &Ask) -> Vec<Ask> {
    match ask {
        Ask::Timeout(delay) if *delay > 0 => vec![Ask::Timeout(delay - 1)],
        Ask::Forever => vec![Ask::Timeout(3)],
        Ask::At(time) => vec![Ask::Timeout(*time)],
        Ask::Settled => vec![Ask::Timeout(0)],
        Ask::Get(shelf, Some(_)) | Ask::GetBest(shelf, None) => vec![Ask::Get(*shelf, None)],
        Ask::Put(shelf, rank) if *rank > 0 => vec![Ask::Put(*shelf, rank - 1)],
        Ask::GetBest(shelf, Some(_)) => vec![Ask::GetBest(*shelf, None)],
        Ask::Urgent(inner, priority) => {
            let mut found = vec![(**inner).clone()];
            let asks = simpler_ask(inner).into_iter();
            found.extend(asks.map(|ask| Ask::Urgent(Box::new(ask), *priority)));
            found
        }
        Ask::Draw(tank, amount) if *amount > 1 => vec![Ask::Draw(*tank, amount - 1)],
        Ask::Fill(tank, amount) if *amount > 1 => vec![Ask::Fill(*tank, amount - 1)],
        Ask::DrawAs(tank, amount, _) => vec![Ask::Draw(*tank, *amount)],
        Ask::FillAs(tank, amount, _) => vec![Ask::Fill(*tank, *amount)],
        Ask::Acquire(index, priority) if *priority > 0 => vec![Ask::Acquire(*index, 0)],
        Ask::Seize(index, priority, preempting) if *priority > 0 => {
            vec![Ask::Seize(*index, priority - 1, *preempting)]
        }
        Ask::AcquireMany(index, 1, priority) => vec![Ask::Acquire(*index, *priority)],
        Ask::AcquireMany(index, units, priority) => {
            vec![Ask::AcquireMany(*index, units - 1, *priority)]
        }
        Ask::SeizeMany(index, 1, priority, preempting) => {
            vec![Ask::Seize(*index, *priority, *preempting)]
        }
        Ask::SeizeMany(index, units, priority, preempting) => {
            vec![Ask::SeizeMany(*index, units - 1, *priority, *preempting)]
        }
        Ask::Together(needs, priority) => simpler_needs(*needs, *priority),
        Ask::FirstOf(branches) => simpler_branches(branches, Ask::FirstOf),
        Ask::AllOf(branches) => simpler_branches(branches, Ask::AllOf),
        Ask::Block(steps) => {
            let mut found: Vec<Ask> = Vec::new();
            if let [Step::Await(ask)] = steps.as_slice() {
                found.push(ask.clone());
            }
            found.extend(simpler_steps(steps).into_iter().map(Ask::Block));
            found
        }
        Ask::Until(facts) if facts.len() > 1 => {
            facts.iter().map(|&fact| Ask::Until(vec![fact])).collect()
        }
        Ask::Lent(var) => vec![Ask::Kept(*var)],
        Ask::Interruptible(inner) => {
            let mut found = vec![(**inner).clone()];
            let asks = simpler_ask(inner).into_iter();
            found.extend(asks.map(|ask| Ask::Interruptible(Box::new(ask))));
            found
        }
        _ => Vec::new(),
    }
}

/// One of the two instead of both, fewer units, or a smaller priority.
fn simpler_needs(needs: [(usize, usize); 2], priority: i32) -> Vec<Ask> {
    let mut found: Vec<Ask> =
        needs.iter().map(|&(index, units)| Ask::AcquireMany(index, units, priority)).collect();
    for at in 0..2 {
        if needs[at].1 > 1 {
            let mut copy = needs;
            copy[at].1 -= 1;
            found.push(Ask::Together(copy, priority));
        }
    }
    if priority > 0 {
        found.push(Ask::Together(needs, priority - 1));
    }
    found
}

/// One of the branches instead of all, one branch fewer, or one of them simpler.
fn simpler_branches(branches: &[Ask], rebuild: impl Fn(Vec<Ask>) -> Ask) -> Vec<Ask> {
    let mut found = branches.to_vec();
    if branches.len() > 1 {
        for index in 0..branches.len() {
            let mut copy = branches.to_vec();
            copy.remove(index);
            found.push(rebuild(copy));
        }
    }
    for (index, branch) in branches.iter().enumerate() {
        for simpler in simpler_ask(branch) {
            let mut copy = branches.to_vec();
            copy[index] = simpler;
            found.push(rebuild(copy));
        }
    }
    found
}
