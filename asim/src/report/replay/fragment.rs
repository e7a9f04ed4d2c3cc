//! The fragment: a replay as it stands in a page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::answers::origin::LogSoFar;
use crate::report::page::page::json_in_page;
use crate::report::replay::head::head;
use crate::report::replay::layout_file::LayoutFile;
use crate::report::replay::recording::Recording;
use crate::report::replay::staging::staged;
use crate::trace::kept::lock;
use crate::trace::standing::Standing;

/// A replay as it stands in a page.
#[derive(Debug)]
pub(crate) struct Fragment {
    /// Its rules. They are for elements inside of its own.
    pub(crate) styles: Vec<&'static str>,
    /// Its scripts, in their order.
    pub(crate) scripts: Vec<&'static str>,
    /// Its elements.
    pub(crate) html: String,
}

/// Returns the replay of a log, with what is known of how the simulation stood at its end, the model's unit of time, if
/// it is known, and the layout of a file.
pub(crate) fn fragment(
    log: &LogSoFar,
    standing: Option<&Standing>,
    title: &str,
    unit: Option<&str>,
    layout: &LayoutFile,
) -> Fragment {
    let kept = &*lock(&log.kept);
    let recording = Recording::of(kept, log.count);
    let mut scene = staged(kept, log.count, &recording);
    layout.apply(&mut scene);
    let head = json_in_page(&head(title, unit, &recording, kept, log.count, standing, &scene));
    let mut html = String::with_capacity(head.len() + recording.bytes.len() / 3 * 4 + 1024);
    html.push_str(
        "<div id=\"replay\"><p>This is a replay of a run. It needs a browser that runs scripts.</p></div>\n\
         <script type=\"application/json\" id=\"replay-head\">",
    );
    html.push_str(&head);
    html.push_str("</script>\n<script type=\"text/plain\" id=\"replay-happenings\">");
    STANDARD.encode_string(&recording.bytes, &mut html);
    html.push_str("</script>");
    Fragment { styles: vec![CSS], scripts: SCRIPTS.to_vec(), html }
}

/// The rules of the replay.
const CSS: &str = include_str!("replay.css");

/// The scripts of the replay, in their order.
const SCRIPTS: [&str; 9] = [
    include_str!("decode.js"),
    include_str!("words.js"),
    include_str!("state.js"),
    include_str!("player.js"),
    include_str!("dot.js"),
    include_str!("stage.js"),
    include_str!("elements.js"),
    include_str!("layout.js"),
    include_str!("panel.js"),
];

#[cfg(test)]
mod tests;
