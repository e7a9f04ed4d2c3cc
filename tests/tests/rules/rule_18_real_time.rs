//! Rule 18: a run in real time hears the outside. (What happens when exactly is shown on a clock of
//! their own by the tests of `real_time`; here are real threads. A loaded machine may be slow, so they
//! look at orders, and at times within generous bounds.)

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc as std_mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use asim::RealTime;
use asim::prelude::*;
use futures::StreamExt;
use futures::channel::{mpsc, oneshot};

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The orders that came, and when.
type Notes = Rc<RefCell<Vec<(f64, u32)>>>;

/// A process that notes each order and when it came.
fn server(sim: &Simulation) -> (mpsc::UnboundedSender<u32>, Notes) {
    let (sender, mut orders) = mpsc::unbounded();
    let (env, notes) = (sim.env(), Notes::default());
    let told = Rc::clone(&notes);
    sim.spawn(async move {
        while let Some(order) = orders.next().await {
            told.borrow_mut().push((env.now(), order));
        }
    });
    (sender, notes)
}

/// Says when the run has begun: what a thread then waits, it waits on the clock of the run, however long the
/// machine took to get there.
fn when_begun(sim: &Simulation) -> std::sync::mpsc::Receiver<()> {
    let (begun, hears) = std::sync::mpsc::channel();
    sim.spawn(async move { begun.send(()).unwrap() });
    hears
}

#[test]
fn rule_18_a_request_in_the_middle_of_a_sleep_is_dealt_with_at_once() {
    let sim = Simulation::new();
    let (sender, notes) = server(&sim);
    let _end = sim.timeout(60.0);
    let started = Instant::now();
    let begun = when_begun(&sim);
    let panel = thread::spawn(move || {
        begun.recv().unwrap();
        thread::sleep(millis(50));
        sender.unbounded_send(1).unwrap();
        sender
    });
    let (env, seen) = (sim.env(), Rc::clone(&notes));
    let served = sim.spawn(async move {
        while seen.borrow().is_empty() {
            env.timeout(0.01).await;
        }
    });
    RealTime::new(&sim, 1.0).lenient().run_until_event(served).unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_secs(30), "the sleep of a minute was cut short");
    let (time, order) = notes.borrow()[0];
    assert_eq!(order, 1);
    assert!((0.04..30.0).contains(&time), "{time}");
    drop(panel.join());
}

#[test]
fn rule_18_a_sleep_with_nothing_else_to_do_is_cut_short() {
    let sim = Simulation::new();
    let (sender, notes) = server(&sim);
    let (tell, told) = oneshot::channel();
    let _end = sim.timeout(60.0);
    let begun = when_begun(&sim);
    let panel = thread::spawn(move || {
        begun.recv().unwrap();
        thread::sleep(millis(50));
        sender.unbounded_send(1).unwrap();
        tell.send(()).unwrap();
        sender
    });
    let started = Instant::now();
    RealTime::new(&sim, 1.0).lenient().run_until_event(told).unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_secs(30));
    // Both were sent one after the other: the second may have been seen with the first.
    let sender = panel.join().unwrap();
    sim.step().unwrap();
    let (time, order) = notes.borrow()[0];
    assert_eq!(order, 1);
    assert!((0.04..30.0).contains(&time) && time <= sim.now(), "{time}");
    drop(sender);
}

#[test]
fn rule_18_an_empty_agenda_does_not_end_the_run_while_the_outside_has_a_waker() {
    let sim = Simulation::new();
    let (sender, notes) = server(&sim);
    let begun = when_begun(&sim);
    let panel = thread::spawn(move || {
        begun.recv().unwrap();
        for order in 0..3 {
            thread::sleep(millis(10));
            sender.unbounded_send(order).unwrap();
        }
        // Let go without a word after the last order.
        thread::sleep(millis(10));
    });
    RealTime::new(&sim, 1.0).lenient().run().unwrap();
    panel.join().unwrap();
    let orders: Vec<u32> = notes.borrow().iter().map(|&(_, order)| order).collect();
    assert_eq!(orders, [0, 1, 2]);
    assert!(notes.borrow().is_sorted_by(|one, next| one.0 <= next.0));
    assert!(notes.borrow()[0].0 >= 0.01);
}

#[test]
fn rule_18_the_run_ends_when_the_last_waker_is_dropped_without_a_wake() {
    let sim = Simulation::new();
    let kept = Arc::new(Mutex::new(Vec::<Waker>::new()));
    for _ in 0..3 {
        let keeps = Arc::clone(&kept);
        sim.spawn(async move {
            std::future::poll_fn(|context| {
                keeps.lock().unwrap().push(context.waker().clone());
                Poll::<()>::Pending
            })
            .await;
        });
    }
    let has_dropped = Arc::new(AtomicU32::new(0));
    let (dropped, keeps) = (Arc::clone(&has_dropped), Arc::clone(&kept));
    let outside = thread::spawn(move || {
        for _ in 0..3 {
            thread::sleep(millis(15));
            // Counted before: the run may end as soon as the last one is gone.
            let waker = loop {
                if let Some(waker) = keeps.lock().unwrap().pop() {
                    break waker;
                }
                thread::yield_now();
            };
            dropped.fetch_add(1, Ordering::SeqCst);
            drop(waker);
        }
    });
    RealTime::new(&sim, 1.0).lenient().run().unwrap();
    assert_eq!(has_dropped.load(Ordering::SeqCst), 3);
    assert_eq!(sim.blocked().len(), 3);
    outside.join().unwrap();
}

