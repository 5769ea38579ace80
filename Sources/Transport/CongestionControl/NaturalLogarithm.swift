// The natural logarithm, as the standard library has none.

/// ln(x) for a finite positive `x`, to about six digits; a very small number for all else.
func naturalLogarithm(_ x: Double) -> Double {
    guard x.isNormal, x > 0 else { return -1_000 }
    // x = 2^e · m with m in 1..<2; ln m by the series of artanh((m − 1) / (m + 1)), an argument of at most 1/3.
    let t = (x.significand - 1) / (x.significand + 1)
    let square = t * t
    let series = 1 + square * (1 / 3.0 + square * (1 / 5.0 + square * (1 / 7.0 + square * (1 / 9.0))))
    return Double(x.exponent) * 0.693_147_180_559_945_3 + 2 * t * series
}
