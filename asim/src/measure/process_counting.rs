//! Counting processes: a sink of the log that keeps what is counted of them.

use std::cell::RefCell;
use std::rc::Rc;

use crate::measure::processes::{End, ProcessTypes};
use crate::trace::names::Names;
use crate::trace::record::{Record, What};
use crate::trace::sink::{Manner, Sink};

/// A sink that counts processes.
#[derive(Debug)]
pub(crate) struct ProcessCounting {
    pub(crate) types: Rc<RefCell<ProcessTypes>>,
}

impl Sink for ProcessCounting {
    fn take(&mut self, record: &Record, names: &Names) {
        let types = &mut *self.types.borrow_mut();
        let (now, number) = (record.time, record.process);
        match &record.what {
            What::Started | What::Introduced => {
                let name = names.process(number).map_or("", |name| name);
                types.begins(now, number, name, record.what == What::Started);
            }
            What::Paused { request, .. } => types.pauses(now, number, request),
            What::Resumed => types.resumes(now, number),
            What::Waits(_) => types.stands(number, names.thing(record.thing).map(|name| &**name)),
            What::Granted(_) => {
                types.is_granted(number, names.thing(record.thing).map(|name| &**name));
                types.stands(number, None);
            }
            What::Left(_) => types.stands(number, None),
            What::Ended => types.ends(now, number, End::Well),
            What::Failed | What::Stopped | What::Panicked => types.ends(now, number, End::Failed),
            What::Cancelled => types.ends(now, number, End::Cancelled),
            _ => {}
        }
    }

    fn manner(&self) -> Manner {
        Manner::Quiet
    }
}
