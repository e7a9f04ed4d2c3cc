//! A page of HTML: one file that asks nobody for anything.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::engine::sim_error::SimError;
use crate::report::draw::plain_text::plain;
use crate::report::whole_file::write_whole;

/// What all pages look like: colours, light and dark, and letters.
pub(crate) const LOOK: &str = include_str!("look.css");

/// A page. It is one file: its styles, scripts and data are in it.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) title: String,
    /// The rules that it has beside [`LOOK`].
    pub(crate) styles: Vec<&'static str>,
    /// The scripts. They stand before the body and run when the page is there.
    pub(crate) scripts: Vec<&'static str>,
    /// What stands in the body, as HTML.
    pub(crate) body: String,
}

impl Page {
    /// Returns the page as a text.
    pub(crate) fn html(&self) -> String {
        let mut html = String::with_capacity(self.body.len() + 65_536);
        // Nothing may be loaded, whatever stands in the page.
        let _ = writeln!(
            html,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"generator\" content=\"asim {}\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'unsafe-inline'; img-src data: blob:\">\n\
             <title>{}</title>",
            env!("CARGO_PKG_VERSION"),
            escaped(&self.title),
        );
        for style in [LOOK].iter().chain(&self.styles) {
            let _ = writeln!(html, "<style>\n{style}</style>");
        }
        for script in &self.scripts {
            let _ = writeln!(html, "<script>\n{script}</script>");
        }
        let _ = writeln!(html, "</head>\n<body>\n{}\n</body>\n</html>", self.body);
        html
    }

    /// Writes the page into a file. A file that is there is replaced when the new one is whole.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub(crate) fn save(&self, path: &Path) -> Result<(), SimError> {
        save(path, &self.html())
    }
}

/// Writes a text into a file. A file that is there is replaced when the new one is whole.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), SimError> {
    write_whole(path, text).map_err(|source| not_written(path, source))
}

/// Returns the error of a page that cannot be written.
pub(crate) fn not_written(path: &Path, source: io::Error) -> SimError {
    SimError::Page { page: path.display().to_string(), source }
}

/// Returns the name of the page at this path: `bank` for `out/bank.html`.
pub(crate) fn title_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns a text as it stands between two tags, or in the quotation marks of an attribute that is read to somebody.
pub(crate) fn escaped(text: &str) -> String {
    escaped_exactly(&plain(text))
}

/// Returns a text as it stands in the quotation marks of an attribute that nobody sees. Only control characters, which
/// HTML does not have, become spaces.
pub(crate) fn escaped_exactly(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\'' => to.push_str("&#39;"),
            '\n' => to.push('\n'),
            letter if letter.is_control() => to.push(' '),
            letter => to.push(letter),
        }
    }
    to
}

/// Returns a text of several lines as HTML. Lines that are indented are a list.
pub(crate) fn in_lines(text: &str) -> String {
    let mut html = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.starts_with("  ") {
            let _ = writeln!(html, "<p>{}</p>", escaped(line));
            continue;
        }
        html += "<ul>\n";
        let mut item = Some(line);
        while let Some(line) = item {
            let _ = writeln!(html, "<li>{}</li>", escaped(line.trim_start()));
            item = lines.next_if(|line| line.starts_with("  "));
        }
        html += "</ul>\n";
    }
    html
}

/// Returns JSON as it stands inside of a `<script>`: no name in it can end the element.
pub(crate) fn json_in_page(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::{escaped, json_in_page};

    #[test]
    fn no_name_leaves_its_place() {
        assert_eq!(
            escaped("<b a=\"1\" c='2'>&\u{1}"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp; "
        );
        assert_eq!(json_in_page(r#""</script><!--&""#), r#""\u003c/script\u003e\u003c!--\u0026""#);
    }
}
