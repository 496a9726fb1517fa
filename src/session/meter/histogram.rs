//! A histogram of durations, of fixed size.
//!
//! The buckets are log-linear, as in `HdrHistogram`: each power of two of microseconds is divided
//! into 32 buckets of the same width. So a value is known to 3.2 %, whatever its size, and
//! recording one costs a shift and an addition. `lib/engines/javascript/session/meter/histogram.js`
//! is the same machine; `tests/stats/histograms.json` holds both to it.

/// Each power of two has `2^SUB_BITS` buckets.
const SUB_BITS: u32 = 5;
/// Values above `2^MAX_BITS` microseconds, 71 minutes, share the last bucket.
const MAX_BITS: u32 = 32;
const BUCKETS: usize = ((MAX_BITS - SUB_BITS + 1) << SUB_BITS) as usize;
const MICROSECONDS: f64 = 1000.0;
/// The bounds of [`Distribution::buckets`]: these powers of two, in microseconds.
const BOUNDS: std::ops::RangeInclusive<u32> = 7..=27;

/// How durations are distributed. Everything is in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// How many values were recorded.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Half of the values are at most this.
    pub p50: f64,
    /// 99 of 100 values are at most this.
    pub p99: f64,
    /// The largest value.
    pub max: f64,
    /// Bounds, and how many values are at most that large.
    pub buckets: Vec<(f64, u64)>,
}

/// A histogram of milliseconds.
#[derive(Clone, Debug)]
pub(in crate::session) struct Histogram {
    counts: Box<[u64; BUCKETS]>,
    count: u64,
    /// In microseconds.
    sum: f64,
    /// In microseconds.
    max: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Box::new([0; BUCKETS]), count: 0, sum: 0.0, max: 0.0 }
    }
}

impl Histogram {
    /// Adds a duration in milliseconds. A negative one counts as zero.
    pub(in crate::session) fn record(&mut self, milliseconds: f64) {
        let value = (milliseconds * MICROSECONDS).round().max(0.0);
        if let Some(count) = self.counts.get_mut(bucket_of(value)) {
            *count += 1;
        }
        self.count += 1;
        self.sum += value;
        self.max = self.max.max(value);
    }

    /// How many values were recorded, their sum and the largest.
    #[cfg(test)]
    pub(in crate::session) const fn totals(&self) -> (u64, f64, f64) {
        (self.count, self.sum, self.max)
    }

    /// `None`: nothing was recorded.
    pub(in crate::session) fn distribution(&self) -> Option<Distribution> {
        (self.count > 0).then(|| Distribution {
            count: self.count,
            sum: self.sum / MICROSECONDS,
            p50: self.quantile(50),
            p99: self.quantile(99),
            max: self.max / MICROSECONDS,
            buckets: self.buckets(),
        })
    }

    /// The smallest bound that `percent` percent of the values do not exceed.
    fn quantile(&self, percent: u64) -> f64 {
        let rank = (self.count * percent).div_ceil(100);
        let mut seen = 0;
        let last = BUCKETS - 1;
        let found = self.counts.iter().take(last).position(|count| {
            seen += count;
            seen >= rank
        });
        found.map_or(self.max, |bucket| upper_bound(bucket).min(self.max)) / MICROSECONDS
    }

    fn buckets(&self) -> Vec<(f64, u64)> {
        let mut seen = 0;
        let mut counts = self.counts.iter().enumerate().peekable();
        let mut at_most = |bound: f64| {
            while let Some((_, count)) = counts.next_if(|(bucket, _)| upper_bound(*bucket) <= bound) {
                seen += count;
            }
            (bound / MICROSECONDS, seen)
        };
        BOUNDS.map(|bits| at_most(power_of_two(bits))).collect()
    }
}

/// The bucket of a whole number of microseconds. Each bucket includes its upper bound.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float becomes the nearest integer")]
const fn bucket_of(value: f64) -> usize {
    let value = (value - 1.0) as u32;
    let width_bits = (u32::BITS - value.leading_zeros()).saturating_sub(SUB_BITS + 1);
    ((width_bits << SUB_BITS) + (value >> width_bits)) as usize
}

/// The largest value of a bucket, in microseconds.
#[allow(clippy::cast_precision_loss, reason = "there are few buckets")]
fn upper_bound(bucket: usize) -> f64 {
    let per_power = 1 << SUB_BITS;
    let width_bits = (bucket / per_power).saturating_sub(1);
    let first = bucket - width_bits * per_power;
    (first + 1) as f64 * power_of_two(u32::try_from(width_bits).unwrap_or(MAX_BITS))
}

fn power_of_two(bits: u32) -> f64 {
    f64::from(bits).exp2()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use serde_json::Value;

    use super::*;
    use crate::session::{Measured, recorder::values};

    #[test]
    fn records_as_the_file_says() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stats/histograms.json");
        let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        assert!(cases.len() > 5);
        for case in cases {
            let mut histogram = Histogram::default();
            for value in case["values"].as_array().unwrap() {
                let times = value[1].as_u64().unwrap();
                (0..times).for_each(|_| histogram.record(value[0].as_f64().unwrap()));
            }
            let measured = Measured { round_trip: histogram.distribution(), ..Measured::default() };
            assert_eq!(values::measured(&measured)["roundTrip"], case["distribution"], "{}", case["name"]);
        }
    }

    #[test]
    fn every_value_is_in_a_bucket_that_is_at_most_a_thirty_second_wide() {
        let mut last = 0;
        for exponent in 0..32 {
            let power = power_of_two(exponent);
            for value in [power, power + 1.0, (1.5 * power).floor()] {
                let bucket = bucket_of(value);
                assert!(bucket >= last || value < 64.0, "{value}");
                last = bucket;
                let (below, above) = (bucket.checked_sub(1).map_or(0.0, upper_bound), upper_bound(bucket));
                assert!(below < value && value <= above, "{below} {value} {above}");
                assert!(above - below <= 1.0 || (above - below) / value <= 1.0 / 32.0, "{below} {value} {above}");
            }
        }
        assert_eq!(bucket_of(0.0), 0);
        assert_eq!([u32::MAX.into(), 1e300, f64::INFINITY].map(bucket_of), [BUCKETS - 1; 3]);
    }
}
