use super::{Places, layout};
use crate::report::replay::layers::{Link, Size};

/// The numbers of a generator by D. E. Knuth (MMIX), so that the graphs are always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most).unwrap()
    }
}

fn link(from: usize, to: usize) -> Link {
    Link { from, to, weight: 1, is_sideless: false }
}

fn boxes(count: usize) -> Vec<Size> {
    (0..count).map(|at| Size { w: 100.0, h: 50.0, left: 20.0, is_thing: at % 2 == 1 }).collect()
}

/// Asserts that no box, with the room at its left side, touches another one, and that all are on the stage.
fn assert_apart(sizes: &[Size], places: &Places) {
    let edges = |number: usize| {
        let ((x, y), size) = (places.at[number], &sizes[number]);
        (x - size.left, y, x + size.w, y + size.h)
    };
    for one in 0..sizes.len() {
        let (left, top, right, bottom) = edges(one);
        assert!(left >= 0.0 && top >= 0.0, "{one}: {:?}", places.at[one]);
        assert!(right <= places.width && bottom <= places.height, "{one}: {:?}", places.at[one]);
        for other in 0..one {
            let (other_left, other_top, other_right, other_bottom) = edges(other);
            let is_apart = right < other_left
                || other_right < left
                || bottom < other_top
                || other_bottom < top;
            assert!(is_apart, "{one} and {other}: {:?} {:?}", places.at[one], places.at[other]);
        }
    }
}

#[test]
fn no_box_touches_another_and_the_same_graph_gets_the_same_places() {
    let mut numbers = Numbers(1);
    for round in 0..150 {
        let count = 1 + numbers.below(if round % 30 == 0 { 200 } else { 30 });
        let sizes: Vec<Size> = (0..count)
            .map(|_| Size {
                w: 40.0 + as_f64(numbers.below(200)),
                h: 30.0 + as_f64(numbers.below(150)),
                left: as_f64(numbers.below(140)),
                is_thing: numbers.below(2) == 0,
            })
            .collect();
        let links: Vec<Link> = (0..numbers.below(2 * count as u64 + 1))
            .map(|_| Link {
                from: numbers.below(count as u64),
                to: numbers.below(count as u64),
                weight: 1 + numbers.below(9) as u64,
                is_sideless: numbers.below(3) == 0,
            })
            .collect();
        let places = layout(&sizes, &links);
        assert_apart(&sizes, &places);
        assert_eq!(places, layout(&sizes, &links));
    }
}

#[test]
fn a_chain_goes_from_left_to_right_and_back_in_rows() {
    let sizes = boxes(23);
    let links: Vec<Link> = (0..22).map(|at| link(at, at + 1)).collect();
    let places = layout(&sizes, &links);
    assert!(places.width <= 1000.0, "{}", places.width);
    assert!(places.height <= 720.0, "{}", places.height);
    // Who follows in the chain is near: beside it, or below it.
    for at in 0..22 {
        let ((x, y), (next_x, next_y)) = (places.at[at], places.at[at + 1]);
        let is_beside = y == next_y && (x - next_x).abs() < 200.0;
        assert!(is_beside || (y < next_y && (x - next_x).abs() < 100.0), "{at}: {:?}", places.at);
    }
}

#[test]
fn what_leads_back_stands_between_its_ends() {
    // 0 -> 1 -> 2 -> 3 -> 0: the text goes by 1, the answer comes back by 3.
    let places = layout(&boxes(4), &[link(0, 1), link(1, 2), link(2, 3), link(3, 0)]);
    let [cell, there, other, back] = places.at[..] else { panic!() };
    assert!(cell.0 < there.0 && there.0 < other.0);
    assert_eq!(there.0, back.0);
    assert!(there.1 < back.1);
    // It does not matter which was used first.
    let places = layout(&boxes(4), &[link(3, 0), link(2, 3), link(1, 2), link(0, 1)]);
    assert_eq!(places.at[1].0, places.at[3].0);
}

#[test]
fn the_heavier_way_goes_to_the_right() {
    for (there, back) in [(9, 1), (1, 9)] {
        let links = [
            Link { weight: there, ..link(0, 1) },
            Link { weight: back, ..link(1, 0) },
            Link { weight: there, ..link(1, 2) },
            Link { weight: back, ..link(2, 1) },
        ];
        let places = layout(&boxes(3), &links);
        assert_eq!(places.at[0].0 < places.at[1].0, there > back);
        assert_eq!(places.at[1].0 < places.at[2].0, there > back);
    }
}

#[test]
fn many_that_belong_to_one_stand_at_both_sides_of_it() {
    let star = |count: usize| -> Places {
        let links: Vec<Link> =
            (1..=count).map(|at| Link { is_sideless: true, ..link(at, 0) }).collect();
        layout(&boxes(count + 1), &links)
    };
    let few = star(4);
    assert!((1..=4).all(|at| few.at[at].0 < few.at[0].0));
    let many = star(10);
    for at in 1..=10 {
        assert_eq!(many.at[at].0 < many.at[0].0, at <= 5, "{:?}", many.at);
    }
}

#[test]
fn lines_cross_as_little_as_can_be() {
    // Two rows that are given the wrong way round.
    let links = [link(0, 1), link(0, 2), link(1, 4), link(2, 3)];
    let places = layout(&boxes(5), &links);
    let above = |one: usize, other: usize| places.at[one].1 < places.at[other].1;
    assert_eq!(above(1, 2), above(4, 3));
}

#[test]
fn what_starts_late_stands_near() {
    // 3 leads only to 2, at the end of a chain.
    let places = layout(&boxes(4), &[link(0, 1), link(1, 2), link(3, 2)]);
    assert_eq!(places.at[3].0, places.at[1].0);
}

#[test]
fn hundreds_that_nothing_connects_are_a_grid() {
    let sizes = boxes(400);
    let places = layout(&sizes, &[]);
    assert_apart(&sizes, &places);
    assert!((1000.0..1800.0).contains(&places.width), "{}", places.width);
    let columns = places.at.iter().filter(|at| at.1 == places.at[0].1).count();
    assert!(columns > 5, "{columns}");
}

#[test]
fn one_to_hundreds_is_not_one_column() {
    let sizes = boxes(301);
    let links: Vec<Link> = (1..=300).map(|at| link(0, at)).collect();
    let places = layout(&sizes, &links);
    assert_apart(&sizes, &places);
    assert!(places.height < 3.0 * places.width, "{} x {}", places.width, places.height);
}

#[test]
fn thousands_are_placed() {
    let sizes = boxes(5000);
    let links: Vec<Link> =
        (0..4999).map(|at| link(at, at + 1)).chain((0..9).map(|at| link(at, 0))).collect();
    let places = layout(&sizes, &links);
    assert_eq!(places.at.len(), 5000);
    assert!(layout(&[], &[]).at.is_empty());
}

#[allow(clippy::cast_precision_loss, reason = "they are small")]
fn as_f64(number: usize) -> f64 {
    number as f64
}
