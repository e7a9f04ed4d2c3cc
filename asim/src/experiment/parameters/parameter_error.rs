//! What is wrong with a parameter or its setting.

/// An error of a parameter, or of a value that it shall take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParameterError {
    /// There is no parameter of this name.
    #[error("there is no parameter `{name}`{}", what_there_is(.there_are, .meant.as_deref()))]
    Unknown {
        /// The name.
        name: String,
        /// What there is, as `clerks = 3`.
        there_are: Vec<String>,
        /// The parameter that was probably meant.
        meant: Option<String>,
    },
    /// The parameter cannot have this value.
    #[error("`{name}` cannot be `{value}`: {why}")]
    Refused {
        /// The dotted path to the parameter.
        name: String,
        /// The value, as it was written.
        value: String,
        /// Which values it can have, and which one it has now.
        why: String,
    },
    /// Parameters cannot have these values together.
    #[error("{settings} is refused: {why}")]
    RefusedTogether {
        /// The settings.
        settings: String,
        /// What the model says to them.
        why: String,
    },
    /// A setting is not written as one.
    #[error("`{setting}` is no setting: {why}")]
    Malformed {
        /// The text.
        setting: String,
        /// What is wrong.
        why: String,
    },
    /// A parameter is set twice.
    #[error("`{name}` is set twice{}", if .name == .other { String::new() } else { format!(": `{}` is a part of it", .other) })]
    Twice {
        /// The parameter.
        name: String,
        /// The other name under which it is set, or the same.
        other: String,
    },
    /// Two scenarios have the same parameters.
    #[error("two scenarios are the same: {scenario}")]
    SameScenario {
        /// The settings of both.
        scenario: String,
    },
    /// The settings make too many scenarios.
    #[error("the settings make more than {most} scenarios: {settings}")]
    TooMany {
        /// The most that there can be.
        most: usize,
        /// How many values each parameter has.
        settings: String,
    },
    /// The parameters have no names by which they could be set.
    #[error("parameters must be a struct with named fields, or `()`, but they are {are}")]
    NoNames {
        /// What they are.
        are: String,
    },
    /// A parameter or value cannot be written by serde.
    #[error("the parameter `{name}` cannot be written: {why}")]
    NotWritten {
        /// The parameter.
        name: String,
        /// What serde says.
        why: String,
    },
    /// What serde writes of the parameters, it cannot read.
    #[error("the parameters cannot be read again after they are written: {why}")]
    NotRead {
        /// What serde says.
        why: String,
    },
}

fn what_there_is(list: &[String], meant: Option<&str>) -> String {
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    match list {
        [] => ": the model has none".to_owned(),
        list if list.len() > 30 => format!("; there are: {}, ..{meant}", list[..30].join(", ")),
        list => format!("; there are: {}{meant}", list.join(", ")),
    }
}
