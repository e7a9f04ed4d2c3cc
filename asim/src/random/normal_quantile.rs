//! The quantile of the normal distribution: the inverse of its distribution function.

#![allow(clippy::excessive_precision, reason = "the digits are those of the source")]

/// Returns the number that a normal number with a mean of 0 and a deviation of 1 is below with this
/// probability. The relative error is about 10^-16. The probability is greater than 0 and less than 1.
///
/// Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
/// Statistics 37(3), 1988; its more precise version, PPND16.
pub(crate) fn quantile(probability: f64) -> f64 {
    let from_middle = probability - 0.5;
    if from_middle.abs() <= 0.425 {
        let r = 0.180_625 - from_middle * from_middle;
        return from_middle * polynomial(&A, r) / polynomial(&B, r);
    }
    let tail = if from_middle < 0.0 { probability } else { 1.0 - probability };
    let r = (-libm::log(tail)).sqrt();
    let distance = if r <= 5.0 {
        let r = r - 1.6;
        polynomial(&C, r) / polynomial(&D, r)
    } else {
        let r = r - 5.0;
        polynomial(&E, r) / polynomial(&F, r)
    };
    if from_middle < 0.0 { -distance } else { distance }
}

/// The polynomial with these coefficients, the constant first, by Horner's rule.
#[inline]
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    let [c0, c1, c2, c3, c4, c5, c6, c7] = *coefficients;
    ((((((c7 * x + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0
}

// The names are those of the source, and the digits too.
const A: [f64; 8] = [
    3.387_132_872_796_366_608_0,
    1.331_416_678_917_843_774_5e2,
    1.971_590_950_306_551_442_7e3,
    1.373_169_376_550_946_112_5e4,
    4.592_195_393_154_987_145_7e4,
    6.726_577_092_700_870_085_3e4,
    3.343_057_558_358_812_810_5e4,
    2.509_080_928_730_122_672_7e3,
];
const B: [f64; 8] = [
    1.0,
    4.231_333_070_160_091_125_2e1,
    6.871_870_074_920_579_083_0e2,
    5.394_196_021_424_751_107_7e3,
    2.121_379_430_158_659_586_7e4,
    3.930_789_580_009_271_061_0e4,
    2.872_908_573_572_194_267_4e4,
    5.226_495_278_852_854_561_0e3,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_577_34,
    4.630_337_846_156_545_295_90,
    5.769_497_221_460_691_405_50,
    3.647_848_324_763_204_605_04,
    1.270_458_252_452_368_382_58,
    2.417_807_251_774_506_117_70e-1,
    2.272_384_498_926_918_458_33e-2,
    7.745_450_142_783_414_076_40e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_758_821_87,
    1.676_384_830_183_803_849_40,
    6.897_673_349_851_000_045_50e-1,
    1.481_039_764_274_800_745_90e-1,
    1.519_866_656_361_645_719_66e-2,
    5.475_938_084_995_344_946_00e-4,
    1.050_750_071_644_416_843_24e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103_777_20,
    5.463_784_911_164_114_369_90,
    1.784_826_539_917_291_335_80,
    2.965_605_718_285_048_912_30e-1,
    2.653_218_952_657_612_309_30e-2,
    1.242_660_947_388_078_438_60e-3,
    2.711_555_568_743_487_578_15e-5,
    2.010_334_399_292_288_132_65e-7,
];
const F: [f64; 8] = [
    1.0,
    5.998_322_065_558_879_376_90e-1,
    1.369_298_809_227_358_053_10e-1,
    1.487_536_129_085_061_485_25e-2,
    7.868_691_311_456_132_591_00e-4,
    1.846_318_317_510_054_681_80e-5,
    1.421_511_758_316_445_888_70e-7,
    2.044_263_103_389_939_785_64e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three are the test values of the source. The others were computed with 40 digits.
    #[test]
    fn it_gives_the_published_values() {
        for (probability, expected) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
            (0.975, 1.959_963_984_540_053_8),
            (0.995, 2.575_829_303_548_900_4),
            (0.9, 1.281_551_565_544_600_6),
            (0.5001, 0.000_250_662_830_088_007_47),
            (0.925, 1.439_531_470_938_456_1),
            (0.075, -1.439_531_470_938_456),
            (0.0749, -1.440_238_267_527_963_7),
            (1e-07, -5.199_337_582_192_816_5),
            (1e-12, -7.034_483_825_301_132),
            (1.0 / 9_007_199_254_740_992.0, -8.209_536_151_601_387),
            (1.0 - 1.0 / 9_007_199_254_740_992.0, 8.209_536_151_601_387),
            (1e-300, -37.047_096_299_361_2),
        ] {
            let quantile = quantile(probability);
            let error = ((quantile - expected) / expected).abs();
            assert!(error < 5e-16, "{probability}: {quantile}, not {expected}");
        }
        assert_eq!(quantile(0.5), 0.0);
    }

    #[test]
    fn it_is_odd() {
        for probability in [0.001, 0.07, 0.3, 0.499] {
            assert_eq!(quantile(1.0 - probability), -quantile(1.0 - (1.0 - probability)));
        }
    }
}
