// What a sample between two others is made of: the samples around it, weighted by a sinc in Kaiser's window
// (A. Oppenheim and R. Schafer, Discrete-Time Signal Processing, section 7.5.3).

// Weights of the `reach` samples before and the `reach` samples after a place, which lies `part` of the way from the
// last one before it to the first one after it. What is above `bandwidth`, 1 for half the sample rate, is taken out,
// down to `decibels` below what was there (above 50), the more slowly the more decibels.
export function weights(part, reach, bandwidth, decibels) {
  const beta = 0.1102 * (decibels - 8.7);
  const row = Float64Array.from({ length: 2 * reach }, (_, index) => {
    const distance = index + 1 - reach - part;
    return sinc(bandwidth * distance) * bessel(beta * Math.sqrt(Math.max(0, 1 - (distance / reach) ** 2)));
  });
  const sum = row.reduce((total, weight) => total + weight);
  return Float32Array.from(row, (weight) => weight / sum);
}

function sinc(x) {
  return x ? Math.sin(Math.PI * x) / (Math.PI * x) : 1;
}

// The modified Bessel function of order 0, by its power series.
function bessel(x) {
  let sum = 1;
  for (let n = 1, term = 1; term > 1e-12 * sum; n++) sum += term *= (x / (2 * n)) ** 2;
  return sum;
}
