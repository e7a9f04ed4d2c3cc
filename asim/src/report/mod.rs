//! What can be looked at: pictures, the report as a page, and the replay.
//!
//! | folder | |
//! |---|---|
//! | [`draw`] | a canvas and its charts: what a picture is drawn with |
//! | [`history`] | what the log says of each thing over time |
//! | [`pictures`] | which numbers stand in which picture |
//! | [`page`] | a page of HTML: tables, pictures, and the short script that reads them |
//! | [`replay`] | a page that plays a run |
//! | [`whole_file`] | a page or a picture becomes a file |
//!
//! Nothing here runs before somebody asks for a page or a picture.

pub(crate) mod draw;
pub(crate) mod history;
pub(crate) mod page;
pub(crate) mod pictures;
pub(crate) mod replay;
pub(crate) mod whole_file;
