package cell

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrAzimuth is returned for a text that is no direction of an antenna.
var ErrAzimuth = errors.New("not an azimuth")

// Azimuth is the direction in which an antenna faces.
// Units: whole degrees clockwise, 0 to 359; or Omni, or Unknown.
type Azimuth int16

// An antenna without one direction, and one whose direction is not stated. They
// are not the same: the first is known to have none.
const (
	Unknown Azimuth = -1
	Omni    Azimuth = -2
)

// String returns the canonical text: degrees, "omni", or nothing.
func (a Azimuth) String() string {
	switch {
	case a == Omni:
		return "omni"
	case a < 0:
		return ""
	}
	return strconv.Itoa(int(a))
}

// ParseAzimuth reads a direction as operators write it: one to three digits up
// to 359, "OMNI" in any case, or 360, which like it says that there is no
// direction; blank is Unknown.
// Shape: no signs, no points, no words for quarters; the width of the beam is
// never assumed.
// Errors: ErrAzimuth.
func ParseAzimuth(text string) (Azimuth, error) {
	switch {
	case text == "":
		return Unknown, nil
	case strings.EqualFold(text, "omni"), text == "360":
		return Omni, nil
	}
	n, ok := whole(text, 10, 359)
	if !ok || len(text) > 3 {
		return Unknown, fmt.Errorf("%w: %.40q; whole degrees 0 to 359, 360 or OMNI, or nothing", ErrAzimuth, text)
	}
	return Azimuth(n), nil
}

// Radio is the technology of a cell: gsm, umts, lte, nr or tetra; blank when it
// is not stated.
type Radio string

// The technologies.
const (
	GSM   Radio = "gsm"
	UMTS  Radio = "umts"
	LTE   Radio = "lte"
	NR    Radio = "nr"
	TETRA Radio = "tetra"
)

// ParseRadio reads the usual names of a technology.
// Errors: ErrCell for a name that is not known; blank is no error.
func ParseRadio(text string) (Radio, error) {
	switch strings.ToUpper(text) {
	case "":
		return "", nil
	case "GSM", "2G", "GERAN":
		return GSM, nil
	case "UMTS", "3G", "WCDMA", "UTRAN":
		return UMTS, nil
	case "LTE", "4G", "E-UTRAN", "EUTRAN":
		return LTE, nil
	case "NR", "5G":
		return NR, nil
	case "TETRA":
		return TETRA, nil
	}
	return "", fmt.Errorf("%w: %.40q is no technology that is read (GSM, UMTS, LTE, NR, TETRA)", ErrCell, text)
}

// Fits reports that a cell of that technology can have an identity of that
// scheme. An unknown technology and a name fit everything.
func (r Radio) Fits(s Scheme) bool {
	switch r {
	case "":
		return true
	case GSM:
		return s == CGI || s == Name
	case UMTS:
		return s == CGI || s == UTRAN || s == Name
	case LTE:
		return s == ECGI || s == Name
	case NR:
		return s == NCGI || s == Name
	case TETRA:
	}
	return s == Name
}
