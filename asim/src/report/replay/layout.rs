//! The layout: where boxes stand, so that what flows goes from left to right.
//!
//! It is layered, after K. Sugiyama, S. Tagawa and M. Toda: "Methods for Visual Understanding of Hierarchical System
//! Structures", IEEE Transactions on Systems, Man, and Cybernetics 11 (1981): edges that lead back are turned round,
//! each box gets a layer, the boxes of a layer are put in the order with few crossings, and then get their places.
//! What is too wide goes on in rows, one to the right, the next to the left. Parts that nothing connects stand below
//! one another. The same boxes always get the same places.

use std::ops::Range;

use crate::report::replay::layers::{BOX_GAP, Layers, Link, Size};

/// Where boxes stand: the upper left corner of each, without the room at its left side.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    pub(crate) at: Vec<(f64, f64)>,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// The width that suits a page, and the height that needs no other.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 720.0;
/// The greatest width at which letters can be read, if the page is as wide as a screen.
const WIDEST: f64 = 1800.0;
/// So much wider may what would need a second row be.
const MORE: f64 = 1.3;
/// Width to height of what does not go into that.
const RATIO: f64 = 1.6;
/// The room between two columns, between two rows or parts, and around all.
const COLUMN_GAP: f64 = 60.0;
const PART_GAP: f64 = 48.0;
const MARGIN: f64 = 20.0;

/// A part: its boxes, their sizes, and their layers.
struct Part {
    members: Vec<usize>,
    sizes: Vec<Size>,
    layers: Layers,
}

/// Places boxes. The links lead from box to box.
pub(crate) fn layout(sizes: &[Size], links: &[Link]) -> Places {
    let area: f64 = sizes.iter().map(|it| (it.w + it.left + COLUMN_GAP) * (it.h + BOX_GAP)).sum();
    // So many columns are as wide as that, with some to spare.
    let highest = (area / (0.8 * WIDEST)).max(HEIGHT);
    let parts: Vec<Part> = parts(sizes.len(), links)
        .into_iter()
        .map(|members| Part::new(members, sizes, links, highest))
        .collect();
    let mut width = WIDTH;
    let mut best = fill(sizes.len(), &parts, width);
    // The wider ones are tried if it is too high.
    while best.height > HEIGHT && width * 1.15 < WIDEST {
        width *= 1.15;
        let places = fill(sizes.len(), &parts, width);
        let is_off = |places: &Places| {
            let ratio = places.width / places.height / RATIO;
            ratio.max(1.0 / ratio)
        };
        if places.width < WIDEST && is_off(&places) < is_off(&best) {
            best = places;
        }
    }
    best
}

/// Places the parts on shelves of this width, from left to right.
fn fill(count: usize, parts: &[Part], width: f64) -> Places {
    let mut places = Places { at: vec![(0.0, 0.0); count], width: 0.0, height: 0.0 };
    let (mut x, mut y, mut shelf) = (0.0, 0.0, 0.0_f64);
    for part in parts {
        let placed = part.place(width);
        if x > 0.0 && x + placed.width > width {
            y += shelf + PART_GAP;
            (x, shelf) = (0.0, 0.0);
        }
        for (&member, (left, top)) in part.members.iter().zip(placed.at) {
            places.at[member] = ((MARGIN + x + left).round(), (MARGIN + y + top).round());
        }
        x += placed.width + PART_GAP;
        shelf = shelf.max(placed.height);
        places.width = places.width.max(x - PART_GAP);
        places.height = places.height.max(y + shelf);
    }
    places.width = (places.width + 2.0 * MARGIN).ceil();
    places.height = (places.height + 2.0 * MARGIN).ceil();
    places
}

