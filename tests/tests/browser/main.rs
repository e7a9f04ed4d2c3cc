//! That pages work in a real browser. Read in this order: `driver` (that the browser does what the tests ask for),
//! `models` (what is shown), `tables` (what holds for all tables), `fold` (what a log says of a moment), then a file for
//! each page.

mod driver;

mod fold;
mod models;
mod tables;

mod replay;
mod report;
mod results;
