//! Thinning: fewer points of a line that draw the same picture.

/// Returns which points of a line must be kept so that it is drawn the same: in each of `columns` columns of one width
/// the first, the last, the least and the most. The points go from left to right; `share` says where each is, from 0
/// at the left end to 1 at the right end.
///
/// This is M4: U. Jugel, Z. Jerzak, G. Hackenbroich and V. Markl, "M4: A Visualization-Oriented Time Series Data
/// Aggregation", Proceedings of the VLDB Endowment 7 (10), 2014. A value that is not finite can be the first or the last
/// of a column.
pub(crate) fn kept(
    points: &[(f64, f64)],
    columns: usize,
    share: impl Fn(f64) -> f64,
) -> Vec<(f64, f64)> {
    // That many are kept at most, so it is not worth the work.
    if points.len() <= 4 * columns {
        return points.to_vec();
    }
    #[allow(clippy::cast_precision_loss, reason = "a number of pixels")]
    let last = columns as f64 - 1.0;
    #[allow(clippy::cast_precision_loss, reason = "a number of pixels")]
    let column = |at: f64| (share(at) * columns as f64).floor().clamp(0.0, last);
    let mut thinned = Vec::new();
    #[allow(clippy::float_cmp, reason = "they are whole numbers")]
    for part in points.chunk_by(|one, other| column(one.0) == column(other.0)) {
        let (mut least, mut most) = (0, 0);
        for (place, (_, value)) in part.iter().enumerate() {
            if !value.is_finite() {
                continue;
            }
            // What is not finite gives way to the first that is.
            if *value < part[least].1 || !part[least].1.is_finite() {
                least = place;
            }
            if *value > part[most].1 || !part[most].1.is_finite() {
                most = place;
            }
        }
        let mut places = [0, least, most, part.len() - 1];
        places.sort_unstable();
        let mut before = None;
        for place in places {
            if before != Some(place) {
                thinned.push(part[place]);
            }
            before = Some(place);
        }
    }
    thinned
}

#[cfg(test)]
mod tests {
    use super::kept;

    /// Returns the least and the most value that a line of steps shows in each column, with what it brings along.
    fn drawn(points: &[(f64, f64)], columns: usize, until: f64) -> Vec<(f64, f64)> {
        let mut drawn = vec![(f64::INFINITY, f64::NEG_INFINITY); columns];
        let mut now = f64::NAN;
        let mut points = points.iter().peekable();
        for (column, (least, most)) in drawn.iter_mut().enumerate() {
            let mut see = |value: f64| (*least, *most) = (least.min(value), most.max(value));
            see(now);
            #[allow(clippy::cast_precision_loss, reason = "a small number")]
            let end = (column + 1) as f64 * until / columns as f64;
            while let Some((_, value)) =
                points.next_if(|(at, _)| *at < end || column == columns - 1)
            {
                now = *value;
                see(now);
            }
        }
        drawn
    }

    #[test]
    fn every_column_is_drawn_as_before() {
        let mut state = 11_u64;
        let mut draw = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut thinner = 0;
        for _ in 0..300 {
            let (many, columns) = (draw(5_000) + 1, usize::try_from(draw(200) + 1).unwrap());
            let (mut at, mut value, mut points) = (0.0, 0.0, Vec::new());
            for _ in 0..many {
                points.push((at, value));
                #[allow(clippy::cast_precision_loss, reason = "small numbers")]
                let (time, step) = (draw(1_000) as f64, draw(7) as f64 - 3.0);
                (at, value) =
                    (at + time * 0.01 + if draw(50) == 0 { 90.0 } else { 0.0 }, value + step);
            }
            let until = at.max(1.0);
            let thinned = kept(&points, columns, |at| at / until);
            assert!(thinned.len() <= points.len().min(4 * columns).max(1));
            thinner += usize::from(thinned.len() < points.len());
            assert_eq!((thinned.first(), thinned.last()), (points.first(), points.last()));
            assert!(thinned.is_sorted_by(|one, other| one.0 <= other.0));
            assert!(thinned.iter().all(|point| points.contains(point)), "a point was made up");
            let same = |one: &(f64, f64), other: &(f64, f64)| {
                [one.0, one.1].map(f64::to_bits) == [other.0, other.1].map(f64::to_bits)
            };
            let (before, after) = (drawn(&points, columns, until), drawn(&thinned, columns, until));
            assert!(before.iter().zip(&after).all(|(one, other)| same(one, other)));
        }
        assert!(thinner > 100);
    }

    #[test]
    fn few_points_and_points_without_a_value_are_let_through() {
        assert_eq!(kept(&[], 5, |at| at), []);
        assert_eq!(kept(&[(0.0, 1.0)], 1, |at| at), [(0.0, 1.0)]);
        let points: Vec<(f64, f64)> = (0..100_u32)
            .map(|n| (f64::from(n), if n % 7 == 0 { f64::INFINITY } else { f64::from(n % 5) }))
            .collect();
        let thinned = kept(&points, 2, |at| at / 100.0);
        assert!(thinned.len() <= 8);
        for half in [&thinned[..thinned.len() / 2], &thinned[thinned.len() / 2..]] {
            assert!(half.iter().any(|(_, value)| *value == 0.0));
            assert!(half.iter().any(|(_, value)| *value == 4.0));
        }
        // A place that is not on the axis counts as at its end.
        assert_eq!(kept(&[(-1.0, 1.0), (9.0, 2.0), (9.5, 3.0)], 1, |at| at).len(), 3);
    }
}
