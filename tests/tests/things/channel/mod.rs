//! Channels and their ports: by the rules of the semantics, by situation, and against a model.

mod connecting;
mod ends;
mod items;
mod looking;
mod model;
mod rules;
mod ties;
