//! Making a replication: calls the model, and collects its results or what went wrong.

use std::error::Error;
use std::fmt::Write;
use std::sync::atomic::Ordering;

use crate::answers::figures;
use crate::engine::{running, sim_error::SimError};
use crate::experiment::replication::names::{Naming, Twice};
use crate::experiment::replication::panics::caught;
use crate::experiment::replication::replication::{Order, OwnResult, Replication};
use crate::experiment::work::outcome::{Failure, FailureKind, Row};

/// A model that has its parameters.
pub(crate) type ModelOfOne<'m> = dyn Fn(&Replication) -> Result<(), Box<dyn Error>> + 'm;

/// Makes one replication on this thread. The model may fail, panic, and be stopped: then it has no results.
pub(crate) fn make(order: Order, model: &ModelOfOne<'_>) -> Result<Vec<Row>, Failure> {
    make_timed(order, model).map(|(rows, _)| rows)
}

/// Makes one replication, and also returns how long its run was after the warm-up, in the model's unit of time: zero if
/// it had no simulation.
pub(crate) fn make_timed(order: Order, model: &ModelOfOne<'_>) -> Result<(Vec<Row>, f64), Failure> {
    running::count_from_here();
    let rep = Replication::ordered(order);
    let result = made(&rep, model);
    #[cfg(feature = "report")]
    if let Some(watch) = &rep.order.watch {
        let own = rep.own.borrow().iter().map(|own| (own.name.clone(), own.value)).collect();
        watch.end(caught(|| rep.report()).ok().flatten(), own);
    }
    result
}

fn made(rep: &Replication, model: &ModelOfOne<'_>) -> Result<(Vec<Row>, f64), Failure> {
    // The texts and the drops of errors are the model's code too.
    let mut end = caught(|| model(rep).map_err(|error| text_of(error.as_ref())))
        .and_then(|end| end.map_err(failed));
    let taking = rep.taking.borrow().clone();
    if let Err(failure) = &mut end
        && let Some((taking, _)) = &taking
        && let Some((process, time)) = taking.panicked.take()
        && failure.kind == FailureKind::Panicked
    {
        let at = figures::time(time);
        // Writing to a string cannot fail.
        let _ = write!(failure.message, ", in process `{process}` at time {at}");
    }
    let is_stopped = rep.order.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed));
    if is_stopped {
        let now = taking.as_ref().map(|(_, env)| figures::time(env.now()));
        let message = match now {
            Some(now) => format!("it was stopped at time {now} of the model"),
            None => "it was stopped before it had a simulation".to_owned(),
        };
        return Err(Failure { kind: FailureKind::TookTooLong, message });
    }
    end?;
    if let Some(error) = rep.no_trace.take() {
        return Err(failed(error));
    }
    let measured = match &taking {
        // A sink of the user's may be brought up to date.
        Some((taking, _)) => caught(|| taking.rows())?.map_err(failed)?,
        None if rep.order.windows.is_some() => {
            return Err(failed("the model has no simulation, so it has no batches".to_owned()));
        }
        None => vec![Naming::begin()],
    };
    // A result of the model's own belongs to no batch.
    let own = rep.own.borrow();
    let own = if rep.order.windows.is_some() { &[][..] } else { &own[..] };
    let rows = measured.into_iter().map(|results| row(results, own)).collect::<Result<_, _>>()?;
    Ok((rows, taking.map_or(0.0, |(taking, _)| taking.length())))
}

/// Makes a row of what was measured and of the model's own results.
fn row(mut results: Naming, own: &[OwnResult]) -> Result<Row, Failure> {
    let measured = results.len();
    for own in own {
        results.add(&own.name, own.value);
    }
    results.row().map_err(|Twice { name, place }| {
        let is_own = place.checked_sub(measured).and_then(|place| own.get(place));
        match is_own {
            Some(OwnResult { location, .. }) => Failure {
                kind: FailureKind::Panicked,
                message: format!(
                    "the model's own result `{name}` has the name of what is measured already; \
                     give it another name ({location})"
                ),
            },
            None => failed(format!(
                "two things that are measured give a result `{name}`; name them differently"
            )),
        }
    })
}

fn failed(message: String) -> Failure {
    Failure { kind: FailureKind::Error, message }
}

/// Returns the text of an error, and of each of its sources that says something new.
fn text_of(error: &(dyn Error + 'static)) -> String {
    if let Some(error) = error.downcast_ref::<SimError>() {
        // It knows which processes its sources are about.
        return format!("{error:?}");
    }
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !said.contains(&text) {
            said.push_str("\ncaused by: ");
            said.push_str(&text);
        }
        source = error.source();
    }
    said
}
