//! A scenario: one setting of the parameters. A grid: all of them.

use std::collections::{HashMap, HashSet};

use crate::experiment::parameters::parameter_error::ParameterError;
use crate::experiment::parameters::parameters::Parameters;
use crate::experiment::parameters::setting::{Given, Setting};

/// So many scenarios an experiment can have.
pub(crate) const MOST_SCENARIOS: usize = 1_000_000;

/// One setting of the parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scenario {
    /// The first is 0.
    pub(crate) number: usize,
    /// The parameters that were set, with their values as they stand in a table, in the order of the settings.
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) parameters: Parameters,
}

/// The scenarios of an experiment: each value of each parameter with each of the others. The last parameter varies
/// fastest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    pub(crate) scenarios: Vec<Scenario>,
    /// The parameters that have more than one value.
    pub(crate) varied: Vec<String>,
}

impl Grid {
    /// Returns all scenarios. There is at least one.
    ///
    /// # Errors
    ///
    /// If a parameter is set twice, is unknown, or refuses a value, or there are too many scenarios.
    pub(crate) fn of(base: &Parameters, settings: &[Setting]) -> Result<Self, ParameterError> {
        refuse_twice(settings)?;
        let settings: Vec<(String, Vec<Given>)> = settings
            .iter()
            .map(|setting| {
                let meant = |given| base.meant(&setting.name, given);
                (setting.name.clone(), setting.values.iter().flat_map(meant).collect())
            })
            .collect();
        let count = settings
            .iter()
            .try_fold(1_usize, |count, (_, values)| count.checked_mul(values.len()))
            .filter(|count| *count <= MOST_SCENARIOS);
        let Some(count) = count else {
            let of = |(name, values): &(String, Vec<Given>)| {
                format!("{name} has {} values", values.len())
            };
            let settings: Vec<_> = settings.iter().map(of).collect();
            return Err(ParameterError::TooMany {
                most: MOST_SCENARIOS,
                settings: settings.join(", "),
            });
        };
        let varied = settings
            .iter()
            .filter(|(_, values)| values.len() > 1)
            .map(|(name, _)| name.clone())
            .collect();
        let scenario = |number: usize| {
            let mut rest = number;
            let mut changes: Vec<(String, Given)> = settings
                .iter()
                .rev()
                .map(|(name, values)| {
                    let value = values[rest % values.len()].clone();
                    rest /= values.len();
                    (name.clone(), value)
                })
                .collect();
            changes.reverse();
            let parameters = base.set_all(&changes)?;
            let shown = |name: String| {
                let value = parameters.shown(&name).unwrap_or_default();
                (name, value)
            };
            let settings = changes.into_iter().map(|(name, _)| shown(name)).collect();
            Ok(Scenario { number, settings, parameters })
        };
        let scenarios = (0..count).map(scenario).collect::<Result<Vec<_>, _>>()?;
        let mut met = HashSet::new();
        if let Some(same) = scenarios.iter().find(|scenario| !met.insert(scenario.written())) {
            return Err(ParameterError::SameScenario { scenario: same.name() });
        }
        Ok(Grid { scenarios, varied })
    }

    /// Returns for each scenario which one it is compared with: the one in which this parameter has this value, and all
    /// the others are the same. `None` for those that others are compared with, and if there is no such scenario.
    ///
    /// # Errors
    ///
    /// If there is no such parameter, or it cannot have the value, or no scenario has it.
    pub(crate) fn bases(
        &self,
        base: &Parameters,
        name: &str,
        value: &Given,
    ) -> Result<Vec<Option<usize>>, ParameterError> {
        let wanted = base.set_all(&[(name.to_owned(), value.clone())])?;
        let is_base = |scenario: &Scenario| scenario.parameters.has_same(&wanted, name);
        if !self.scenarios.iter().any(is_base) {
            let mut values: Vec<String> = self
                .scenarios
                .iter()
                .filter_map(|scenario| scenario.parameters.written(name))
                .collect();
            values.dedup();
            return Err(ParameterError::Refused {
                name: name.to_owned(),
                value: value.to_string(),
                why: format!(
                    "to compare with it, it must be one of the scenarios; there are: {}",
                    values.join(", ")
                ),
            });
        }
        // The other settings decide which one it is.
        let others = |scenario: &Scenario| {
            let others = scenario.settings.iter().filter(|(it, _)| it != name);
            others.map(|(it, _)| scenario.parameters.written(it)).collect::<Vec<_>>()
        };
        let mut bases = HashMap::new();
        for scenario in self.scenarios.iter().filter(|it| is_base(it)) {
            bases.entry(others(scenario)).or_insert(scenario.number);
        }
        let base_of = |scenario: &Scenario| {
            let base = bases.get(&others(scenario)).copied();
            base.filter(|base| *base != scenario.number)
        };
        Ok(self.scenarios.iter().map(base_of).collect())
    }
}

impl Scenario {
    /// Returns the settings as `clerks = 4, service = 0.8`. Empty if nothing was set.
    pub(crate) fn name(&self) -> String {
        let settings: Vec<_> =
            self.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        settings.join(", ")
    }

    /// Returns the settings as they stand behind `--set`, each as `clerks=4`.
    pub(crate) fn written(&self) -> Vec<String> {
        let written = |name: &str| self.parameters.written(name).unwrap_or_default();
        self.settings.iter().map(|(name, _)| format!("{name}={}", written(name))).collect()
    }
}

/// Refuses settings of the same parameter, or of one and of a part of it.
pub(crate) fn refuse_twice(settings: &[Setting]) -> Result<(), ParameterError> {
    for (place, setting) in settings.iter().enumerate() {
        for other in &settings[..place] {
            let (name, part) = if setting.name.len() < other.name.len() {
                (setting, other)
            } else {
                (other, setting)
            };
            let rest = part.name.strip_prefix(&name.name);
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
                return Err(ParameterError::Twice {
                    name: name.name.clone(),
                    other: part.name.clone(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
