//! The layers of a layout: which boxes stand in one column, and in which order.

use std::ops::Range;

/// What a box needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size {
    pub(crate) w: f64,
    pub(crate) h: f64,
    /// The room at its left side.
    pub(crate) left: f64,
    /// Whether it is a thing, and may be no more than a place between two others.
    pub(crate) is_thing: bool,
}

/// A way from a box to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// How much goes this way.
    pub(crate) weight: u64,
    /// Whether the box at its beginning may as well stand at the other side.
    pub(crate) is_sideless: bool,
}

/// The room between two boxes of a column.
pub(crate) const BOX_GAP: f64 = 28.0;
/// So many boxes stand at one side of a box before some of them stand at the other one.
const AT_ONE_SIDE: usize = 5;
/// More links than these are not searched for circles: each leads forward in the order of the boxes.
const MOST_LINKS: usize = 3000;
/// More places of links that pass a layer are not kept free.
const MOST_PASSAGES: usize = 3000;
/// The height of such a place.
const PASSAGE: f64 = 12.0;
/// How often the layers are put in order, from left to right and back.
const SWEEPS: usize = 8;

/// The layers. Members that are no boxes are places where a link passes.
#[derive(Debug)]
pub(crate) struct Layers {
    /// The members of each layer, from top to bottom.
    pub(crate) order: Vec<Vec<usize>>,
    /// The neighbours of each member in the layer before, and in the layer after.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

/// A way over a box in between, or a link.
#[derive(Debug, Clone, Copy)]
struct Way {
    from: usize,
    to: usize,
    over: Option<usize>,
    weight: u64,
}

impl Layers {
    /// Puts boxes into layers.
    pub(crate) fn of(sizes: &[Size], links: &[Link]) -> Self {
        let count = sizes.len();
        let ways = forward(count, ways(sizes, &around(count, links)));
        let layer_of = layers(count, &ways);
        let mut layers = Layers::from_ways(count, &ways, layer_of);
        layers.cross_less();
        layers
    }

    /// Divides layers that are higher than this.
    pub(crate) fn divide(&mut self, sizes: &[Size], most: f64) {
        let order = std::mem::take(&mut self.order);
        for layer in order {
            let heights =
                layer.iter().map(|&it| sizes.get(it).map_or(PASSAGE, |size| size.h) + BOX_GAP);
            let count = (heights.sum::<f64>() / most).ceil().max(1.0);
            let mut each = 1;
            while as_f64(each) * count < as_f64(layer.len()) {
                each += 1;
            }
            self.order.extend(layer.chunks(each).map(<[usize]>::to_vec));
        }
    }

    fn from_ways(count: usize, ways: &[Way], mut layer_of: Vec<usize>) -> Self {
        let mut order = vec![Vec::new(); layer_of.iter().max().map_or(0, |most| most + 1)];
        let (mut before, mut after) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for member in 0..count {
            order[layer_of[member]].push(member);
        }
        let steps = ways.iter().flat_map(|way| match way.over {
            Some(over) => vec![(way.from, over), (over, way.to)],
            None => vec![(way.from, way.to)],
        });
        for (from, to) in steps {
            let passed = layer_of[from] + 1..layer_of[to];
            let mut last = from;
            if layer_of.len() - count + passed.len() <= MOST_PASSAGES {
                for layer in passed {
                    let passage = layer_of.len();
                    layer_of.push(layer);
                    order[layer].push(passage);
                    before.push(vec![last]);
                    after.push(Vec::new());
                    after[last].push(passage);
                    last = passage;
                }
            }
            if layer_of[last] + 1 == layer_of[to] {
                after[last].push(to);
                before[to].push(last);
            }
        }
        Layers { order, before, after }
    }

    /// Puts the members of each layer in the order of the means of their neighbours' places, from left to right and
    /// back, and keeps the order that had the fewest crossings.
    fn cross_less(&mut self) {
        let members = self.before.len();
        let mut best = (self.crossings(), self.order.clone());
        for sweep in 0..2 * SWEEPS {
            if best.0 == 0 {
                break;
            }
            let is_back = sweep % 2 == 1;
            let mut place = vec![0.0; members];
            for step in 0..self.order.len() {
                let layer = if is_back { self.order.len() - 1 - step } else { step };
                let neighbours = if is_back { &self.after } else { &self.before };
                let mut keyed: Vec<(f64, usize)> = (self.order[layer].iter().enumerate())
                    .map(|(at, &member)| {
                        let near = &neighbours[member];
                        (mean(near.iter().map(|&it| place[it])).unwrap_or(as_f64(at)), member)
                    })
                    .collect();
                // Equal ones stay as they are.
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                for (at, &(_, member)) in keyed.iter().enumerate() {
                    place[member] = as_f64(at);
                }
                self.order[layer] = keyed.into_iter().map(|(_, member)| member).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.order.clone());
            }
        }
        self.order = best.1;
    }

