//! How a program explains itself: its parameters, its options, examples of its own.

use clap::{Arg, Command, CommandFactory};

use crate::answers::figures::in_lines;
use crate::cli::command_line::CommandLine;
use crate::cli::listing;
use crate::experiment::parameters::parameters::Parameters;
use crate::experiment::plan::{Plan, REPLICATIONS};

/// How many columns the explanation of an option takes.
const COLUMNS: usize = 60;

/// Returns the command line of a program as clap knows it.
pub(crate) fn command(name: &str, program: &str, plan: &Plan, parameters: &Parameters) -> Command {
    let about = format!(
        "{name}: makes replications of a simulation, and shows each result with its interval."
    );
    let mut command = CommandLine::command()
        .no_binary_name(false)
        .bin_name(program)
        .about(about)
        .override_usage(format!("{program} [OPTIONS]"))
        .after_help(format!(
            "Parameters:\n{}\nExamples:\n{}",
            listing::of_parameters(parameters),
            examples(program, plan, parameters)
        ));
    for (option, now) in now(plan) {
        command = command.mut_arg(option, |arg| with(arg, &now));
    }
    command.mut_args(|arg| {
        let help = arg.get_help().map(|help| in_lines(&help.to_string(), COLUMNS, ""));
        arg.clone().help(help.unwrap_or_default())
    })
}

/// Returns what the program does if an option says nothing else.
fn now(plan: &Plan) -> Vec<(&'static str, String)> {
    let mut now = vec![
        ("seed", plan.seed.to_string()),
        ("confidence", plan.confidence.to_string()),
        ("warm_up", plan.warm_up.to_string()),
        ("at_most", plan.at_most.to_string()),
    ];
    if let Some(batches) = plan.batches {
        now.push(("batches", batches.count.to_string()));
        now.push(("batch_length", batches.length.to_string()));
    } else if plan.precisions.is_empty() {
        now.push(("replications", plan.replications.unwrap_or(REPLICATIONS).to_string()));
    }
    let precisions = plan.precisions.iter().map(|it| format!("{}: {}", it.measure, it.goal));
    if !plan.precisions.is_empty() {
        now.push(("until_precision", precisions.collect::<Vec<_>>().join(", ")));
    }
    if let Some(limit) = plan.limit {
        now.push(("limit", limit.as_secs_f64().to_string()));
    }
    if let Some(out) = &plan.out {
        now.push(("out", out.display().to_string()));
    }
    if let Some((name, value)) = &plan.compare_to {
        now.push(("compare", format!("{name}={value}")));
    }
    let settings = plan.settings.iter().map(ToString::to_string).collect::<Vec<_>>();
    if !settings.is_empty() {
        now.push(("settings", settings.join(", ")));
    }
    now
}

fn with(arg: Arg, now: &str) -> Arg {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.help(format!("{help} [{now}]"))
}

/// Returns commands that this program understands.
fn examples(program: &str, plan: &Plan, parameters: &Parameters) -> String {
    let mut examples = Vec::new();
    let list = parameters.list();
    let numbers = list.iter().filter_map(|(name, now)| {
        let number = now.parse::<f64>().ok().filter(|_| now.len() < 7)?;
        Some((name, now, number))
    });
    for (place, (name, now, number)) in numbers.take(2).enumerate() {
        let values = if number.fract() == 0.0 && (1.0..1e6).contains(&number) {
            format!("{now}..{}", number + 2.0)
        } else {
            format!("{now},{}", number * 2.0)
        };
        match place {
            0 => {
                examples
                    .push((format!("--set {name}={now} --replications 100"), "100 replications"));
                let compared = format!("--set {name}={values} --compare {name}={now}");
                examples.push((compared, "several scenarios, compared with the first"));
            }
            _ => {
                examples.push((format!("--set {name}={values}"), "the same for another parameter"));
            }
        }
    }
    let result = plan.precisions.first().map_or("RESULT", |precision| precision.measure.as_str());
    examples.push(("--list".to_owned(), "the names of all results"));
    examples.push((
        format!("--until-precision {result}=0.05 --out results"),
        "until ± 5 %; writes files, and can be resumed",
    ));
    let width = examples.iter().map(|(example, _)| example.len()).max().unwrap_or(0);
    let line = |(example, what): &(String, &str)| format!("  {program} {example:width$}  {what}\n");
    examples.iter().map(line).collect()
}
