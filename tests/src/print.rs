//! How a program reads when a test fails: something like Rust.

use crate::program::{Ask, End, Fact, Item, Program, ShelfKind, Step, Watched};
use std::fmt::{self, Display, Formatter};

/// Four spaces a level.
fn indent(depth: usize) -> String {
    "    ".repeat(depth)
}

impl Display for Program {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for (index, shelf) in self.shelves.iter().enumerate() {
            let kind = match shelf.kind {
                ShelfKind::Queue => "Queue",
                ShelfKind::Priority => "PriorityQueue",
                ShelfKind::Store => "Store",
            };
            match shelf.capacity {
                Some(capacity) => writeln!(out, "let q{index} = {kind}::bounded({capacity});")?,
                None => writeln!(out, "let q{index} = {kind}::unbounded();")?,
            }
        }
        for (index, tank) in self.tanks.iter().enumerate() {
            let (capacity, level) = (tank.capacity, tank.level);
            let order = if tank.in_order { ".in_order()" } else { "" };
            writeln!(out, "let t{index} = Container::new({capacity}).with_level({level}){order};")?;
        }
        for (index, capacity) in self.resources.iter().enumerate() {
            writeln!(out, "let r{index} = Resource::new({capacity});")?;
        }
        for (index, capacity) in self.preemptives.iter().enumerate() {
            writeln!(out, "let p{index} = PreemptiveResource::new({capacity});")?;
        }
        for index in 0..self.barriers {
            writeln!(out, "let b{index} = Barrier::new();")?;
        }
        for (index, is_open) in self.gates.iter().enumerate() {
            let word = if *is_open { "open" } else { "closed" };
            writeln!(out, "let g{index} = Gate::new_{word}();")?;
        }
        for index in 0..self.events {
            writeln!(out, "let e{index} = Event::new();")?;
        }
        for (index, script) in self.scripts.iter().enumerate() {
            writeln!(out, "process script{index} {{")?;
            steps(out, script, 1)?;
            writeln!(out, "}}")?;
        }
        writeln!(out, "main {{")?;
        steps(out, &self.setup, 1)?;
        match self.end {
            End::Dry => writeln!(out, "    sim.run()")?,
            End::At(time) => writeln!(out, "    sim.run_until({time})")?,
            End::Before(time) => writeln!(out, "    sim.run_before({time})")?,
            End::Parts(before, until) => {
                writeln!(out, "    sim.run_before({before})")?;
                writeln!(out, "    while sim.peek() <= {until} {{ sim.step() }}")?;
                writeln!(out, "    sim.run()")?;
            }
        }
        writeln!(out, "}}")
    }
}

/// A list of statements, a line each.
fn steps(out: &mut Formatter<'_>, list: &[Step], depth: usize) -> fmt::Result {
    for step in list {
        writeln!(out, "{}{}", indent(depth), show_step(step, depth))?;
    }
    Ok(())
}

impl Display for Step {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}", show_step(self, 0))
    }
}

/// One statement; blocks in it are indented under `depth`.
fn show_step(step: &Step, depth: usize) -> String {
    match step {
        Step::Await(ask) => format!("{}.await;", show_ask(ask, depth)),
        Step::Keep(var, ask) => format!("let v{var} = {};", show_ask(ask, depth)),
        Step::Drop(var) => format!("drop(v{var});"),
        Step::Release(index) => format!("slot[{index}].release();"),
        Step::TryGet(index, None) => format!("q{index}.try_get();"),
        Step::TryGet(index, Some(rank)) => format!("q{index}.try_get_where(rank {rank});"),
        Step::TryPut(index, rank) => format!("q{index}.try_put(rank {rank});"),
        Step::TryDraw(index, amount) => format!("t{index}.try_get({amount});"),
        Step::TryFill(index, amount) => format!("t{index}.try_put({amount});"),
        Step::Resize(index, capacity) => format!("t{index}.set_capacity({capacity});"),
        Step::TryAcquire(index) => format!("r{index}.try_acquire();"),
        Step::Succeed(index) => format!("e{index}.succeed();"),
        Step::CancelEvent(index) => format!("e{index}.cancel();"),
        Step::Open(index) => format!("b{index}.release();"),
        Step::OpenForOne(index) => format!("b{index}.release_one();"),
        Step::OpenGate(index) => format!("g{index}.open();"),
        Step::CloseGate(index) => format!("g{index}.close();"),
        Step::Start(script, Some(var)) => format!("let v{var} = start(script{script});"),
        Step::Start(script, None) => format!("start(script{script});"),
        Step::Interrupt(process, cause) => format!("P{process}.interrupt({cause});"),
        Step::Cancel(process) => format!("P{process}.cancel();"),
        Step::Fail => "return Err;".to_owned(),
        Step::TryAcquireMany(index, units) => format!("r{index}.try_acquire_many({units});"),
        Step::SetPriority(var, priority) => format!("v{var}.set_priority({priority});"),
        Step::ShelfCapacity(index, Some(most)) => format!("q{index}.set_capacity({most});"),
        Step::ShelfCapacity(index, None) => format!("q{index}.set_capacity(None);"),
        Step::TryGetBest(index, None) => format!("q{index}.try_get_min_by_key();"),
        Step::TryGetBest(index, Some(rank)) => {
            format!("q{index}.try_get_where_min_by_key(not rank {rank});")
        }
        Step::Withdraw(var) => format!("v{var}.withdraw();"),
    }
}

