//! The names of waits, as `blocked` and errors show them.

/// What a process waits for. A byte, so that a process's cell has room for it.
///
/// The engine does not know what the names stand for. Each kind of wait names itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the text of each stands below")]
pub enum WaitName {
    /// Nothing that belongs to the simulation.
    #[default]
    Foreign,
    Timeout,
    Never,
    Join,
    Event,
    CancelledEvent,
    FirstOf,
    AllOf,
    TryAllOf,
    Interruptible,
    Uninterruptible,
    Settled,
    PausableTimeout,
    Condition,
    QueueGet,
    QueuePut,
    PriorityQueueGet,
    PriorityQueuePut,
    StoreGet,
    StorePut,
    PoolAcquire,
    PoolAdd,
    ContainerGet,
    ContainerPut,
    ResourceAcquire,
    PreemptiveAcquire,
    PreemptiveWork,
    AcquireTogether,
    GateWait,
    BarrierWait,
    StateWait,
    Send,
    Receive,
    Ready,
}

impl WaitName {
    /// Returns the name as text.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            WaitName::Foreign => "a future that is not the simulation's",
            WaitName::Timeout => "timeout",
            WaitName::Never => "timeout(inf)",
            WaitName::Join => "the end of a process",
            WaitName::Event => "an event",
            WaitName::CancelledEvent => "an event that was cancelled",
            WaitName::FirstOf => "FirstOf",
            WaitName::AllOf => "AllOf",
            WaitName::TryAllOf => "TryAllOf",
            WaitName::Interruptible => "interruptible",
            WaitName::Uninterruptible => "uninterruptible",
            WaitName::Settled => "settled",
            WaitName::PausableTimeout => "Environment::pausable_timeout",
            WaitName::Condition => "Environment::wait_until",
            WaitName::QueueGet => "Queue::get",
            WaitName::QueuePut => "Queue::put",
            WaitName::PriorityQueueGet => "PriorityQueue::get",
            WaitName::PriorityQueuePut => "PriorityQueue::put",
            WaitName::StoreGet => "Store::get",
            WaitName::StorePut => "Store::put",
            WaitName::PoolAcquire => "Pool::acquire",
            WaitName::PoolAdd => "Pool::add",
            WaitName::ContainerGet => "Container::get",
            WaitName::ContainerPut => "Container::put",
            WaitName::ResourceAcquire => "Resource::acquire",
            WaitName::PreemptiveAcquire => "PreemptiveResource::acquire",
            WaitName::PreemptiveWork => "PreemptiveResource::work",
            WaitName::AcquireTogether => "acquire_together",
            WaitName::GateWait => "Gate::wait",
            WaitName::BarrierWait => "Barrier::wait",
            WaitName::StateWait => "State::wait_until",
            WaitName::Send => "OutPort::send",
            WaitName::Receive => "InPort::recv",
            WaitName::Ready => "InPort::ready",
        }
    }
}
