// The CRC-32 of two texts one after the other, of that of each and the length of the second: polynomials over GF(2), as zlib's
// crc32_combine does it, which Node does not pass on.

/** x^32 + x^26 + …: of gzip, its bits in reverse. */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;

function product(a: number, b: number): number {
  let sum = 0;
  let power = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) sum ^= power;
    power = (power & 1) === 0 ? power >>> 1 : (power >>> 1) ^ POLYNOMIAL;
  }
  return sum >>> 0;
}

/** x to the powers of two of bits: x^8 for one byte, x^16 for two … */
const POWERS: number[] = [];
for (let power = 0x00800000; POWERS.length < 32; power = product(power, power)) POWERS.push(power);

/** length: bytes of the second, less than 2^32. */
export function joinCrc(first: number, second: number, length: number): number {
  let shift = ONE;
  for (let at = 0, left = length; left > 0; left = Math.floor(left / 2), at += 1) if (left % 2 === 1) shift = product(POWERS[at] ?? ONE, shift);
  return (product(shift, first) ^ second) >>> 0;
}
