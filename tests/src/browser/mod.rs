//! A real browser for the tests of pages: Chromium without a window, driven by its `DevTools` protocol.
//!
//! [`find`] finds it or says that the test is skipped, [`browser`] starts and ends it, [`wire`] carries messages,
//! [`tab`] shows a page and asks it, [`input`] is the mouse and the keys, [`watching`] is what a page did that it
//! should not.
//!
//! Whatever goes wrong here fails the test with a word: nothing waits for ever.

#[allow(clippy::module_inception, reason = "the file has the type")]
pub mod browser;
pub mod find;
pub mod input;
pub mod tab;
pub mod watching;
pub mod wire;

pub use browser::Browser;
pub use tab::Tab;