    /// Returns how often links cross.
    fn crossings(&self) -> usize {
        let mut place = vec![0; self.before.len()];
        for layer in &self.order {
            for (at, &member) in layer.iter().enumerate() {
                place[member] = at;
            }
        }
        let between = |layer: &Vec<usize>| {
            // The places at which links arrive, from top to bottom of where they begin. Each pair in the wrong order
            // is a crossing. They are counted with a tree of sums (P. M. Fenwick, 1994).
            let mut ends = Vec::new();
            for &member in layer {
                let from = ends.len();
                ends.extend(self.after[member].iter().map(|&to| place[to]));
                ends[from..].sort_unstable();
            }
            let mut tree = vec![0; ends.iter().max().map_or(0, |most| most + 2)];
            let mut crossings = 0;
            for (seen, &end) in ends.iter().enumerate() {
                let (mut at, mut not_below) = (end + 1, 0);
                while at > 0 {
                    not_below += tree[at];
                    at &= at - 1;
                }
                crossings += seen - not_below;
                let mut at = end + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
            crossings
        };
        self.order.iter().map(between).sum()
    }

    /// Returns the upper edges of the members of these layers, and the height of all: each is as near to the mean of
    /// its neighbours as its layer allows.
    pub(crate) fn tops(&self, sizes: &[Size], row: Range<usize>) -> (Vec<Vec<f64>>, f64) {
        let height = |member: usize| sizes.get(member).map_or(PASSAGE, |size| size.h);
        let mut centre = vec![f64::NAN; self.before.len()];
        for layer in &self.order[row.clone()] {
            let mut y = 0.0;
            for &member in layer {
                centre[member] = y + height(member) / 2.0;
                y += height(member) + BOX_GAP;
            }
        }
        for sweep in 0..=SWEEPS {
            for step in 0..row.len() {
                let is_back = sweep % 2 == 1;
                let layer = if is_back { row.end - 1 - step } else { row.start + step };
                let wanted: Vec<f64> = (self.order[layer].iter())
                    .map(|&member| {
                        let before = self.before[member].iter().filter(|_| !is_back);
                        let after =
                            self.after[member].iter().filter(|_| is_back || sweep == SWEEPS);
                        // Neighbours in other rows have no place yet.
                        let near =
                            before.chain(after).map(|&it| centre[it]).filter(|it| !it.is_nan());
                        mean(near).unwrap_or(centre[member])
                    })
                    .collect();
                let heights: Vec<f64> = self.order[layer].iter().map(|&it| height(it)).collect();
                for (&member, y) in self.order[layer].iter().zip(apart(&wanted, &heights)) {
                    centre[member] = y;
                }
            }
        }
        let top = |member: usize| centre[member] - height(member) / 2.0;
        let members = || self.order[row.clone()].iter().flatten().copied();
        let least = members().map(top).fold(f64::INFINITY, f64::min);
        let most = members().map(|it| top(it) + height(it)).fold(least, f64::max);
        let tops = self.order[row.clone()].iter();
        (
            tops.map(|layer| layer.iter().map(|&it| top(it) - least).collect()).collect(),
            most - least,
        )
    }
}

/// Returns the centres that are nearest to the wanted ones, by the sum of squares, if these boxes stand below one
/// another in their order and do not touch. (It is an isotonic regression, by pooling adjacent violators.)
fn apart(wanted: &[f64], heights: &[f64]) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(heights.len());
    let mut y = 0.0;
    for height in heights {
        offsets.push(y + height / 2.0);
        y += height + BOX_GAP;
    }
    // Blocks of boxes that stand close together: the sum of what is wanted, and how many.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (wanted, offset) in wanted.iter().zip(&offsets) {
        let mut block = (wanted - offset, 1);
        while let Some(&(sum, count)) = blocks.last()
            && sum * as_f64(block.1) >= block.0 * as_f64(count)
        {
            block = (sum + block.0, count + block.1);
            blocks.pop();
        }
        blocks.push(block);
    }
    let starts =
        blocks.into_iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / as_f64(count), count));
    starts.zip(offsets).map(|(start, offset)| start + offset).collect()
}

