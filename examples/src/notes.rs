//! The draws of a run, written down as a record that can be replayed.

use std::fmt::{Display, Write};
use std::path::PathBuf;

use crate::error::DrawsError;
use crate::record::HEADER;

/// A record that is being made.
#[derive(Debug)]
pub(crate) struct Notes {
    path: PathBuf,
    text: String,
}

impl Notes {
    /// Returns an empty record. The file is written when the run is over.
    pub(crate) fn to(path: PathBuf) -> Self {
        Notes { path, text: format!("{HEADER}\n") }
    }

    pub(crate) fn number(&mut self, function: &str, arguments: &[f64], value: f64) {
        let arguments: Vec<String> = arguments.iter().map(f64::to_string).collect();
        self.line([function, &arguments.join(" "), &value.to_string()]);
    }

    pub(crate) fn choice<T: Display>(&mut self, of: &[T], value: &T) {
        let of: Vec<String> = of.iter().map(|item| format!("'{item}'")).collect();
        self.line(["choice", &format!("[{}]", of.join(", ")), &value.to_string()]);
    }

    fn line(&mut self, fields: [&str; 3]) {
        let [function, arguments, value] = fields.map(quoted);
        writeln!(self.text, "{function},{arguments},{value}").expect("a string takes any text");
    }

    pub(crate) fn write(&self) -> Result<(), DrawsError> {
        std::fs::write(&self.path, &self.text)
            .map_err(|source| DrawsError::Unwritable { path: self.path.clone(), source })
    }
}

/// Puts a field in quotes if it would otherwise be read as several fields.
fn quoted(field: &str) -> String {
    if field.contains([',', '"']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.into()
    }
}

#[cfg(test)]
mod tests {
    use super::Notes;
    use crate::record::Record;

    #[test]
    fn what_is_noted_can_be_replayed() {
        let mut notes = Notes::to("unused".into());
        let drinks = ["tea", "milk, hot", "\"coffee\""];
        notes.number("expovariate", &[0.1], 10.200_602_872_748_009);
        notes.number("uniform", &[1.0, 3.0], 1e-300);
        notes.number("randint", &[-5.0, 9.0], -5.0);
        for drink in &drinks {
            notes.choice(&drinks, drink);
        }
        assert!(notes.text.starts_with(
            "function,arguments,value\n\
             expovariate,0.1,10.200602872748009\n\
             uniform,1 3,0.000"
        ));

        let mut record: Record = notes.text.parse().unwrap();
        assert_eq!(record.number("expovariate", &[0.1]), 10.200_602_872_748_009);
        assert_eq!(record.number("uniform", &[1.0, 3.0]), 1e-300);
        assert_eq!(record.whole_number("randint", &[-5.0, 9.0]), -5);
        for drink in &drinks {
            assert_eq!(record.choice(&drinks), drink);
        }
        record.finish().unwrap();
    }
}
