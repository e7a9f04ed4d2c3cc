//! A page of HTML: one file that asks nobody for anything.
//!
//! | file | |
//! |---|---|
//! | [`page`] | writes it, with the look that all pages have (`look.css`) |
//! | [`table`], [`facts`] | what stands in it: tables, and short answers |
//! | [`parts`] | the numbers of a report, in rows |
//! | [`figure`] | pictures, with their readings for the script and their numbers as tables |
//! | [`report_tables`], [`report_pictures`], [`report_facts`], [`report_page`] | the page of a report |
//! | [`of_replication`] | what it says of the replication of an experiment that it is of |
//! | [`results_tables`], [`results_page`] | the page of an experiment |

pub(crate) mod facts;
pub(crate) mod figure;
pub(crate) mod of_replication;
#[allow(clippy::module_inception, reason = "the file has the type")]
pub(crate) mod page;
pub(crate) mod parts;
pub(crate) mod report_facts;
pub(crate) mod report_page;
pub(crate) mod report_pictures;
pub(crate) mod report_tables;
pub(crate) mod results_page;
#[cfg(test)]
mod results_page_tests;
pub(crate) mod results_tables;
pub(crate) mod table;
#[cfg(test)]
mod tests;