/// Turns round links, so that of many boxes that belong to one, and to no other, half stand at either side of it.
fn around(count: usize, links: &[Link]) -> Vec<Link> {
    let mut ends = vec![0; count];
    for link in links {
        ends[link.from] += 1;
        ends[link.to] += 1;
    }
    let is_alone = |link: &Link| link.is_sideless && ends[link.from] == 1;
    let mut alone_at = vec![Vec::new(); count];
    for link in links.iter().filter(|link| is_alone(link)) {
        alone_at[link.to].push(link.from);
    }
    for alone in &mut alone_at {
        alone.sort_unstable();
    }
    let turned = |link: &Link| {
        let alone = &alone_at[link.to];
        let place = alone.binary_search(&link.from).unwrap_or(0);
        let is_second = alone.len() > AT_ONE_SIDE && place >= alone.len().div_ceil(2);
        if is_alone(link) && is_second {
            Link { from: link.to, to: link.from, ..*link }
        } else {
            *link
        }
    };
    links.iter().map(turned).collect()
}

/// Joins the links into a box and out of it, if the box lies between two others: so it stays between them, even if the
/// way leads back.
fn ways(sizes: &[Size], links: &[Link]) -> Vec<Way> {
    let count = sizes.len();
    let mut around = vec![(Vec::new(), Vec::new()); count];
    for link in links.iter().filter(|link| link.from != link.to) {
        around[link.from].1.push(*link);
        around[link.to].0.push(*link);
    }
    let mut is_between = vec![false; count];
    let mut ways = Vec::new();
    for link in links.iter().filter(|link| link.from != link.to) {
        // Of a chain, each second box is one in between.
        for over in [link.to, link.from].into_iter().filter(|&over| sizes[over].is_thing) {
            let ([to], [from]) = (&around[over].0[..], &around[over].1[..]) else { continue };
            let ends = [to.from, from.to];
            if ends[0] != ends[1] && !is_between[over] && !ends.iter().any(|&end| is_between[end]) {
                is_between[over] = true;
                let weight = to.weight.min(from.weight);
                ways.push(Way { from: ends[0], to: ends[1], over: Some(over), weight });
            }
        }
        if !is_between[link.from] && !is_between[link.to] {
            ways.push(Way { from: link.from, to: link.to, over: None, weight: link.weight });
        }
    }
    // A link that came before its end was found to be one in between is a part of another way.
    ways.retain(|way| way.over.is_some() || !(is_between[way.from] || is_between[way.to]));
    ways
}

/// Turns round the ways that lead back: each that would close a circle of those that are taken before it. The heaviest
/// are taken first, and of equal ones the first.
fn forward(count: usize, ways: Vec<Way>) -> Vec<Way> {
    let turned = |way: Way| Way { from: way.to, to: way.from, ..way };
    if ways.len() > MOST_LINKS {
        return ways.into_iter().map(|it| if it.from < it.to { it } else { turned(it) }).collect();
    }
    let mut by_weight = ways;
    by_weight.sort_by_key(|way| std::cmp::Reverse(way.weight));
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut mark = vec![usize::MAX; count];
    for (number, way) in by_weight.iter_mut().enumerate() {
        let mut todo = vec![way.to];
        while let Some(member) = todo.pop() {
            if mark[member] != number {
                mark[member] = number;
                todo.extend(&after[member]);
            }
        }
        if mark[way.from] == number {
            *way = turned(*way);
        }
        after[way.from].push(way.to);
    }
    by_weight
}

/// Returns the layer of each box: as far to the left as the ways allow. What nothing leads to stands just before
/// the first that it leads to.
fn layers(count: usize, ways: &[Way]) -> Vec<usize> {
    let steps: Vec<(usize, usize)> = ways
        .iter()
        .flat_map(|way| match way.over {
            Some(over) => vec![(way.from, over), (over, way.to)],
            None => vec![(way.from, way.to)],
        })
        .collect();
    let (mut after, mut missing) = (vec![Vec::new(); count], vec![0; count]);
    for &(from, to) in &steps {
        after[from].push(to);
        missing[to] += 1;
    }
    let is_first: Vec<bool> = missing.iter().map(|&count| count == 0).collect();
    let mut layer_of = vec![0; count];
    let mut todo: Vec<usize> = (0..count).filter(|&member| is_first[member]).collect();
    while let Some(member) = todo.pop() {
        for &to in &after[member] {
            layer_of[to] = layer_of[to].max(layer_of[member] + 1);
            missing[to] -= 1;
            if missing[to] == 0 {
                todo.push(to);
            }
        }
    }
    for member in (0..count).filter(|&member| is_first[member]) {
        if let Some(nearest) = after[member].iter().map(|&to| layer_of[to]).min() {
            layer_of[member] = nearest - 1;
        }
    }
    layer_of
}

fn mean(of: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = of.fold((0.0, 0), |(sum, count), it| (sum + it, count + 1));
    (count > 0).then(|| sum / as_f64(count))
}

#[allow(clippy::cast_precision_loss, reason = "nobody has 2^52 boxes")]
fn as_f64(number: usize) -> f64 {
    number as f64
}