#[test]
fn rule_18_run_until_ends_at_its_time() {
    let sim = Simulation::new();
    let (sender, notes) = server(&sim);
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let panel = thread::spawn(move || {
        while !over.load(Ordering::SeqCst) {
            sender.unbounded_send(1).unwrap();
            thread::sleep(millis(1));
        }
    });
    let started = Instant::now();
    RealTime::new(&sim, 0.001).lenient().run_until(50.0).unwrap();
    assert!(started.elapsed() >= millis(50));
    assert_eq!(sim.now(), 50.0);
    assert!(notes.borrow().iter().all(|&(time, _)| time <= 50.0));
    is_over.store(true, Ordering::SeqCst);
    panel.join().unwrap();
}

/// Orders that come at every moment: while the run looks, goes to sleep, sleeps and wakes. Each is
/// answered before the next is sent, so a lost wake would stop it for ever.
#[test]
fn rule_18_no_wake_is_lost_between_the_look_and_the_sleep() {
    let sim = Simulation::new();
    let (sender, mut orders) = mpsc::unbounded::<u32>();
    let (answers, answered) = std_mpsc::channel();
    let env = sim.env();
    sim.spawn(async move {
        while let Some(order) = orders.next().await {
            answers.send((order, env.now())).unwrap();
            if order % 3 == 0 {
                env.timeout(0.01).await; // a sleep of its own now and then
            }
        }
    });
    let panel = thread::spawn(move || {
        let mut times = Vec::new();
        for order in 0..5_000_u32 {
            // From no pause at all to a few microseconds.
            for _ in 0..order % 97 * 8 {
                std::hint::spin_loop();
            }
            sender.unbounded_send(order).unwrap();
            let (answer, time) = answered.recv_timeout(Duration::from_secs(60)).expect("an answer");
            assert_eq!(answer, order);
            times.push(time);
        }
        times
    });
    RealTime::new(&sim, 0.001).lenient().run().unwrap();
    let times = panel.join().unwrap();
    assert_eq!(times.len(), 5_000);
    assert!(times.is_sorted(), "the clock never goes back");
}

#[test]
fn rule_18_many_threads_wake_many_processes() {
    let sim = Simulation::new();
    let served = Rc::new(RefCell::new(0));
    let mut threads = Vec::new();
    for _ in 0..8 {
        let (sender, mut orders) = mpsc::unbounded::<u32>();
        let (env, count) = (sim.env(), Rc::clone(&served));
        sim.spawn(async move {
            while orders.next().await.is_some() {
                *count.borrow_mut() += 1;
                env.timeout(0.5).await;
            }
        });
        threads.push(thread::spawn(move || {
            for order in 0..200 {
                sender.unbounded_send(order).unwrap();
                thread::yield_now();
            }
        }));
    }
    RealTime::new(&sim, 0.000_01).lenient().run().unwrap();
    assert_eq!(*served.borrow(), 1600);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn rule_18_requests_over_a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, mut requests) = mpsc::unbounded::<(u8, oneshot::Sender<f64>)>();
    // The thread that has the socket: each byte is a request, the answer is the time it was done.
    let socket = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0];
        while stream.read(&mut request).unwrap() == 1 {
            let (answer, answered) = oneshot::channel();
            sender.unbounded_send((request[0], answer)).unwrap();
            let time = futures::executor::block_on(answered).unwrap();
            stream.write_all(&time.to_be_bytes()).unwrap();
        }
    });
    let client = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let mut times = Vec::new();
        for duration in [3, 1, 2] {
            stream.write_all(&[duration]).unwrap();
            let mut time = [0; 8];
            stream.read_exact(&mut time).unwrap();
            times.push(f64::from_be_bytes(time));
        }
        times
    });
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        while let Some((duration, answer)) = requests.next().await {
            env.timeout(f64::from(duration)).await;
            answer.send(env.now()).unwrap();
        }
    });
    RealTime::new(&sim, 0.001).lenient().run().unwrap();
    let times = client.join().unwrap();
    socket.join().unwrap();
    assert!(
        times[0] >= 3.0 && times[1] >= times[0] + 1.0 && times[2] >= times[1] + 2.0,
        "{times:?}"
    );
    assert!(sim.now() >= times[2]);
}
