package render

// Angles below are in 1e-7 degree and sines in 1e-9, as whole numbers: a map
// drawn with floats differs between processors in the last digit.

const (
	degree  = 10_000_000
	sineOne = 1_000_000_000
)

// sines holds the sine of each whole degree from 0 to 90, in 1e-9.
var sines = [91]int64{
	0, 17_452_406, 34_899_497, 52_335_956, 69_756_474, 87_155_743, 104_528_463, 121_869_343, 139_173_101, 156_434_465,
	173_648_178, 190_808_995, 207_911_691, 224_951_054, 241_921_896, 258_819_045, 275_637_356, 292_371_705, 309_016_994, 325_568_154,
	342_020_143, 358_367_950, 374_606_593, 390_731_128, 406_736_643, 422_618_262, 438_371_147, 453_990_500, 469_471_563, 484_809_620,
	500_000_000, 515_038_075, 529_919_264, 544_639_035, 559_192_903, 573_576_436, 587_785_252, 601_815_023, 615_661_475, 629_320_391,
	642_787_610, 656_059_029, 669_130_606, 681_998_360, 694_658_370, 707_106_781, 719_339_800, 731_353_702, 743_144_825, 754_709_580,
	766_044_443, 777_145_961, 788_010_754, 798_635_510, 809_016_994, 819_152_044, 829_037_573, 838_670_568, 848_048_096, 857_167_301,
	866_025_404, 874_619_707, 882_947_593, 891_006_524, 898_794_046, 906_307_787, 913_545_458, 920_504_853, 927_183_855, 933_580_426,
	939_692_621, 945_518_576, 951_056_516, 956_304_756, 961_261_696, 965_925_826, 970_295_726, 974_370_065, 978_147_601, 981_627_183,
	984_807_753, 987_688_341, 990_268_069, 992_546_152, 994_521_895, 996_194_698, 997_564_050, 998_629_535, 999_390_827, 999_847_695,
	1_000_000_000,
}

// sine returns the sine of an angle; between whole degrees it is interpolated,
// which is right within 4e-5.
func sine(angle int64) int64 {
	angle %= 360 * degree
	if angle < 0 {
		angle += 360 * degree
	}
	sign := int64(1)
	if angle >= 180*degree {
		angle, sign = angle-180*degree, -1
	}
	if angle > 90*degree {
		angle = 180*degree - angle
	}
	whole, part := angle/degree, angle%degree
	value := sines[whole]
	if part > 0 {
		value += divide((sines[whole+1]-value)*part, degree)
	}
	return sign * value
}

// cosine returns the cosine of an angle.
func cosine(angle int64) int64 { return sine(angle + 90*degree) }

// divide returns a/b to the nearest whole number, halves away from zero; b > 0.
func divide(a, b int64) int64 {
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}

// floorTo returns the greatest multiple of step that is not above a.
func floorTo(a, step int64) int64 {
	m := a % step
	if m < 0 {
		m += step
	}
	return a - m
}

// degreeLengths returns the length in millimetres of one degree of latitude and
// of one degree of longitude on the WGS 84 ellipsoid at a latitude.
// Source: the usual series in multiples of the latitude, right within 0.1 m.
func degreeLengths(latitude int64) (north, east int64) {
	north = 111_132_954 + divide(-559_822*cosine(2*latitude)+1_175*cosine(4*latitude), sineOne)
	east = divide(111_412_840*cosine(latitude)-93_500*cosine(3*latitude)+118*cosine(5*latitude), sineOne)
	return north, east
}