/// Returns the parts that links connect: those with links in the order of these, then the boxes without any.
fn parts(count: usize, links: &[Link]) -> Vec<Vec<usize>> {
    fn root(of: &mut [usize], mut member: usize) -> usize {
        while of[member] != member {
            of[member] = of[of[member]];
            member = of[member];
        }
        member
    }
    let mut of: Vec<usize> = (0..count).collect();
    for link in links {
        let (from, to) = (root(&mut of, link.from), root(&mut of, link.to));
        of[from.max(to)] = from.min(to);
    }
    let mut part_of = vec![None; count];
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for member in links.iter().map(|link| link.from).chain(0..count) {
        let root = root(&mut of, member);
        part_of[root].get_or_insert_with(|| {
            parts.push(Vec::new());
            parts.len() - 1
        });
    }
    for member in 0..count {
        if let Some(part) = part_of[root(&mut of, member)] {
            parts[part].push(member);
        }
    }
    parts
}

impl Part {
    fn new(members: Vec<usize>, sizes: &[Size], links: &[Link], highest: f64) -> Self {
        let number_of = |member: usize| members.binary_search(&member).ok();
        let own = |link: &Link| {
            let (from, to) = (number_of(link.from)?, number_of(link.to)?);
            Some(Link { from, to, ..*link })
        };
        let links: Vec<Link> =
            if members.len() > 1 { links.iter().filter_map(own).collect() } else { Vec::new() };
        let sizes: Vec<Size> = members.iter().map(|&member| sizes[member]).collect();
        let mut layers = Layers::of(&sizes, &links);
        layers.divide(&sizes, highest);
        Part { members, sizes, layers }
    }

    /// Places the boxes in a frame of their own, which is no wider than `most` if that can be.
    fn place(&self, most: f64) -> Places {
        let Part { sizes, layers, .. } = self;
        let widths: Vec<f64> = layers
            .order
            .iter()
            .map(|layer| {
                let boxes = layer.iter().filter_map(|&it| sizes.get(it));
                boxes.map(|it| it.left + it.w).fold(0.0, f64::max)
            })
            .collect();
        let mut places = Places { at: vec![(0.0, 0.0); sizes.len()], ..Places::default() };
        let rows = rows(&widths, most);
        let width_of = |row: &Range<usize>| {
            widths[row.clone()].iter().map(|width| width + COLUMN_GAP).sum::<f64>() - COLUMN_GAP
        };
        places.width = rows.iter().map(width_of).fold(0.0, f64::max);
        for (number, row) in rows.into_iter().enumerate() {
            let (tops, height) = layers.tops(sizes, row.clone());
            let is_back = number % 2 == 1;
            let mut x = if is_back { places.width } else { 0.0 };
            for (layer, tops) in row.clone().zip(tops) {
                x -= if is_back { widths[layer] } else { 0.0 };
                for (&member, top) in layers.order[layer].iter().zip(tops) {
                    let Some(size) = sizes.get(member) else { continue };
                    let inset = (widths[layer] - size.left - size.w) / 2.0;
                    places.at[member] = (x + inset + size.left, places.height + top);
                }
                x += if is_back { -COLUMN_GAP } else { widths[layer] + COLUMN_GAP };
            }
            places.height += height + PART_GAP;
        }
        places.height -= PART_GAP;
        places
    }
}

/// Returns the layers of each row: about as many in each, and no row wider than `most` if that can be.
fn rows(widths: &[f64], most: f64) -> Vec<Range<usize>> {
    let total: f64 = widths.iter().map(|width| width + COLUMN_GAP).sum();
    let widest = widths.iter().copied().fold(0.0, f64::max) + COLUMN_GAP;
    if total <= MORE * most {
        return std::iter::once(0..widths.len()).collect();
    }
    let count = (total / (most + COLUMN_GAP)).ceil();
    let limit = (total / count + widest).min(most + COLUMN_GAP);
    let mut rows = Vec::new();
    let (mut from, mut width) = (0, 0.0);
    for (layer, more) in widths.iter().map(|width| width + COLUMN_GAP).enumerate() {
        if layer > from && width + more > limit {
            rows.push(from..layer);
            (from, width) = (layer, 0.0);
        }
        width += more;
    }
    rows.push(from..widths.len());
    rows
}

#[cfg(test)]
mod tests;