/// One thing to await.
fn show_ask(ask: &Ask, depth: usize) -> String {
    match ask {
        Ask::Timeout(delay) => format!("timeout({delay})"),
        Ask::Forever => "timeout(INFINITY)".to_owned(),
        Ask::Get(index, None) => format!("q{index}.get()"),
        Ask::Get(index, Some(rank)) => format!("q{index}.get_where(rank {rank})"),
        Ask::Put(index, rank) => format!("q{index}.put(rank {rank})"),
        Ask::Draw(index, amount) => format!("t{index}.get({amount})"),
        Ask::Fill(index, amount) => format!("t{index}.put({amount})"),
        Ask::DrawAs(index, amount, priority) => {
            format!("t{index}.get({amount}).with_priority({priority})")
        }
        Ask::FillAs(index, amount, priority) => {
            format!("t{index}.put({amount}).with_priority({priority})")
        }
        Ask::Acquire(index, priority) => format!("r{index}.acquire_with_priority({priority})"),
        Ask::Seize(index, priority, true) => format!("p{index}.acquire_with_priority({priority})"),
        Ask::Seize(index, priority, false) => {
            format!("p{index}.without_preemption().acquire_with_priority({priority})")
        }
        Ask::Event(index) => format!("e{index}"),
        Ask::Barrier(index) => format!("b{index}.wait()"),
        Ask::Gate(index) => format!("g{index}.wait()"),
        Ask::Until(facts) => {
            let facts: Vec<String> = facts.iter().map(ToString::to_string).collect();
            format!("until({})", facts.join(" && "))
        }
        Ask::Lent(var) => format!("&mut v{var}"),
        Ask::Kept(var) => format!("v{var}"),
        Ask::FirstOf(branches) => format!("FirstOf({})", show_asks(branches, depth)),
        Ask::AllOf(branches) => format!("AllOf({})", show_asks(branches, depth)),
        Ask::Block(list) if list.is_empty() => "async {}".to_owned(),
        Ask::Block(list) => {
            let lines: Vec<String> = list
                .iter()
                .map(|step| format!("{}{}\n", indent(depth + 1), show_step(step, depth + 1)))
                .collect();
            format!("async {{\n{}{}}}", lines.concat(), indent(depth))
        }
        Ask::Interruptible(inner) => format!("interruptible({})", show_ask(inner, depth)),
        Ask::AcquireMany(index, units, priority) => {
            format!("r{index}.acquire_many_with_priority({units}, {priority})")
        }
        Ask::SeizeMany(index, units, priority, true) => {
            format!("p{index}.acquire_many_with_priority({units}, {priority})")
        }
        Ask::SeizeMany(index, units, priority, false) => {
            format!("p{index}.without_preemption().acquire_many_with_priority({units}, {priority})")
        }
        Ask::Together([(one, few), (other, more)], priority) => format!(
            "acquire_together_with_priority([(&r{one}, {few}), (&r{other}, {more})], {priority})"
        ),
        Ask::At(time) => format!("timeout_until({time})"),
        Ask::Settled => "settled()".to_owned(),
        Ask::GetBest(index, None) => format!("q{index}.get_min_by_key()"),
        Ask::GetBest(index, Some(rank)) => {
            format!("q{index}.get_where_min_by_key(not rank {rank})")
        }
        Ask::Urgent(inner, priority) => {
            format!("{}.with_priority({priority})", show_ask(inner, depth))
        }
    }
}

/// Branches, with commas between.
fn show_asks(branches: &[Ask], depth: usize) -> String {
    let shown: Vec<String> = branches.iter().map(|ask| show_ask(ask, depth)).collect();
    shown.join(", ")
}

impl Display for Fact {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self.of {
            Watched::Shelf(index) => write!(out, "q{index}.len()"),
            Watched::Tank(index) => write!(out, "t{index}.level()"),
            Watched::Resource(index) => write!(out, "r{index}.count()"),
            Watched::Preemptive(index) => write!(out, "p{index}.count()"),
            Watched::Barrier(index) => write!(out, "b{index}.waiting()"),
            Watched::Gate(index) => write!(out, "10 * g{index}.is_open() + g{index}.waiting()"),
            Watched::Event(index) => write!(out, "e{index}.triggered() or 2 * cancelled()"),
        }?;
        write!(out, " {} {}", if self.at_least { ">=" } else { "<=" }, self.number)
    }
}

impl Display for Item {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "#{}(rank {})", self.serial, self.rank)
    }
}
