//! The rules of the semantics, one module each, one test for every sentence of them. `public_face`
//! has what the names promise beyond the rules.
//!
//! Read them in the order of their numbers. Read this group before the others, and look at it first
//! when something fails: the other groups rely on it.

mod trace;

mod rule_01_clock;
mod rule_02_order;
mod rule_03_at_the_call;
mod rule_04_first_trigger_wins;
mod rule_05_nothing_lost;
mod rule_06_waking;
mod rule_07_interrupts;
mod rule_08_teardown;
mod rule_09_foreign_futures;
mod rule_10_failure;
mod rule_11_container;
mod rule_12_user_code;
mod rule_13_outlives;
mod rule_14_preemption;
mod rule_15_conditions;
mod rule_16_one_simulation;
mod rule_17_standstill;
mod rule_18_real_time;

mod public_face;
