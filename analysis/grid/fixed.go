package grid

import "math/bits"

// A number below is a whole number of 2^-60. Angles are in radians.
const (
	one  = 1 << 60
	pi   = 3_141_592_653_589_793_238_462_643 * one / 1_000_000_000_000_000_000_000_000
	most = 1<<63 - 1
)

// mul returns a*b to the nearest 2^-60; |a*b| < 8.
func mul(a, b int64) int64 {
	hi, lo := bits.Mul64(size(a), size(b))
	lo, carry := bits.Add64(lo, one/2, 0)
	v := (hi+carry)<<4 | lo>>60
	return sign(int64(v&most), (a < 0) != (b < 0)) //nolint:gosec // the top bit is off
}

// div returns a/b to the nearest 2^-60; where |a/b| is 8 or more, or b is 0, it
// returns the largest number with the sign of the quotient.
func div(a, b int64) int64 {
	negative := (a < 0) != (b < 0)
	n, d := size(a), size(b)
	hi, lo := n>>4, n<<60
	lo, carry := bits.Add64(lo, d/2, 0)
	hi += carry
	if hi >= d/2 {
		return sign(most, negative)
	}
	q, _ := bits.Div64(hi, lo, d)
	return sign(int64(q&most), negative) //nolint:gosec // the top bit is off
}

// root returns the square root of v, which is not negative.
func root(v int64) int64 {
	if v <= 0 {
		return 0
	}
	r := int64(2 * one) // at or above the root of every number below 4
	for {
		next := (r + div(v, r)) / 2
		if next >= r {
			return r
		}
		r = next
	}
}

func size(a int64) uint64 {
	if a < 0 {
		return uint64(-a) //nolint:gosec // not negative; the least number does not occur
	}
	return uint64(a)
}

func sign(a int64, negative bool) int64 {
	if negative {
		return -a
	}
	return a
}

// sincos returns sine and cosine of an angle between -2 pi and 2 pi. They are
// right within 2^-54.
// Source: turning a vector by ever smaller angles, J. E. Volder, "The CORDIC
// Trigonometric Computing Technique", 1959.
func sincos(angle int64) (sin, cos int64) {
	negative := false
	for angle > pi/2 {
		angle, negative = angle-pi, !negative
	}
	for angle < -pi/2 {
		angle, negative = angle+pi, !negative
	}
	x, y := int64(shrink), int64(0)
	for i, bend := range bends {
		if angle >= 0 {
			x, y, angle = x-y>>i, y+x>>i, angle-bend
		} else {
			x, y, angle = x+y>>i, y-x>>i, angle+bend
		}
	}
	return sign(y, negative), sign(x, negative)
}

// polar returns the length of the vector (x, y) and its angle, between -pi and
// pi, from the direction of x towards that of y; |x|, |y| < 2. The length is
// right within 2^-53, the angle within 2^-53 of the length.
func polar(y, x int64) (length, angle int64) {
	turned := x < 0
	up := y >= 0
	if turned {
		x, y = -x, -y
	}
	for i, bend := range bends {
		if y > 0 {
			x, y, angle = x+y>>i, y-x>>i, angle+bend
		} else {
			x, y, angle = x-y>>i, y+x>>i, angle-bend
		}
	}
	if turned && up {
		angle += pi
	} else if turned {
		angle -= pi
	}
	return mul(x, shrink), angle
}

// Nearest returns a/b to the nearest whole number, halves to the even one; b > 0.
func Nearest(a, b int64) int64 {
	q, r := a/b, a%b
	if r < 0 {
		q, r = q-1, r+b
	}
	if twice := r - (b - r); twice > 0 || twice == 0 && q&1 == 1 {
		q++
	}
	return q
}
