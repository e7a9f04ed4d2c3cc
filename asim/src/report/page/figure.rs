//! A picture in a page: with its words, its readings for the script, and its numbers as a table.

use std::fmt::Write as _;

use crate::report::draw::picture::Picture;
use crate::report::draw::plain_text::plain;
use crate::report::page::page::{escaped, json_in_page};
use crate::report::page::table::{Cell, Row, Table, words};

/// The pictures of a page, one after another.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Whether there was one: the first one brings the rules that all have in common.
    has_style: bool,
}

impl Figures {
    /// Returns a picture with its words as HTML.
    pub(crate) fn html(&mut self, picture: &Picture, caption: &str) -> String {
        let mut html = "<figure>\n<div class=\"chart\">".to_owned();
        html += &self.svg(picture.svg());
        let _ = writeln!(html, "</div>\n<figcaption>{}</figcaption>", escaped(caption));
        if let Some(readings) = picture.readings() {
            let json = serde_json::to_string(readings).unwrap_or_default();
            let json = json_in_page(&plain(&json));
            let _ = writeln!(
                html,
                "<script type=\"application/json\" class=\"readings\">{json}</script>"
            );
            if !readings.note.is_empty() {
                let _ = writeln!(html, "<p class=\"note\">{}</p>", escaped(&readings.note));
            }
            if !readings.table.rows.is_empty() {
                let cells = |row: &Vec<String>| Row::new(row.iter().map(Cell::words).collect());
                let table = Table {
                    caption: caption.to_owned(),
                    heads: readings.table.heads.iter().map(|head| words(head)).collect(),
                    rows: readings.table.rows.iter().map(cells).collect(),
                    sorts: false,
                };
                let _ = writeln!(
                    html,
                    "<details><summary>The numbers</summary>\n{}</details>",
                    table.html()
                );
            }
        }
        html + "</figure>\n"
    }

    /// Returns the picture. Its rules are left out if they are in the page already.
    fn svg(&mut self, svg: &str) -> String {
        // Inside of a page it is known what it is.
        let svg = &svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1);
        let begin = svg.find("<style>");
        let end = svg.find("</style>").map(|end| end + "</style>".len());
        match (begin, end) {
            (Some(begin), Some(end)) if self.has_style && begin < end => {
                format!("{}{}", &svg[..begin], &svg[end..])
            }
            _ => {
                self.has_style = true;
                svg.clone()
            }
        }
    }
}
