//! Tests of the expansion of `asim!`.

#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes its snapshots so")]

use super::{Numbers, expand};
use crate::snapshot;
use expect_test::Expect;
use proc_macro2::TokenStream;

mod calls;
mod errors;
mod places;

fn expanded(tokens: &str) -> TokenStream {
    let tokens = format!("[asim] {tokens}").parse().expect("the test is made of tokens");
    expand(tokens, &Numbers::new())
}

/// Returns the tokens without the attributes, which are the same on every type.
#[expect(clippy::needless_pass_by_value, reason = "a snapshot is written in the call")]
fn check(tokens: &str, expected: Expect) {
    let text = snapshot::statements(&expanded(tokens));
    let lines = text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("#["));
    expected.assert_eq(&lines.collect::<String>());
}

/// Checks that the expansion equals its input.
#[track_caller]
fn check_untouched(tokens: &str) {
    let untouched: TokenStream = tokens.parse().expect("the test is made of tokens");
    assert_eq!(expanded(tokens).to_string(), untouched.to_string());
}

/// Returns the errors in the expansion, in their order.
#[track_caller]
fn check_errors(tokens: &str, expected: &[&str]) {
    let expanded = expanded(tokens);
    assert_eq!(snapshot::errors(&expanded), expected, "{expanded}");
}
