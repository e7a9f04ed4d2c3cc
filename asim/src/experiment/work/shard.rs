//! A shard: a part of the replications, for one of several programs that share the work.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of several equal parts of the replications: of 16 parts, part 3 has the replications 3, 19, 35 and so on.
///
/// ```
/// use asim::Shard;
///
/// let shard: Shard = "3/16".parse()?;
/// assert_eq!((shard.number(), shard.of()), (3, 16));
/// assert_eq!("0/16".parse::<Shard>().unwrap_err().to_string(), "`0/16` is no shard: it is written `3/16`, and the shards of 16 are 1 to 16");
/// # Ok::<(), asim::NoShard>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// From 1 to `of`.
    number: u64,
    of: u64,
}

/// A text is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no shard: it is written `3/16`, and the shards of 16 are 1 to 16")]
pub struct NoShard {
    text: String,
}

impl Shard {
    /// Returns part `number` of `of`; `None` if the number is not between 1 and `of`.
    ///
    /// ```
    /// use asim::Shard;
    ///
    /// assert_eq!(Shard::new(3, 16).unwrap().to_string(), "3/16");
    /// assert_eq!(Shard::new(17, 16), None);
    /// ```
    #[must_use]
    pub fn new(number: u64, of: u64) -> Option<Self> {
        (1..=of).contains(&number).then_some(Shard { number, of })
    }

    /// Returns which part it is. The first is 1.
    #[must_use]
    pub fn number(self) -> u64 {
        self.number
    }

    /// Returns how many parts there are.
    #[must_use]
    pub fn of(self) -> u64 {
        self.of
    }

    /// Returns `true` if this replication, or the block of replications with this number, belongs to the part.
    pub(crate) fn has(self, number: u64) -> bool {
        number % self.of == self.number % self.of
    }

    /// Returns how many of the first `all` belong to the part.
    pub(crate) fn share_of(self, all: u64) -> u64 {
        all.checked_sub(self.number).map_or(0, |after| after / self.of + 1)
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        numbers
            .and_then(|(number, of)| Shard::new(number, of))
            .ok_or_else(|| NoShard { text: text.to_owned() })
    }
}

impl TryFrom<String> for Shard {
    type Error = NoShard;

    fn try_from(text: String) -> Result<Self, NoShard> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_replication_is_in_one_part() {
        for of in 1..=5 {
            let shards: Vec<Shard> =
                (1..=of).map(|number| Shard::new(number, of).unwrap()).collect();
            for replication in 1..=20 {
                assert_eq!(shards.iter().filter(|shard| shard.has(replication)).count(), 1);
            }
        }
        assert!(Shard::new(3, 16).unwrap().has(19));
        for (all, share) in [(0, 0), (2, 0), (3, 1), (18, 1), (19, 2)] {
            assert_eq!(Shard::new(3, 16).unwrap().share_of(all), share);
        }
        assert_eq!(Shard::new(1, u64::MAX).unwrap().share_of(20), 1);
    }
}
